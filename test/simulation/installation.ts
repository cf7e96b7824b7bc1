import type {Departure} from '../../operator/observed.ts';
import type {Actor, Step} from './step.ts';

/** Who takes archsearch off the cluster, and brings it back: every operator that there is leaves, and stays away for a while. */
export class Installation implements Actor {
  /** Was it away at any time? */
  hasLeft = false;
  readonly #uninstalls: boolean;
  #departure: Departure | undefined;

  constructor(uninstalls: boolean) {
    this.#uninstalls = uninstalls;
  }

  /** As operators are told. */
  readonly departure = (): Departure | undefined => this.#departure;

  steps(): readonly Step[] {
    const become = (departure: Departure | undefined) => (): void => {
      this.#departure = departure;
      this.hasLeft = true;
    };
    if (this.#departure !== undefined)
      return [{name: 'an admin installs archsearch again', weight: 0.1, run: become(undefined)}];
    if (!this.#uninstalls) return [];
    return [{name: 'an admin uninstalls archsearch', weight: 0.02, fault: true, run: become('Settling')}];
  }
}
