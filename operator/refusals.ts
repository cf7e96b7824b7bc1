import {refusalReasons} from '../api/reasons.ts';
import type {RefusalReason} from '../api/reasons.ts';

/** What NATS refused, and to whom. */
export interface RefusedFact {
  readonly reason: RefusalReason;
  readonly message: string;
  /** The Pod that is to blame, where it is known beyond doubt. */
  readonly podUid?: string;
}

/** Counts what was refused since this process started, and passes on what somebody is to blame for. */
export class Refusals {
  readonly #counts: Record<RefusalReason, number>;
  readonly #onBlame: (fact: RefusedFact & {readonly podUid: string}) => void;

  constructor(onBlame: (fact: RefusedFact & {readonly podUid: string}) => void = () => undefined) {
    this.#onBlame = onBlame;
    this.#counts = Object.fromEntries(refusalReasons.map((reason) => [reason, 0])) as Record<RefusalReason, number>;
  }

  get counts(): Readonly<Record<RefusalReason, number>> {
    return {...this.#counts};
  }

  add(fact: RefusedFact): void {
    this.#counts[fact.reason] += 1;
    const {podUid} = fact;
    if (podUid !== undefined) this.#onBlame({...fact, podUid});
  }
}
