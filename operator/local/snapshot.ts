import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {Stored} from '../../api/meta.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {Trial} from '../../api/trial.ts';
import {readJournal} from './journal.ts';

/** A search and its trials as they stand. */
export interface Snapshot {
  readonly search: Stored<ArchitectureSearch>;
  readonly trials: readonly Stored<Trial>[];
  /** By name of the trial, how far those that run are: hints. Absent when nothing runs. */
  readonly curves?: ReadonlyMap<string, readonly CurvePoint[]>;
}

/** What the journal of a run says, without touching the run; undefined when it holds no search. */
export function readSnapshot(journal: string): Snapshot | undefined {
  const objects = new Map<string, unknown>();
  for (const {kind, key, object} of readJournal(journal).entries) {
    const address = `${kind}/${key.namespace}/${key.name}`;
    if (object === null) objects.delete(address);
    else objects.set(address, object);
  }
  const of = (kind: string): unknown[] =>
    [...objects].filter(([address]) => address.startsWith(`${kind}/`)).map(([, object]) => object);
  const [search] = of('ArchitectureSearch') as Stored<ArchitectureSearch>[];
  return search && {search, trials: of('Trial') as Stored<Trial>[]};
}
