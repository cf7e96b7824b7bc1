import {isFinished} from '../api/trial.ts';
import type {Trial} from '../api/trial.ts';
import type {SearchStatus} from '../api/search-status.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';

/** What has happened in a search since it was last looked at. */
export type News =
  | {readonly kind: 'resumed'; readonly trials: number}
  | {readonly kind: 'stage'; readonly reason: string; readonly message: string}
  | {readonly kind: 'ended'; readonly trial: Trial}
  | {readonly kind: 'best'; readonly best: NonNullable<SearchStatus['best']>};

/** Compares what is with what was told already, so that nothing is told twice however often it looks. */
export class Chronicle {
  readonly #told = new Set<string>();
  #stage = '';
  #best = '';
  #looked = false;

  /** In the order in which it happened; of an earlier life of the search only how many trials it had. */
  since(snapshot: Snapshot): readonly News[] {
    const news = [...this.#resumed(snapshot), ...this.#stageOf(snapshot), ...this.#ended(snapshot)];
    return [...news, ...this.#bestOf(snapshot)];
  }

  #resumed({search, trials}: Snapshot): readonly News[] {
    if (this.#looked) return [];
    this.#looked = true;
    const earlier = trials.filter(isFinished);
    for (const {metadata} of earlier) this.#told.add(metadata.name);
    this.#best = search.status?.best?.trial ?? '';
    return earlier.length === 0 ? [] : [{kind: 'resumed', trials: earlier.length}];
  }

  #stageOf({search}: Snapshot): readonly News[] {
    const {reason = '', message = ''} = search.status?.conditions?.find(({type}) => type === 'Progressing') ?? {};
    if (reason === '' || reason === this.#stage) return [];
    this.#stage = reason;
    return [{kind: 'stage', reason, message}];
  }

  #ended({trials}: Snapshot): readonly News[] {
    const ended = trials.filter((trial) => isFinished(trial) && !this.#told.has(trial.metadata.name));
    for (const {metadata} of ended) this.#told.add(metadata.name);
    return ended.toSorted(byEnd).map((trial) => ({kind: 'ended', trial}));
  }

  #bestOf({search}: Snapshot): readonly News[] {
    const best = search.status?.best;
    if (best === undefined || best.trial === this.#best) return [];
    this.#best = best.trial;
    return [{kind: 'best', best}];
  }
}

const byEnd = (a: Trial, b: Trial): number => (a.status?.finishedAt ?? '').localeCompare(b.status?.finishedAt ?? '');
