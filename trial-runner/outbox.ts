import type {TrialMessage} from '../api/protocol.ts';

/** Messages that wait while there is nobody to send them to. */
const mostWaiting = 1000;

/**
 * Messages that are not sent yet, in order. It never grows beyond its bound: events give way first, then the oldest epochs; the newest
 * epochs and the result stay.
 */
export class Outbox {
  readonly #most: number;
  #waiting: readonly TrialMessage[] = [];

  constructor(most = mostWaiting) {
    this.#most = most;
  }

  get first(): TrialMessage | undefined {
    return this.#waiting[0];
  }

  add(message: TrialMessage): void {
    this.#waiting = [...this.#waiting, message];
    if (this.#waiting.length > this.#most) this.remove(this.#leastWanted());
  }

  remove(message: TrialMessage | undefined): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== message);
  }

  #leastWanted(): TrialMessage | undefined {
    const oldest = (kind: TrialMessage['kind']) => this.#waiting.find((waiting) => waiting.kind === kind);
    return oldest('event') ?? oldest('epoch') ?? this.#waiting[0];
  }
}
