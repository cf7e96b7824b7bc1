import type {Condition} from '../../api/meta.ts';
import type {SearchReason} from '../../api/reasons.ts';
import type {SearchStatus} from '../../api/search-status.ts';

/** What a search goes on in spite of, or waits for, while it is under way. */
const waiting: ReadonlySet<string> = new Set<SearchReason>(['WaitingForRoom', 'StrategyStalled']);
/** Conditions that tell of nothing any more once the search is over. */
const passing: ReadonlySet<string> = new Set(['PodsStarting', 'MessagesArriving', 'GraceGuarded']);

function isProblem({type, status, reason}: Condition, phase: SearchStatus['phase']): boolean {
  if (type === 'Progressing') return status === 'True' ? waiting.has(reason) : phase === 'Failed';
  const over = phase === 'Succeeded' || phase === 'Failed';
  return status === 'False' && !(over && passing.has(type));
}

/** The conditions of a search that whoever is on call wants to know of. */
export const problemsOf = ({conditions = [], phase}: SearchStatus): readonly Condition[] =>
  conditions.filter((condition) => isProblem(condition, phase));
