import type {TrialReason} from '../api/reasons.ts';

/** Why a trial ends before its last epoch. */
export interface Interruption {
  readonly reason: Extract<TrialReason, 'StoppedEarly' | 'Cancelled' | 'DeadlineReached'>;
  readonly why: string;
}

/** The least time kept back before the deadline. */
const minimumMarginSeconds = 2;

/**
 * Collects what may end a trial early: a stop message, a signal, and the deadline, which is kept with a margin of the longest epoch so far
 * (at least two seconds, at least what saving takes), so that the best result is told before the kubelet ends the Pod.
 */
export class Interruptions {
  readonly #deadlineSeconds: number;
  readonly #uptime: () => number;
  #told: Interruption | undefined;
  #margin = minimumMarginSeconds;

  /** @param uptime seconds since the process started */
  constructor(deadlineSeconds: number, uptime: () => number) {
    this.#deadlineSeconds = deadlineSeconds;
    this.#uptime = uptime;
  }

  /** The first word counts. */
  tell(interruption: Interruption): void {
    this.#told ??= interruption;
  }

  /** Something that must fit between now and the deadline takes this long. */
  reserve(seconds: number): void {
    this.#margin = Math.max(this.#margin, seconds);
  }

  current(): Interruption | undefined {
    if (this.#told !== undefined) return this.#told;
    const left = this.#deadlineSeconds - this.#margin - this.#uptime();
    if (left > 0) return undefined;
    const why = `the deadline of ${String(this.#deadlineSeconds)} s is ${this.#margin.toFixed(1)} s away`;
    return {reason: 'DeadlineReached', why};
  }
}
