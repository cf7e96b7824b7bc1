import {verify} from '../search/fold.ts';
import type {LogDifference} from '../search/fold.ts';
import type {Stored} from '../api/meta.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {Trial} from '../api/trial.ts';
import {baselineLog, candidateLog, entriesOf, missingFrom} from './planning/logs.ts';
import type {Log} from './planning/logs.ts';

export interface Replayed {
  readonly purpose: Log['purpose'];
  readonly strategy: string;
  /** Proposals in the log. */
  readonly proposals: number;
  /** Indexes that the log lacks: a trial that was forced away. */
  readonly missing: readonly number[];
  readonly difference?: LogDifference;
}

/** Folds the recorded logs of a search again and asks at each index: every decision must be the recorded one. */
export function replay(search: Stored<ArchitectureSearch>, trials: readonly Trial[]): Replayed[] {
  const logs = [baselineLog({search}), candidateLog({search})].filter((log) => log !== undefined);
  return logs.map((log) => {
    const recorded = trials
      .filter((trial) => trial.spec.purpose === log.purpose)
      .toSorted((a, b) => a.spec.index - b.spec.index);
    const difference = verify(log, entriesOf(recorded));
    return {
      purpose: log.purpose,
      strategy: log.row.type,
      proposals: recorded.length,
      missing: missingFrom(recorded),
      ...(difference === undefined ? {} : {difference}),
    };
  });
}
