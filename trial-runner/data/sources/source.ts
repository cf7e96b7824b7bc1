import type {SearchSpec} from '../../../api/search.ts';
import type {Mounts} from '../mounts.ts';
import type {Decoder} from '../pictures.ts';
import type {Raw} from '../raw.ts';

export type Dataset = SearchSpec['dataset'];

export type Member = 'builtin' | 'csv' | 'npz' | 'imageFolder';

/** What a source reads from and with. */
export interface Reading extends Pick<Dataset, 'maxExamples' | 'seed'> {
  readonly mounts: Mounts;
  /** Opens pictures, where there is TensorFlow to do it. */
  readonly decoder: Decoder | undefined;
}

/** One row of the table of sources: the member of `dataset` that it serves, and how that is read. */
export interface Source<Of extends Member> {
  readonly member: Of;
  readonly read: (settings: NonNullable<Dataset[Of]>, reading: Reading) => Raw;
}
