import type {Stored} from '../api/meta.ts';
import {budgetGate, lostMark} from '../api/pod.ts';
import type {ContainerStatus, Pod} from '../api/pod.ts';
import {parseTermination} from '../api/protocol.ts';
import type {TerminationRecord} from '../api/protocol.ts';
import type {Instant} from '../api/quantities.ts';
import {parseTimestamp} from '../api/quantities.ts';
import type {TrialReason} from '../api/reasons.ts';
import type {Trial, TrialStatus} from '../api/trial.ts';

/** How long an admitted Pod may take to start before it is given up. */
export const startTimeoutSeconds = 600;

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** What the end of a Pod means for its trial. `values` present: it has a result. */
export interface Outcome {
  readonly phase: 'Succeeded' | 'Stopped' | 'Failed';
  readonly reason: TrialReason;
  readonly message: string;
  readonly record: TerminationRecord | undefined;
}

const outcome = (
  phase: Outcome['phase'],
  reason: TrialReason,
  message: string,
  record?: TerminationRecord,
): Outcome => ({phase, reason, message: message.slice(0, 512), record});

const terminatedOf = (pod: Pod): Terminated | undefined => pod.status?.containerStatuses?.[0]?.state?.terminated;

/** Facts that say who ended the Pod, in the order in which they are believed. */
const interruptions: readonly {
  readonly reason: TrialReason;
  applies(pod: Stored<Pod>): boolean;
  readonly message: string;
}[] = [
  {
    reason: 'NodeLost',
    applies: (pod) => pod.metadata.annotations?.[lostMark] !== undefined,
    message: 'its node was lost',
  },
  {
    reason: 'Preempted',
    applies: (pod) =>
      hasCondition(pod, 'DisruptionTarget', 'PreemptionByScheduler') || pod.status?.reason === 'Preempting',
    message: 'preempted by a Pod of higher priority',
  },
  {
    reason: 'Evicted',
    applies: (pod) => pod.status?.reason === 'Evicted' || hasCondition(pod, 'DisruptionTarget'),
    message: 'evicted from its node',
  },
  {reason: 'Interrupted', applies: (pod) => pod.status?.reason === 'Interrupted', message: 'interrupted from outside'},
];

function hasCondition(pod: Pod, type: string, reason?: string): boolean {
  return (pod.status?.conditions ?? []).some(
    (condition) =>
      condition.type === type && condition.status === 'True' && (reason === undefined || condition.reason === reason),
  );
}

/** The Pod's own record, when it is a finished one. */
function fromRecord(record: TerminationRecord): Outcome | undefined {
  if (record.state === 'Running') return undefined;
  if (record.state === 'Failed')
    return outcome('Failed', record.reason ?? 'RunnerError', record.message ?? 'the trial failed', record);
  if (record.values === undefined) return outcome('Failed', 'NoResult', 'the trial ended without values', record);
  const reason = record.reason ?? (record.state === 'Succeeded' ? 'Completed' : 'StoppedEarly');
  return outcome(record.state, reason, record.message ?? '', record);
}

/** Killed at its deadline, or while it was being stopped: what it had reached so far stands. */
function fromUnfinished(pod: Stored<Pod>, trial: Trial, record: TerminationRecord | undefined): Outcome | undefined {
  const stopped = trial.status?.stop;
  const deadline = pod.status?.reason === 'DeadlineExceeded';
  if (!deadline && stopped === undefined) return undefined;
  const reason = deadline ? 'DeadlineReached' : 'StoppedEarly';
  const message = deadline
    ? `killed at its deadline of ${String(pod.spec.activeDeadlineSeconds)} s`
    : (stopped?.why ?? '');
  return record?.values === undefined
    ? outcome('Failed', reason, `${message}, before its first epoch was complete`)
    : outcome('Stopped', reason, message, record);
}

function fromExit(terminated: Terminated | undefined): Outcome {
  if (terminated === undefined) return outcome('Failed', 'NotStarted', 'no container was started');
  if (terminated.reason === 'OOMKilled') return outcome('Failed', 'OutOfMemory', 'killed: out of memory');
  const tail = (terminated.message ?? '').trim().split('\n').at(-1) ?? '';
  return outcome(
    'Failed',
    'NoResult',
    `exited with ${String(terminated.exitCode)} without a result${tail === '' ? '' : `: ${tail}`}`,
  );
}

function ofUnstarted(pod: Stored<Pod>, now: Instant): Outcome {
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting?.reason === 'ImagePullBackOff' || waiting?.reason === 'ErrImagePull') {
    return outcome('Failed', 'ImagePull', waiting.message ?? waiting.reason);
  }
  const unscheduled = pod.status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  );
  const late = now - parseTimestamp(pod.metadata.creationTimestamp) >= startTimeoutSeconds * 1000;
  return late
    ? outcome('Failed', 'NotStarted', unscheduled?.message ?? `not started within ${String(startTimeoutSeconds)} s`)
    : outcome('Failed', 'Interrupted', 'deleted before it started');
}

/** The outcome of a Pod that is over (its view is `dead`). Cancelled trials are judged before. */
export function outcomeOf(pod: Stored<Pod>, trial: Trial, now: Instant): Outcome {
  const terminated = terminatedOf(pod);
  const record = parseTermination(terminated?.message);
  const finished = record && fromRecord(record);
  if (finished !== undefined) return finished;
  if (trial.metadata.deletionTimestamp !== undefined) return outcome('Failed', 'Cancelled', 'the trial was deleted');
  const unfinished = fromUnfinished(pod, trial, record);
  if (unfinished !== undefined) return unfinished;
  const interruption = interruptions.find((row) => row.applies(pod));
  if (interruption !== undefined)
    return outcome('Failed', interruption.reason, pod.status?.message ?? interruption.message);
  if (pod.spec.nodeName === undefined || (terminated === undefined && pod.status?.phase !== 'Failed'))
    return ofUnstarted(pod, now);
  // somebody deleted a running Pod: not the trial's fault
  if (pod.metadata.deletionTimestamp !== undefined) return outcome('Failed', 'Interrupted', 'its Pod was deleted');
  return fromExit(terminated);
}

/** The result part of a trial's status. */
export const resultOf = ({record}: Outcome): Partial<TrialStatus> => {
  if (record === undefined) return {};
  const {values, perModel, epoch, epochs, curve, data, timing, device} = record;
  return Object.fromEntries(
    Object.entries({values, perModel, epoch, epochs, curve, data, timing, device}).filter(
      ([, value]) => value !== undefined,
    ),
  );
};

/** A Pod whose gate was never opened cost nothing and tells nothing: it is no attempt. */
export const wasOpened = (pod: Pod): boolean =>
  !(pod.spec.schedulingGates ?? []).some((gate) => gate.name === budgetGate);
