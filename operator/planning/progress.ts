import type {SearchReason} from '../../api/reasons.ts';
import type {SearchStatus} from '../../api/search-status.ts';
import type {Action} from '../actions.ts';
import type {Finding} from './conditions.ts';
import type {Memory} from './proposing.ts';

/** Where a search stands, what it does next, and what its status says of it. */
export interface Progress {
  readonly phase: NonNullable<SearchStatus['phase']>;
  readonly reason: SearchReason;
  readonly message: string;
  readonly actions: readonly Action[];
  readonly findings?: readonly Finding[];
  /** Parts of the status that this stage sets. */
  readonly status?: Partial<SearchStatus>;
  readonly memory?: Memory;
}
