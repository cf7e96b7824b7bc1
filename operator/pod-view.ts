import {slackSeconds} from '../api/arithmetic.ts';
import type {Reservation} from '../api/ledger.ts';
import type {Stored} from '../api/meta.ts';
import {annotations, budgetGate, labels, lostMark} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import {gpuMilliseconds, instant, microDollars, parseTimestamp} from '../api/quantities.ts';
import type {GpuMilliseconds, Instant} from '../api/quantities.ts';
import {amountOf, isShare} from './ledger.ts';
import type {Settlement} from './ledger.ts';

/** Rules of the budget protocol. All of them are in force; tests take one out to see that it is missed. */
const protocolRules = [
  /** A Pod is read after the version of the ledger that its admission swaps. */
  'order',
  /** Settling writes a ledger even where it holds no reservation. */
  'bump',
  /** Every write to a Pod names its uid. */
  'uid',
  /** A terminal phase counts only with the end of every container. */
  'report',
  /** A Pod that is being deleted counts as over only if it was never bound. */
  'unbound',
  /** To give up a Pod as lost is written on the Pod first … */
  'mark',
  /** … at the version that was judged. */
  'markrv',
  /** The gate opens once the Pod was seen in every ledger of its chain. */
  'everywhere',
  /** A Pod is settled before it is let go. */
  'settled',
  /** Whether a Pod is gone is read after the ledger that is to be swept. */
  'gone',
] as const;
export type ProtocolRules = ReadonlySet<(typeof protocolRules)[number]>;
export const allRules: ProtocolRules = new Set(protocolRules);

/**
 * What one consistent read of a Pod allows to conclude.
 * gated: alive, behind the gate · dead: it can cost no more than `charge`, and that is final · lost: bound, but nothing more will be
 * heard of it · overrun: past its reservation and still reported running · busy: anything else, wait.
 */
export type PodView =
  | {readonly kind: 'gated' | 'lost' | 'overrun' | 'busy'}
  | {readonly kind: 'dead'; readonly charge: Settlement['charge']};

export const gpusOf = (pod: Pod): number =>
  pod.spec.containers.reduce(
    (total, container) => total + Number(container.resources?.limits?.['nvidia.com/gpu'] ?? 0),
    0,
  );

export const priceOfPod = (pod: Pod) => microDollars(Number(pod.metadata.annotations?.[annotations.price] ?? 0));

/** The longest that the kubelet lets the Pod run, in seconds, with slack for its own delays. */
const longestSeconds = (pod: Pod): number =>
  pod.spec.activeDeadlineSeconds + pod.spec.terminationGracePeriodSeconds + slackSeconds;

/** GPUs × (deadline + grace + slack + 1 s): what the Pod can cost at most, as both bounds are enforced by the kubelet. */
export function reservationOf(pod: Pod): Reservation {
  const time = gpuMilliseconds(gpusOf(pod) * (longestSeconds(pod) + 1) * 1000);
  const share = pod.metadata.annotations?.[annotations.share];
  if (!isShare(share)) throw new Error(`Pod ${pod.metadata.name} has no annotation ${annotations.share}`);
  return {
    ...amountOf(time, priceOfPod(pod)),
    pod: pod.metadata.name,
    namespace: pod.metadata.namespace ?? 'default',
    search: pod.metadata.labels?.[labels.search] ?? '',
    trial: pod.metadata.annotations?.[annotations.trial] ?? '',
    share,
  };
}

/** The last container's end when every container has one. */
export function endOf(pod: Pod): Instant | undefined {
  const statuses = pod.status?.containerStatuses ?? [];
  if (statuses.length < pod.spec.containers.length || statuses.length === 0) return undefined;
  const ends = statuses.map((status) => status.state?.terminated?.finishedAt);
  const known = ends.filter((end) => end !== undefined);
  if (known.length < ends.length) return undefined;
  return instant(Math.max(...known.map(parseTimestamp)));
}

/** Whole seconds on both sides: adding one second never falls short of the truth. */
function usageOf(pod: Pod, end: Instant): GpuMilliseconds {
  const start = pod.status?.startTime;
  const elapsed = start === undefined ? 0 : Math.max(0, end - parseTimestamp(start)) + 1000;
  return gpuMilliseconds(gpusOf(pod) * elapsed);
}

const isTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

const wasRefused = (pod: Pod): boolean =>
  pod.status?.phase === 'Failed' &&
  (pod.status.containerStatuses ?? []).length === 0 &&
  (pod.status.message ?? '').startsWith('Pod was rejected: ');

/**
 * A container that the kubelet still reports as running, in a Pod that nobody declared failed. When a node falls silent the control plane
 * writes `Ready: False` into its Pods, and their last report stands for nothing any more.
 */
const isReportedRunning = ({status}: Pod): boolean =>
  status?.phase === 'Running' &&
  (status.containerStatuses ?? []).some(({state}) => state?.running !== undefined) &&
  !(status.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status !== 'True');

/**
 * The kubelet was told to end it, and answered that nothing of it is left to be found. It does not say since when (a container that never
 * began has no times at all), so that the whole reservation is charged; but there is nothing to wait for.
 */
export const isReportedGone = (pod: Pod): boolean => {
  const states = (pod.status?.containerStatuses ?? []).map(({state}) => state?.terminated?.reason);
  const unknown = states.length > 0 && states.every((reason) => reason === 'ContainerStatusUnknown');
  return pod.metadata.deletionTimestamp !== undefined && isTerminal(pod) && unknown;
};

function boundAt(pod: Stored<Pod>): Instant {
  const scheduled = pod.status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'True',
  );
  return parseTimestamp(pod.status?.startTime ?? scheduled?.lastTransitionTime ?? pod.metadata.creationTimestamp);
}

const nothing = {gpuMilliseconds: 0, microDollars: 0};
const dead = (charge: Settlement['charge']): PodView => ({kind: 'dead', charge});

/** What can no longer change for this Pod, if anything. */
function finalView(pod: Stored<Pod>, rules: ProtocolRules): PodView | undefined {
  if (pod.metadata.annotations?.[lostMark] !== undefined) return dead('Full');
  if (isTerminal(pod)) {
    const end = endOf(pod);
    if (end !== undefined) return dead(amountOf(usageOf(pod, end), priceOfPod(pod)));
    if (wasRefused(pod)) return dead(nothing);
    // Pod GC writes Failed without end times: the node may still be running it, so that a phase alone proves nothing
    if (!rules.has('report')) return dead(nothing);
  }
  // the API server refuses to bind a Pod that is being deleted
  const cannotRun = pod.spec.nodeName === undefined || !rules.has('unbound');
  return pod.metadata.deletionTimestamp !== undefined && cannotRun ? dead(nothing) : undefined;
}

/** Nothing more will be heard of it; without the rule `mark` whoever sees that believes it. */
const lost = (rules: ProtocolRules): PodView => (rules.has('mark') ? {kind: 'lost'} : dead('Full'));

function boundView(pod: Stored<Pod>, now: Instant, rules: ProtocolRules): PodView {
  if (isReportedGone(pod)) return lost(rules);
  const timeIsUp = now > boundAt(pod) + longestSeconds(pod) * 1000;
  if (!timeIsUp) return {kind: 'busy'};
  return isReportedRunning(pod) ? {kind: 'overrun'} : lost(rules);
}

export function viewPod(pod: Stored<Pod>, now: Instant, rules: ProtocolRules = allRules): PodView {
  const final = finalView(pod, rules);
  if (final !== undefined) return final;
  if (pod.spec.nodeName !== undefined) return boundView(pod, now, rules);
  const gated = (pod.spec.schedulingGates ?? []).some((gate) => gate.name === budgetGate);
  return {kind: gated ? 'gated' : 'busy'};
}
