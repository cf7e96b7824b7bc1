import {TrialFailure} from '../../failure.ts';
import type {Mounts} from '../mounts.ts';
import type {Raw} from '../raw.ts';
import {builtin} from './builtin.ts';
import {csv} from './csv.ts';
import {npz} from './npz.ts';
import type {Dataset, Source} from './source.ts';

type AnySource = {readonly [Member in 'builtin' | 'csv' | 'npz']: Source<Member>}[keyof Pick<
  Dataset,
  'builtin' | 'csv' | 'npz'
>];

const sources: readonly AnySource[] = [builtin, csv, npz];

export function readRaw(dataset: Dataset, mounts: Mounts): Raw {
  const source = sources.find(({member}) => dataset[member] !== undefined);
  if (source === undefined)
    throw new TrialFailure(
      'BadData',
      `dataset names no source; give one of ${sources.map(({member}) => member).join(', ')}`,
    );
  // A source reads the settings of its own member, which the lookup above has found; the compiler cannot pair them.
  const read = source.read as (settings: unknown, mounts: Mounts) => Raw;
  return read(dataset[source.member], mounts);
}
