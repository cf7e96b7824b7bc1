type Write = (view: DataView, at: number, value: number, little: boolean) => void;

const writers: Readonly<Record<string, {readonly bytes: number; readonly write: Write}>> = {
  /** Values are the bits. */
  f2: {bytes: 2, write: (view, at, value, little) => view.setUint16(at, value, little)},
  f4: {bytes: 4, write: (view, at, value, little) => view.setFloat32(at, value, little)},
  f8: {bytes: 8, write: (view, at, value, little) => view.setFloat64(at, value, little)},
  i1: {bytes: 1, write: (view, at, value) => view.setInt8(at, value)},
  i2: {bytes: 2, write: (view, at, value, little) => view.setInt16(at, value, little)},
  i4: {bytes: 4, write: (view, at, value, little) => view.setInt32(at, value, little)},
  i8: {bytes: 8, write: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little)},
  u1: {bytes: 1, write: (view, at, value) => view.setUint8(at, value)},
  u2: {bytes: 2, write: (view, at, value, little) => view.setUint16(at, value, little)},
  u4: {bytes: 4, write: (view, at, value, little) => view.setUint32(at, value, little)},
  u8: {bytes: 8, write: (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)},
  b1: {bytes: 1, write: (view, at, value) => view.setUint8(at, value)},
};

export interface NpyContent {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly fortran?: boolean;
  readonly version?: 1 | 2;
}

/** The bytes that numpy.save writes. */
export function npy({descr, shape, values, fortran = false, version = 1}: NpyContent): Uint8Array {
  const writer = writers[descr.slice(1)] ?? {bytes: 1, write: () => undefined};
  const sides = shape.length === 1 ? `${String(shape[0])},` : shape.join(', ');
  const order = fortran ? 'True' : 'False';
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sides}), }`;
  const headAt = version === 1 ? 10 : 12;
  const padded = `${header.padEnd(Math.ceil((headAt + header.length + 1) / 64) * 64 - headAt - 1)}\n`;
  const bytes = new Uint8Array(headAt + padded.length + values.length * writer.bytes);
  bytes.set([0x93, ...Buffer.from('NUMPY'), version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  bytes.set(Buffer.from(padded), headAt);
  for (const [index, value] of values.entries())
    writer.write(view, headAt + padded.length + index * writer.bytes, value, !descr.startsWith('>'));
  return bytes;
}
