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

/** A Pod that is over, with what there is to judge it by. */
interface Ended {
  readonly pod: Stored<Pod>;
  readonly trial: Trial;
  readonly now: Instant;
  readonly terminated: Terminated | undefined;
  readonly record: TerminationRecord | undefined;
}

type Judge = (ended: Ended) => Outcome | undefined;

/** Who may have ended a Pod from outside, in the order in which they are believed. */
const interruptions: readonly {
  readonly reason: TrialReason;
  readonly message: string;
  applies(ended: Ended): boolean;
}[] = [
  {
    reason: 'NodeLost',
    message: 'its node was lost',
    applies: ({pod}) => pod.metadata.annotations?.[lostMark] !== undefined,
  },
  {
    reason: 'Preempted',
    message: 'preempted by a Pod of higher priority',
    applies: ({pod}) =>
      hasCondition(pod, 'DisruptionTarget', 'PreemptionByScheduler') || pod.status?.reason === 'Preempting',
  },
  {
    reason: 'Evicted',
    message: 'evicted from its node',
    applies: ({pod}) => pod.status?.reason === 'Evicted' || hasCondition(pod, 'DisruptionTarget'),
  },
  {
    reason: 'Interrupted',
    message: 'interrupted from outside',
    // the runner got SIGTERM, and nobody here had asked for it
    applies: ({pod, record}) => pod.status?.reason === 'Interrupted' || record?.reason === 'Cancelled',
  },
];

function hasCondition(pod: Pod, type: string, reason?: string): boolean {
  return (pod.status?.conditions ?? []).some(
    (condition) =>
      condition.type === type && condition.status === 'True' && (reason === undefined || condition.reason === reason),
  );
}

/** The runner's own word, when it came to an end by itself. A runner that was told to end (SIGTERM) does not know why. */
const byOwnRecord: Judge = ({record}) => {
  if (record === undefined || record.state === 'Running' || record.reason === 'Cancelled') return undefined;
  const {state, reason, message = ''} = record;
  if (state === 'Failed') return outcome('Failed', reason ?? 'RunnerError', message, record);
  if (record.values === undefined) return outcome('Failed', 'NoResult', 'the trial ended without values', record);
  return outcome(state, reason ?? (state === 'Succeeded' ? 'Completed' : 'StoppedEarly'), message, record);
};

const byCancellation: Judge = ({trial}) =>
  trial.metadata.deletionTimestamp === undefined ? undefined : outcome('Failed', 'Cancelled', 'the trial was deleted');

/** What a trial had reached when it was killed stands, if it was we who ended it. */
const keepBest = (reason: TrialReason, message: string, record: TerminationRecord | undefined): Outcome =>
  record?.values === undefined
    ? outcome('Failed', reason, `${message}, before its first epoch was complete`)
    : outcome('Stopped', reason, message, record);

const byDeadline: Judge = ({pod, record}) =>
  pod.status?.reason === 'DeadlineExceeded'
    ? keepBest('DeadlineReached', `killed at its deadline of ${String(pod.spec.activeDeadlineSeconds)} s`, record)
    : undefined;

const byStop: Judge = ({trial, record}) =>
  trial.status?.stop === undefined ? undefined : keepBest('StoppedEarly', trial.status.stop.why, record);

const byInterruption: Judge = (ended) => {
  const interruption = interruptions.find((row) => row.applies(ended));
  return interruption && outcome('Failed', interruption.reason, ended.pod.status?.message ?? interruption.message);
};

const byImage: Judge = ({pod}) => {
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  const reason = waiting?.reason ?? '';
  return ['ImagePullBackOff', 'ErrImagePull'].includes(reason)
    ? outcome('Failed', 'ImagePull', waiting?.message ?? reason)
    : undefined;
};

/** Never bound to a node, or taken away before a container had started. */
const byNotStarting: Judge = ({pod, now, terminated}) => {
  const started = pod.spec.nodeName !== undefined && (terminated !== undefined || pod.status?.phase === 'Failed');
  if (started) return undefined;
  if (now - parseTimestamp(pod.metadata.creationTimestamp) < startTimeoutSeconds * 1000)
    return outcome('Failed', 'Interrupted', 'deleted before it started');
  const unscheduled = pod.status?.conditions?.find(({type, status}) => type === 'PodScheduled' && status === 'False');
  const late = `not started within ${String(startTimeoutSeconds)} s`;
  return outcome('Failed', 'NotStarted', unscheduled?.message ?? late);
};

/** Somebody deleted a running Pod: not the trial's fault. */
const byDeletion: Judge = ({pod}) =>
  pod.metadata.deletionTimestamp === undefined ? undefined : outcome('Failed', 'Interrupted', 'its Pod was deleted');

const byExit = ({terminated}: Ended): Outcome => {
  if (terminated === undefined) return outcome('Failed', 'NotStarted', 'no container was started');
  if (terminated.reason === 'OOMKilled') return outcome('Failed', 'OutOfMemory', 'killed: out of memory');
  const killed = terminated.exitCode === 137 ? 'killed (SIGKILL), perhaps for want of memory' : '';
  const exited = `exited with ${String(terminated.exitCode)}`;
  return outcome('Failed', 'NoResult', `${killed === '' ? exited : killed}, without a result`);
};

const judges: readonly Judge[] = [
  byOwnRecord,
  byCancellation,
  byDeadline,
  byStop,
  byInterruption,
  byImage,
  byNotStarting,
  byDeletion,
];

/** The outcome of a Pod that is over (its view is `dead`): the first judge that knows decides. */
export function outcomeOf(pod: Stored<Pod>, trial: Trial, now: Instant): Outcome {
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  const ended: Ended = {pod, trial, now, terminated, record: parseTermination(terminated?.message)};
  for (const judge of judges) {
    const judged = judge(ended);
    if (judged !== undefined) return judged;
  }
  return byExit(ended);
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
