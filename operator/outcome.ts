import type {UseOutcome} from '../api/ledger.ts';
import type {Stored} from '../api/meta.ts';
import {budgetGate, lostMark} from '../api/pod.ts';
import type {ContainerStatus, Pod} from '../api/pod.ts';
import {parseTermination} from '../api/protocol.ts';
import type {TerminationRecord} from '../api/protocol.ts';
import type {Instant} from '../api/quantities.ts';
import {parseTimestamp} from '../api/quantities.ts';
import {takenAwayReasons} from '../api/reasons.ts';
import type {TrialReason} from '../api/reasons.ts';
import type {Trial, TrialStatus} from '../api/trial.ts';
import {isReportedGone} from './pod-view.ts';

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
    applies: ({pod}) => pod.metadata.annotations?.[lostMark] !== undefined && !isReportedGone(pod),
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

/** Without values it did not end because it was told to: whatever else happened to it decides. */
const byStop: Judge = ({trial, record}) =>
  trial.status?.stop === undefined || record?.values === undefined
    ? undefined
    : outcome('Stopped', 'StoppedEarly', trial.status.stop.why, record);

const byInterruption: Judge = (ended) => {
  const interruption = interruptions.find((row) => row.applies(ended));
  return interruption && outcome('Failed', interruption.reason, ended.pod.status?.message ?? interruption.message);
};

/** A container that cannot be started, and why. */
export interface Stuck {
  readonly reason: TrialReason;
  readonly message: string;
}

/** What a container waits for in vain: the kubelet's reasons (kubernetes/pkg/kubelet/images/types.go and kubelet/container/sync_result.go). */
const waitingReasons: Readonly<Record<string, TrialReason>> = {
  ImagePullBackOff: 'ImagePull',
  ErrImagePull: 'ImagePull',
  ErrImageNeverPull: 'ImagePull',
  ImageInspectError: 'ImagePull',
  InvalidImageName: 'ImagePull',
  RegistryUnavailable: 'ImagePull',
  SignatureValidationFailed: 'ImagePull',
  CreateContainerConfigError: 'NotStarted',
  CreateContainerError: 'NotStarted',
  RunContainerError: 'NotStarted',
};

export function stuckOf(pod: Pod): Stuck | undefined {
  for (const {state} of pod.status?.containerStatuses ?? []) {
    const {reason = '', message = reason} = state?.waiting ?? {};
    const known = waitingReasons[reason];
    if (known !== undefined) return {reason: known, message: `${reason}: ${message}`.slice(0, 512)};
  }
  return undefined;
}

/** It never came to run: as its Pod says still, or as was written into its Trial before its Pod was ended. */
const byStuck: Judge = ({pod, trial, terminated}) => {
  const stuck = stuckOf(pod);
  if (stuck !== undefined) return outcome('Failed', stuck.reason, stuck.message);
  const {phase, reason, message = ''} = trial.status ?? {};
  if (phase !== 'Pending' || reason === undefined || hasRun(terminated)) return undefined;
  return outcome('Failed', reason, message);
};

/** Of a container that is not to be found nobody knows. */
const hasRun = (terminated: Terminated | undefined): boolean =>
  terminated !== undefined && terminated.reason !== 'ContainerStatusUnknown';

/** Or its kubelet, or Pod GC, has declared it failed without a word on containers. */
const hasBegun = ({pod, trial, terminated}: Ended): boolean =>
  hasRun(terminated) ||
  trial.status?.phase === 'Running' ||
  (terminated === undefined && pod.status?.phase === 'Failed');

/** Never bound to a node, or taken away before a container had started. */
const byNotStarting: Judge = (ended) => {
  const {pod, now} = ended;
  if (pod.spec.nodeName !== undefined && hasBegun(ended)) return undefined;
  if (now - parseTimestamp(pod.metadata.creationTimestamp) < startTimeoutSeconds * 1000)
    return outcome('Failed', 'Interrupted', 'deleted before it started');
  const unscheduled = pod.status?.conditions?.find(({type, status}) => type === 'PodScheduled' && status === 'False');
  const late = `not started within ${String(startTimeoutSeconds)} s`;
  return outcome('Failed', 'NotStarted', unscheduled?.message ?? late);
};

/** Somebody deleted a running Pod: not the trial's fault. */
const byDeletion: Judge = ({pod}) =>
  pod.metadata.deletionTimestamp === undefined ? undefined : outcome('Failed', 'Interrupted', 'its Pod was deleted');

/** The end of the log, where the container left no record (FallbackToLogsOnError). */
function lastWords({message = ''}: Terminated): string {
  const last = message.trim().split('\n').at(-1) ?? '';
  return last === '' || last.startsWith('{') ? '' : `; its last words: ${last.slice(-300)}`;
}

const byExit = ({terminated}: Ended): Outcome => {
  if (terminated === undefined) return outcome('Failed', 'NotStarted', 'no container was started');
  if (terminated.reason === 'OOMKilled') return outcome('Failed', 'OutOfMemory', 'killed: out of memory');
  const killed = terminated.exitCode === 137 ? 'killed (SIGKILL), perhaps for want of memory' : '';
  const exited = `exited with ${String(terminated.exitCode)}`;
  return outcome('Failed', 'NoResult', `${killed === '' ? exited : killed}, without a result${lastWords(terminated)}`);
};

const judges: readonly Judge[] = [
  byOwnRecord,
  byCancellation,
  byStuck,
  byDeadline,
  byStop,
  byInterruption,
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

/** What the time of a Pod that ended so came to. */
export function useOf({reason, record}: Outcome): UseOutcome {
  if (record?.values === undefined) return takenAwayReasons.has(reason) ? 'Preempted' : 'Failed';
  return reason === 'StoppedEarly' ? 'StoppedEarly' : 'Useful';
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
