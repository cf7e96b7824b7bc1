/**
 * Protocol buffers' wire format, as far as graphs need it (protobuf.dev, "Encoding"). tfjs-node brings generated classes for these
 * messages; to run them once, cold, takes longer than to trace the step.
 */
const kinds = {varint: 0, bytes: 2, fixed32: 5} as const;

/** A message as it grows. Fields come in the order in which they are written. */
export class Message {
  #bytes = Buffer.allocUnsafe(64);
  #length = 0;

  /** Whole numbers, flags and enumerations. */
  integer(field: number, value: number): this {
    return this.#tag(field, kinds.varint).#varint(value);
  }

  float(field: number, value: number): this {
    this.#tag(field, kinds.fixed32).#reserve(4);
    this.#length = this.#bytes.writeFloatLE(value, this.#length);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, kinds.bytes).#varint(value.length).#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Packed, as repeated numbers are. */
  integers(field: number, values: readonly number[]): this {
    const packed = new Message();
    for (const value of values) packed.#varint(value);
    return this.message(field, packed);
  }

  floats(field: number, values: readonly number[]): this {
    return this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** The entries of a map. */
  map(field: number, entries: Readonly<Record<string, Message>>): this {
    for (const [key, value] of Object.entries(entries))
      this.message(field, new Message().text(1, key).message(2, value));
    return this;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, kind: number): this {
    return this.#varint(field * 8 + kind);
  }

  #varint(value: number): this {
    if (value < 0) return this.#negative(value);
    this.#reserve(10);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#push((rest % 0x80) + 0x80);
    return this.#push(rest);
  }

  /** 64 bits of two's complement. */
  #negative(value: number): this {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#push(Number(rest & 0x7fn) + 0x80);
    return this.#push(Number(rest));
  }

  #push(byte: number): this {
    this.#bytes[this.#length] = byte;
    this.#length += 1;
    return this;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
