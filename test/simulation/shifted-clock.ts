import {instant} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import type {Clock} from '../../operator/ports.ts';
import type {Random} from '../../search/random.ts';
import type {Step} from './step.ts';

const furthest = 30 * 60_000;

/** The clock of one machine: it may jump ahead or back, and is set right again. */
export class ShiftedClock implements Clock {
  readonly #clock: Clock;
  readonly #random: Random;
  #shift = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  now(): Instant {
    return instant(this.#clock.now() + this.#shift);
  }

  steps(owner: string): readonly Step[] {
    if (this.#shift !== 0)
      return [{name: `the clock of ${owner} is set right`, weight: 0.1, run: () => void (this.#shift = 0)}];
    const jump = (): void => {
      this.#shift = this.#random.integer(2 * furthest) - furthest;
    };
    return [{name: `the clock of ${owner} jumps`, weight: 0.01, fault: true, run: jump}];
  }
}
