import type {Condition} from '../../api/meta.ts';
import {timestamp} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import type {SearchReason} from '../../api/reasons.ts';

export interface Finding {
  readonly type:
    | 'Accepted'
    | 'PreflightPassed'
    | 'Searched'
    | 'Compared'
    | 'Complete'
    | 'Progressing'
    | 'Stalled'
    | 'StrategyCurrent'
    | 'LogComplete'
    | 'PodsStarting'
    | 'MessagesArriving'
    | 'MessagesTrusted'
    | 'GraceGuarded';
  readonly status: 'True' | 'False';
  readonly reason: SearchReason;
  readonly message: string;
}

/** Conditions whose reason, while they hold, is their own name. */
type Telling = Finding['type'] & SearchReason;

export type Trouble = Pick<Finding, 'reason' | 'message'>;

/** A condition of which nothing is said before there is trouble for the first time; `well` is its message once there is none any more. */
export function toldFromTrouble(
  before: readonly Condition[] | undefined,
  type: Telling,
  trouble: Trouble | undefined,
  well: string,
): Finding[] {
  if (trouble !== undefined) return [{type, status: 'False', ...trouble}];
  const told = before?.some((condition) => condition.type === type) ?? false;
  return told ? [{type, status: 'True', reason: type, message: well}] : [];
}

/** The time of the transition stays unless the status changes. */
export function withFindings(
  before: readonly Condition[],
  findings: readonly Finding[],
  at: {readonly generation: number; readonly now: Instant},
): Condition[] {
  const updated = findings.map((finding): Condition => {
    const old = before.find((condition) => condition.type === finding.type);
    const lastTransitionTime = old?.status === finding.status ? old.lastTransitionTime : timestamp(at.now);
    return {...finding, message: finding.message.slice(0, 1024), observedGeneration: at.generation, lastTransitionTime};
  });
  const named = new Set<string>(findings.map((finding) => finding.type));
  return [...before.filter((condition) => !named.has(condition.type)), ...updated];
}
