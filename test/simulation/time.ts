import type {Instant} from '../../api/quantities.ts';
import {instant} from '../../api/quantities.ts';
import type {Clock} from '../../operator/ports.ts';
import type {Random} from '../../search/random.ts';
import type {Actor, Step} from './step.ts';

/** Time of the simulated world: it passes only as a step, by a fraction of a second or by minutes. */
export class Time implements Clock, Actor {
  readonly #random: Random;
  readonly #passed: () => void;
  #now: Instant = instant(Date.parse('2026-01-01T00:00:00.250Z'));

  /** `passed` is called after each move, for what happens by itself as time goes by. */
  constructor(random: Random, passed: () => void) {
    this.#random = random;
    this.#passed = passed;
  }

  now(): Instant {
    return this.#now;
  }

  steps(): readonly Step[] {
    return [
      {name: 'a moment passes', weight: 2, run: () => this.#move(10, 3_000)},
      {name: 'seconds pass', weight: 2, run: () => this.#move(1_000, 20_000)},
      {name: 'minutes pass', weight: 0.1, fault: true, run: () => this.#move(60_000, 240_000)},
    ];
  }

  #move(least: number, most: number): void {
    this.#now = instant(this.#now + least + this.#random.integer(most - least));
    this.#passed();
  }
}
