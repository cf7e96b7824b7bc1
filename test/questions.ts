import type {Stored} from '../api/meta.ts';
import {trialFinalizer} from '../api/pod.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {Trial} from '../api/trial.ts';
import type {Question} from '../operator/asking/question.ts';
import {candidateLog, entriesOf, placedIn} from '../operator/planning/logs.ts';
import type {Log} from '../operator/planning/logs.ts';
import {fold, tellAll} from '../search/fold.ts';
import type {LogEntry} from '../search/fold.ts';
import type {Ask, Report} from '../search/strategy.ts';
import {aSearch, aTrial} from './builders.ts';
import {oneByOne, play} from './search/strategies/play.ts';

/** A search by this strategy, and the first trials of it as they would be recorded. */
export class RecordedSearch {
  readonly search: Stored<ArchitectureSearch>;
  readonly trials: readonly Stored<Trial>[];
  readonly #log: Log;

  constructor(type: string, {name = 'search', trials = 8}: {readonly name?: string; readonly trials?: number} = {}) {
    this.search = aSearch({metadata: {name}, spec: {strategy: {type}}});
    this.#log = candidateLog({search: this.search});
    this.trials = play(this.#log, oneByOne(trials)).log.map((entry, at) => recorded(name, entry, at + 1));
  }

  /** After so many trials, the last of which has a result that no trial has recorded yet. */
  question(count: number, trials = this.trials.slice(0, count)): Question {
    const told = this.#reported(count);
    return {search: this.search, purpose: 'Candidate', trials, told, key: `${this.search.metadata.uid}/${count}`};
  }

  /** What the strategy says to it. */
  answer(count: number, trials = this.trials.slice(0, count)): Ask {
    const {row, problem, settings} = this.#log;
    const told = placedIn(trials, this.#reported(count));
    return row.strategy.ask(problem, settings, tellAll(this.#log, fold(this.#log, entriesOf(trials)), told));
  }

  #reported(count: number): Report[] {
    return (this.trials[count]?.spec.after ?? []) as Report[];
  }
}

function recorded(search: string, {proposal, after}: LogEntry, index: number): Stored<Trial> {
  const {candidate, parent, kind: _, ...rest} = proposal;
  const spec = {
    ...rest,
    search,
    index,
    after,
    architecture: {family: 'SearchSpace', type: 'Tabular', settings: {}, genotype: candidate.genotype},
    training: candidate.training,
    ...(parent === undefined ? {} : {parent: `${search}-c${String(parent)}`}),
  };
  const metadata = {name: `${search}-c${String(index)}`, finalizers: [trialFinalizer]};
  return aTrial({metadata, spec: spec as unknown as Trial['spec']});
}
