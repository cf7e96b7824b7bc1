import {isDeepStrictEqual} from 'node:util';
import type {ArchitectureSearch} from '../../api/search.ts';
import {entriesOf, placedIn} from '../planning/logs.ts';
import type {Question} from './question.ts';
import type {Errand} from './thinker.ts';

/** What the other side has folded of a log. */
interface Known {
  readonly frozen: unknown;
  readonly trials: readonly string[];
}

/** Trials of all logs that are kept folded: those that were asked about last. A log of more is kept as long as it is the last. */
const mostTrials = 50_000;

export const logName = ({search, purpose}: Pick<Question, 'search' | 'purpose'>): string =>
  `${search.metadata.uid}/${purpose}`;

/** Makes errands of questions, and remembers what whoever runs them has folded. All of them are run, in this order. */
export class Errands {
  readonly #mostTrials: number;
  /** The log that was asked about last is the last. */
  readonly #known = new Map<string, Known>();

  constructor(most = mostTrials) {
    this.#mostTrials = most;
  }

  of(question: Question): Errand {
    const {search, purpose, trials, told} = question;
    const log = logName(question);
    const uids = trials.map(({metadata}) => metadata.uid);
    const frozen = search.status?.frozen;
    const known = this.#part({frozen, trials: uids}, this.#known.get(log));
    this.#known.delete(log);
    this.#known.set(log, {frozen, trials: uids});
    return {
      log,
      purpose,
      search: opening(search),
      known,
      entries: entriesOf(trials, known),
      told: placedIn(trials, told),
      forget: this.#forgotten(log),
    };
  }

  /** The other side has begun anew. */
  clear(): void {
    this.#known.clear();
  }

  /** How many trials of a log are folded: all that were, if it goes on from there. */
  #part(log: Known, before: Known | undefined): number {
    if (before === undefined || !isDeepStrictEqual(log.frozen, before.frozen)) return 0;
    return before.trials.every((uid, at) => uid === log.trials[at]) ? before.trials.length : 0;
  }

  #forgotten(last: string): string[] {
    const forgotten: string[] = [];
    let trials = [...this.#known.values()].reduce((sum, known) => sum + known.trials.length, 0);
    for (const [log, known] of this.#known) {
      if (trials <= this.#mostTrials || log === last) break;
      trials -= known.trials.length;
      forgotten.push(log);
    }
    for (const log of forgotten) this.#known.delete(log);
    return forgotten;
  }
}

/** Of a search only what its logs are opened with. */
const opening = ({apiVersion, kind, metadata, spec, status}: ArchitectureSearch): ArchitectureSearch => ({
  apiVersion,
  kind,
  metadata: {name: metadata.name},
  spec,
  ...(status?.frozen === undefined ? {} : {status: {frozen: status.frozen}}),
});
