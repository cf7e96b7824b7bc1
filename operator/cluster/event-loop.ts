import type {Measure} from '../metrics/sample.ts';

const periodMilliseconds = 250;
/** Delays are remembered for so long. */
const windowMilliseconds = 60_000;

/** Watches how late timers fire: while something computes, nothing else is done. */
export class EventLoopWatch {
  readonly #measure: Measure;
  readonly #timer: NodeJS.Timeout;
  readonly #delays: {readonly at: number; readonly delay: number}[] = [];
  #expected = performance.now() + periodMilliseconds;

  constructor(measure: Measure) {
    this.#measure = measure;
    this.#timer = setInterval(() => {
      this.#tick();
    }, periodMilliseconds).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How much of the last minute timers were late by, in milliseconds. */
  get blocked(): number {
    const since = performance.now() - windowMilliseconds;
    return this.#delays.filter(({at}) => at >= since).reduce((sum, {delay}) => sum + delay, 0);
  }

  #tick(): void {
    const now = performance.now();
    const delay = Math.max(0, now - this.#expected);
    this.#expected = now + periodMilliseconds;
    this.#measure('archsearch_operator_event_loop_delay_seconds', delay / 1000);
    this.#delays.push({at: now, delay});
    while ((this.#delays[0]?.at ?? now) < now - windowMilliseconds) this.#delays.shift();
  }
}
