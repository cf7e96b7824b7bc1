/**
 * Counter-based randomness: a draw is a function of (seed, index, purpose, attempt), so that there is no generator state to lose
 * and a replay draws the same.
 */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, bound), without modulo bias; bound ≥ 1. */
  integer(bound: number): number;
  /** A uniform element; throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** Standard normal. */
  normal(): number;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
}

/** Four 32-bit words. */
type Block = readonly [number, number, number, number];

const two32 = 2 ** 32;
const two53 = 2 ** 53;
const rounds = 10;

/** High 32 bits of the 64-bit product of two 32-bit words: JavaScript's numbers do not hold it in one piece. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const cross = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle = aLow * bHigh + (cross & 0xffff);
  return (aHigh * bHigh + (cross >>> 16) + (middle >>> 16)) >>> 0;
}

/**
 * Philox4x32-10: 128 random bits from a 128-bit counter and a 64-bit key.
 * Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011), section 3.3.
 */
export function philox(counter: Block, key: readonly [number, number]): Block {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round += 1) {
    const high0 = highProduct(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = highProduct(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0];
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** FNV-1a over UTF-16 code units: tells the few purposes of a program apart. */
function word(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

class PhiloxRandom implements Random {
  readonly #key: readonly [number, number];
  readonly #counter: readonly [number, number, number];
  #drawn = 0;
  #block: Block = [0, 0, 0, 0];

  constructor(key: readonly [number, number], counter: readonly [number, number, number]) {
    this.#key = key;
    this.#counter = counter;
  }

  /** The next 32 bits: each block serves four times. */
  #word(): number {
    const at = this.#drawn % 4;
    if (at === 0) {
      const [index, attempt, seed] = this.#counter;
      this.#block = philox([this.#drawn / 4, index, attempt, seed], this.#key);
    }
    this.#drawn += 1;
    return this.#block[at] ?? 0;
  }

  /** A uniform integer below 2^53. */
  #wide(): number {
    const high = this.#word() >>> 5;
    return high * 2 ** 26 + (this.#word() >>> 6);
  }

  uniform(): number {
    return this.#wide() / two53;
  }

  integer(bound: number): number {
    if (!Number.isSafeInteger(bound) || bound < 1)
      throw new RangeError(`random integer below ${String(bound)}: give a positive integer`);
    const narrow = bound <= two32;
    const range = narrow ? two32 : two53;
    // What lies past the last whole multiple of the bound would favour the small numbers: drawn again.
    const end = range - (range % bound);
    for (;;) {
      const drawn = narrow ? this.#word() : this.#wide();
      if (drawn < end) return drawn % bound;
    }
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from: the list is empty');
    return items[this.integer(items.length)] as T;
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.integer(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    return shuffled;
  }
}

/** The generator of one draw. `index` and `attempt` are integers from 0 to 2^32 - 1, `seed` any safe integer ≥ 0. */
export function keyed(seed: number, index: number, purpose: string, attempt = 0): Random {
  return new PhiloxRandom([seed >>> 0, word(purpose)], [index >>> 0, attempt >>> 0, Math.floor(seed / two32) >>> 0]);
}
