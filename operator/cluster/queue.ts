/**
 * Keys of what may need attention. A key is in it once however often it is added, and is never worked on twice at a time; what is added
 * while it is worked on comes again afterwards. Keys, not events: whoever takes one looks at what is.
 */
export class WorkQueue {
  readonly #ready: string[] = [];
  readonly #queued = new Set<string>();
  readonly #working = new Set<string>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, {readonly at: number; readonly timer: NodeJS.Timeout}>();
  /** Who waits for a key, longest first. Whoever gives up leaves, or a key would be told to nobody. */
  readonly #waiting = new Set<() => void>();

  add(key: string): void {
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#queued.has(key)) return;
    this.#queued.add(key);
    this.#ready.push(key);
    this.#wakeOne();
  }

  /** Adds the key after a while; an earlier appointment stands. */
  addAfter(key: string, milliseconds: number): void {
    const at = performance.now() + milliseconds;
    const known = this.#timers.get(key);
    if (known !== undefined) {
      if (known.at <= at) return;
      clearTimeout(known.timer);
    }
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, milliseconds);
    this.#timers.set(key, {at, timer});
  }

  /** The next key; undefined once `signal` aborts. `done` must follow. */
  async take(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      const key = this.#ready.shift();
      if (key !== undefined) {
        this.#queued.delete(key);
        this.#working.add(key);
        return key;
      }
      await this.#somethingReady(signal);
    }
    // whoever was woken and has no time any more passes it on
    if (this.#ready.length > 0) this.#wakeOne();
    return undefined;
  }

  done(key: string): void {
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  get depth(): number {
    return this.#ready.length;
  }

  close(): void {
    for (const {timer} of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #wakeOne(): void {
    const [longest] = this.#waiting;
    longest?.();
  }

  #somethingReady(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      signal.addEventListener('abort', wake, {once: true});
      this.#waiting.add(wake);
    });
  }
}
