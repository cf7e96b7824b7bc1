import type {SearchReason} from '../../api/reasons.ts';
import type {Situation} from '../observed.ts';
import {accepting, staying} from './accepting.ts';
import {givingUp} from './attempts.ts';
import {preflighting} from './preflighting.ts';
import type {Progress} from './progress.ts';
import type {Memory} from './proposing.ts';
import {searching} from './searching.ts';
import {comparing, scoring, selecting} from './selecting.ts';

/** The life of a search, in order: the first stage that has something to say is the one that it is in. */
const stages: readonly ((situation: Situation, memory: Memory) => Progress | undefined)[] = [
  accepting,
  staying,
  givingUp,
  preflighting,
  searching,
  selecting,
  scoring,
  comparing,
];

export function progressOf(situation: Situation, memory: Memory): Progress {
  for (const stage of stages) {
    const progress = stage(situation, memory);
    if (progress !== undefined) return progress;
  }
  return finished(situation);
}

/** Nothing is left to do: the reason is the one for which the search for candidates ended. */
function finished({search}: Situation): Progress {
  const searched = search.status?.conditions?.find((condition) => condition.type === 'Searched');
  const message = searched?.message ?? 'done';
  const reason = (searched?.reason ?? 'TrialsLimitReached') as SearchReason;
  return {
    phase: 'Succeeded',
    reason,
    message,
    actions: [],
    findings: [{type: 'Complete', status: 'True', reason, message}],
  };
}
