import type {Stored} from '../../api/meta.ts';
import type {ContainerStatus, Pod, PodStatus} from '../../api/pod.ts';
import {instant, timestamp} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import {epochsDone, lengthOf, recordAfter} from './script.ts';
import type {Luck, Script} from './script.ts';

/** Why a container ended. */
export type How = 'ByItself' | 'Deadline' | 'Stopped' | 'Deleted' | 'Evicted' | 'PowerLost' | 'NeverBegan' | 'Rejected';

export interface End {
  readonly at: Instant;
  readonly how: How;
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** A Pod on its node: when it began, and when and why it will have ended if nothing else happens. */
export interface Container {
  readonly uid: string;
  readonly pod: Stored<Pod>;
  readonly script: Script;
  readonly luck: Luck;
  readonly start: Instant;
  readonly end: End | undefined;
}

/** Deleted with more grace than it has: such a Pod obeys its deadline no longer, and this one uses all of it. */
export function stretched(container: Container, at: Instant, graceMilliseconds: number): Container {
  const end: End = {at: instant(at + graceMilliseconds), how: 'Deleted'};
  return container.end?.how === 'Deadline' ? {...container, end} : endingEarlier(container, end);
}

const earlier = (a: End | undefined, b: End | undefined): End | undefined =>
  a === undefined || (b !== undefined && b.at < a.at) ? b : a;

export const endingEarlier = (container: Container, end: End): Container => ({
  ...container,
  end: earlier(container.end, end),
});

/** SIGTERM at this time: most obey at once, some go on until their grace ends. */
export function terminated(container: Container, at: Instant, how: How): Container {
  const grace = container.luck.stubborn ? container.pod.spec.terminationGracePeriodSeconds * 1000 : 300;
  return endingEarlier(container, {at: instant(at + grace), how});
}

/** Begins now; it ends by itself, by eviction, or when its kubelet enforces the deadline, whichever comes first. */
export function begin(pod: Stored<Pod>, plan: {script: Script; luck: Luck}, start: Instant): Container {
  const {script, luck} = plan;
  const length = luck.kind === 'NoImage' || luck.kind === 'Forgotten' ? Infinity : lengthOf(script);
  const own: End | undefined = length === Infinity ? undefined : {at: instant(start + length), how: 'ByItself'};
  const evicted: End | undefined =
    luck.kind === 'Evicted' ? {at: instant(start + luck.evictedAfter), how: 'Evicted'} : undefined;
  const container = {uid: pod.metadata.uid, pod, script, luck, start, end: earlier(own, evicted)};
  const deadline = instant(start + pod.spec.activeDeadlineSeconds * 1000 + luck.late);
  return terminated(container, deadline, 'Deadline');
}

const conditions = (pod: Pod, ready: boolean): PodStatus['conditions'] => [
  ...(pod.status?.conditions ?? []).filter((condition) => condition.type !== 'Ready'),
  {type: 'Ready', status: ready ? 'True' : 'False', ...(!ready && {reason: 'PodFailed'})},
];

export function runningStatus(container: Container, current: Pod): PodStatus {
  const waiting = container.luck.kind === 'NoImage';
  const state = waiting
    ? {waiting: {reason: 'ImagePullBackOff', message: 'Back-off pulling image'}}
    : {running: {startedAt: timestamp(container.start)}};
  return {
    phase: waiting ? 'Pending' : 'Running',
    startTime: timestamp(container.start),
    conditions: conditions(current, !waiting) ?? [],
    containerStatuses: [{name: 'trial', state}],
  };
}

/** The kubelet could not find the container any more: no time of its end. */
const unknown: Terminated = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
};

type Ending = Pick<Terminated, 'exitCode' | 'reason' | 'message'>;

const record = ({script, start}: Container, at: Instant, state: 'Running' | 'Succeeded' | 'Stopped'): string =>
  JSON.stringify(recordAfter(script, epochsDone(script, start, at), state));

const failedRecord = (container: Container, at: Instant): string =>
  JSON.stringify({
    ...(JSON.parse(record(container, at, 'Running')) as object),
    state: 'Failed',
    reason: 'NotANumber',
    message: 'the loss is NaN',
  });

const fates: Readonly<Record<Script['fate'], (container: Container, at: Instant) => Ending>> = {
  Succeeds: (container, at) => ({exitCode: 0, reason: 'Completed', message: record(container, at, 'Succeeded')}),
  NotANumber: (container, at) => ({exitCode: 1, reason: 'Error', message: failedRecord(container, at)}),
  OutOfMemory: (container, at) => ({exitCode: 137, reason: 'OOMKilled', message: record(container, at, 'Running')}),
  ExitsWithoutRecord: () => ({exitCode: 1, reason: 'Error', message: 'Segmentation fault'}),
  Hangs: (container, at) => ({exitCode: 143, reason: 'Error', message: record(container, at, 'Running')}),
};

const killed = (container: Container, at: Instant): Ending => ({
  exitCode: container.luck.stubborn ? 137 : 143,
  reason: 'Error',
  message: record(container, at, 'Running'),
});

const endings: Readonly<Record<Exclude<How, 'Rejected' | 'PowerLost' | 'NeverBegan'>, typeof killed>> = {
  ByItself: (container, at) => fates[container.script.fate](container, at),
  Stopped: (container, at) => ({exitCode: 0, reason: 'Completed', message: record(container, at, 'Stopped')}),
  Deadline: killed,
  Deleted: killed,
  Evicted: killed,
};

const podReasons: Readonly<Partial<Record<How, Pick<PodStatus, 'reason' | 'message'>>>> = {
  Deadline: {reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline'},
  Evicted: {reason: 'Evicted', message: 'The node was low on resource: memory.'},
};

function terminatedState(container: Container, {at, how}: End): Terminated {
  if (how === 'PowerLost' || how === 'NeverBegan' || how === 'Rejected' || container.luck.kind === 'NoImage')
    return unknown;
  const {message = '', ...ending} = endings[how](container, at);
  return {...ending, message, startedAt: timestamp(container.start), finishedAt: timestamp(at)};
}

/** The last report of a kubelet on a Pod. */
export function endedStatus(container: Container, end: End, current: Pod): PodStatus {
  if (end.how === 'Rejected')
    return {
      phase: 'Failed',
      reason: 'UnexpectedAdmissionError',
      message: 'Pod was rejected: Allocate failed due to no healthy devices present; cannot allocate unhealthy devices',
      startTime: timestamp(container.start),
    };
  const state = terminatedState(container, end);
  return {
    phase: state.exitCode === 0 ? 'Succeeded' : 'Failed',
    ...(end.how !== 'NeverBegan' && {startTime: timestamp(container.start)}),
    conditions: conditions(current, false) ?? [],
    ...podReasons[end.how],
    containerStatuses: [{name: 'trial', state: {terminated: state}}],
  };
}
