import {TrialFailure} from '../../failure.ts';
import type {Raw} from '../raw.ts';
import {builtin} from './builtin.ts';
import {csv} from './csv.ts';
import {imageFolder} from './image-folder.ts';
import {npz} from './npz.ts';
import type {Dataset, Member, Reading, Source} from './source.ts';

type AnySource = {readonly [Of in Member]: Source<Of>}[Member];

const sources: readonly AnySource[] = [builtin, csv, npz, imageFolder];

export function readRaw(dataset: Dataset, {mounts, decoder}: Pick<Reading, 'mounts' | 'decoder'>): Raw {
  const source = sources.find(({member}) => dataset[member] !== undefined);
  if (source === undefined)
    throw new TrialFailure(
      'BadData',
      `dataset names no source; give one of ${sources.map(({member}) => member).join(', ')}`,
    );
  // A source reads the settings of its own member, which the lookup above has found; the compiler cannot pair them.
  const read = source.read as (settings: unknown, reading: Reading) => Raw;
  const {maxExamples, seed} = dataset;
  return read(dataset[source.member], {mounts, decoder, maxExamples, seed});
}
