import type {Condition} from '../../api/meta.ts';
import type {SearchReason} from '../../api/reasons.ts';
import type {SearchStatus} from '../../api/search-status.ts';
import {isAlarm} from '../events.ts';

/** What a search that is under way waits for; a strategy that is stalled has a condition of its own. */
const waiting: ReadonlySet<string> = new Set<SearchReason>(['WaitingForRoom']);
/** Conditions that tell of nothing any more once the search is over. */
const passing: ReadonlySet<string> = new Set([
  'PodsStarting',
  'MessagesArriving',
  'MessagesTrusted',
  'GraceGuarded',
  'Stalled',
]);

function isProblem(condition: Condition, phase: SearchStatus['phase']): boolean {
  const {type, status, reason} = condition;
  if (type === 'Progressing') return status === 'True' ? waiting.has(reason) : phase === 'Failed';
  const over = phase === 'Succeeded' || phase === 'Failed';
  return isAlarm(condition) && !(over && passing.has(type));
}

/** The conditions of a search that whoever is on call wants to know of. */
export const problemsOf = ({conditions = [], phase}: SearchStatus): readonly Condition[] =>
  conditions.filter((condition) => isProblem(condition, phase));
