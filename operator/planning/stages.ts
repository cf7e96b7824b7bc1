import {spaces} from '../../search/spaces/index.ts';
import {checkShares} from '../../api/arithmetic.ts';
import {openStrategy} from '../../api/problem.ts';
import {timestamp} from '../../api/quantities.ts';
import type {SearchReason} from '../../api/reasons.ts';
import {chosen} from '../../api/union.ts';
import type {Situation} from '../observed.ts';
import type {Finding} from './conditions.ts';
import {preflighting} from './preflighting.ts';
import type {Progress} from './progress.ts';
import type {Memory} from './proposing.ts';
import {searching} from './searching.ts';
import {comparing, scoring, selecting} from './selecting.ts';

/** The life of a search, in order: the first stage that has something to say is the one that it is in. */
const stages: readonly ((situation: Situation, memory: Memory) => Progress | undefined)[] = [
  accepting,
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

function accepting({search, now}: Situation): Progress | undefined {
  if (search.status?.frozen !== undefined) return undefined;
  const check = checkShares(search.spec);
  if (!check.ok) {
    const message = `${check.field}: ${check.problem}; ${check.remedy}`;
    const findings: Finding[] = [{type: 'Accepted', status: 'False', reason: 'SharesTooSmall', message}];
    return {phase: 'Failed', reason: 'SharesTooSmall', message, actions: [], findings};
  }
  const {row} = openStrategy(search.spec);
  const {row: space, settings} = chosen(spaces, search.spec.searchSpace);
  const size = space.open(settings).size;
  const message = `${row.type} over ${space.type} (${Number.isFinite(size) ? size.toLocaleString('en') : 'infinitely many'} architectures)`;
  return {
    phase: 'Pending',
    reason: 'Accepted',
    message,
    actions: [],
    findings: [{type: 'Accepted', status: 'True', reason: 'Accepted', message}],
    status: {
      startedAt: timestamp(now),
      frozen: {strategy: search.spec.strategy, strategyVersion: row.strategy.version},
    },
  };
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
