/** Rounds that are under way, and since when each has shown no sign of progress. */
export class Rounds {
  readonly #signs = new Map<string, number>();

  begin(key: string): void {
    this.#signs.set(key, performance.now());
  }

  /** Something was done in this round. */
  progressed(key: string): void {
    if (this.#signs.has(key)) this.#signs.set(key, performance.now());
  }

  end(key: string): void {
    this.#signs.delete(key);
  }

  get running(): number {
    return this.#signs.size;
  }

  /** How long the one that is the longest without a sign has been so, in milliseconds; 0 when none is under way. */
  get silence(): number {
    const oldest = Math.min(...this.#signs.values());
    return this.#signs.size === 0 ? 0 : performance.now() - oldest;
  }
}
