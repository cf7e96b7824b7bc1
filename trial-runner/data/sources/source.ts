import type {SearchSpec} from '../../../api/search.ts';
import type {Mounts} from '../mounts.ts';
import type {Raw} from '../raw.ts';

export type Dataset = SearchSpec['dataset'];

/** One row of the table of sources: the member of `dataset` that it serves, and how that is read. */
export interface Source<Member extends 'builtin' | 'csv' | 'npz'> {
  readonly member: Member;
  readonly read: (settings: NonNullable<Dataset[Member]>, mounts: Mounts) => Raw;
}
