import {isDeepStrictEqual} from 'node:util';
import type {Condition} from '../api/meta.ts';
import type {KubernetesObject} from '../api/meta.ts';
import type {SearchStatus} from '../api/search-status.ts';
import type {TrialReason} from '../api/reasons.ts';
import type {Attempt, TrialStatus} from '../api/trial.ts';

/** What people see in `kubectl describe`: one per transition, never one per round. */
export interface EventFact {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Conditions whose False is no alarm. */
const calmWhenFalse: ReadonlySet<string> = new Set(['Progressing', 'Stalled']);
/** Conditions whose True is one. */
const alarmWhenTrue: ReadonlySet<string> = new Set(['Stalled']);

/** Is this condition one that somebody should look at? */
export const isAlarm = ({type, status}: Condition): boolean =>
  status === 'False' ? !calmWhenFalse.has(type) : alarmWhenTrue.has(type);

/** Conditions of a search that have come to another status or reason. What two of them say in the same words is said once. */
export function searchEvents(before: SearchStatus | undefined, after: SearchStatus): EventFact[] {
  const known = new Map((before?.conditions ?? []).map((condition) => [condition.type, condition]));
  return (after.conditions ?? [])
    .filter(({type, status, reason}) => {
      const old = known.get(type);
      return old?.status !== status || old.reason !== reason;
    })
    .map((condition): EventFact => ({
      type: isAlarm(condition) || after.phase === 'Failed' ? 'Warning' : 'Normal',
      reason: condition.reason,
      message: condition.message,
    }))
    .filter((fact, at, facts) => facts.findIndex((other) => isDeepStrictEqual(other, fact)) === at);
}

const expected: ReadonlySet<TrialReason> = new Set<TrialReason>(['Completed', 'StoppedEarly', 'Duplicate']);

/** The end of a trial, or the attempts that are tried again. */
export function trialEvents(before: TrialStatus | undefined, after: TrialStatus): EventFact[] {
  const ended = after.finishedAt !== undefined && before?.finishedAt === undefined;
  return ended ? [endOf(after)] : (after.attempts ?? []).slice(before?.attempts?.length ?? 0).map(retryOf);
}

const endOf = ({reason = 'NoResult', message, phase}: TrialStatus): EventFact => ({
  type: expected.has(reason) ? 'Normal' : 'Warning',
  reason,
  message: message ?? `the trial is ${phase}`,
});

const retryOf = ({pod, reason, message}: Attempt): EventFact => ({
  type: 'Warning',
  reason,
  message: `attempt ${pod} is tried again: ${message}`,
});

interface Told extends KubernetesObject {
  readonly status?: unknown;
}

/** What there is to tell of a status that was written. */
export function statusEvents(before: Told | undefined, after: Told): EventFact[] {
  if (after.status === undefined) return [];
  if (after.kind === 'ArchitectureSearch')
    return searchEvents(before?.status as SearchStatus | undefined, after.status as SearchStatus);
  if (after.kind === 'Trial')
    return trialEvents(before?.status as TrialStatus | undefined, after.status as TrialStatus);
  return [];
}
