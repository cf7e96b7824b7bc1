import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {LedgerSpec} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import type {Pod} from '../../api/pod.ts';
import {gpuMilliseconds, parseTimestamp} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import {amountOf} from '../ledger.ts';
import {endOf, gpusOf, priceOfPod, viewPod} from '../pod-view.ts';
import type {PodView} from '../pod-view.ts';
import type {Labels, Sample} from './sample.ts';

/** What there is to know of the Pods of a search at one time. */
export interface PodObjects {
  readonly now: Instant;
  readonly pods: readonly Stored<Pod>[];
  readonly ledger: LedgerSpec | undefined;
  /** Live curves by Pod UID. */
  readonly hints: ReadonlyMap<string, readonly CurvePoint[]>;
}

const states = ['Gated', 'Unscheduled', 'Starting', 'Running', 'Ended', 'Lost'] as const;
type State = (typeof states)[number];

const stateOf: Readonly<Record<PodView['kind'], (pod: Pod) => State>> = {
  gated: () => 'Gated',
  dead: () => 'Ended',
  lost: () => 'Lost',
  overrun: () => 'Running',
  busy: ({spec, status}) => {
    if (spec.nodeName === undefined) return 'Unscheduled';
    const containers = status?.containerStatuses ?? [];
    return containers.some(({state}) => state?.running ?? state?.terminated) ? 'Running' : 'Starting';
  },
};

/** What Pods that are not settled use up, as of now. */
export function podSamples(labels: Labels, {now, pods, ledger, hints}: PodObjects): Sample[] {
  const counts = Map.groupBy(pods, (pod) => stateOf[viewPod(pod, now).kind](pod));
  const unsettled = pods.filter(({metadata}) => ledger?.open[metadata.uid] !== undefined);
  const uses = unsettled.map((pod) => usedBy(pod, now));
  const burning = unsettled.filter((pod) => pod.status?.startTime !== undefined && endOf(pod) === undefined);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const perHour = sum(burning.map((pod) => gpusOf(pod) * priceOfPod(pod)));
  const epochs = unsettled.map(({metadata}) => hints.get(metadata.uid)?.at(-1)?.epoch ?? 0);
  return [
    ...states.map((state): Sample => ({
      name: 'archsearch_search_pods',
      labels: {...labels, state},
      value: counts.get(state)?.length ?? 0,
    })),
    {name: 'archsearch_search_running_epochs', labels, value: sum(epochs)},
    {
      name: 'archsearch_search_running_gpu_seconds',
      labels,
      value: sum(uses.map((use) => use.gpuMilliseconds)) / 1000,
    },
    {
      name: 'archsearch_search_running_cost_dollars',
      labels,
      value: sum(uses.map((use) => use.microDollars)) / 1_000_000,
    },
    {name: 'archsearch_search_burn_gpus', labels, value: sum(burning.map(gpusOf))},
    {name: 'archsearch_search_burn_cost_dollars_per_second', labels, value: perHour / 1_000_000 / 3600},
  ];
}

/** From its start to its end, or to now. */
function usedBy(pod: Stored<Pod>, now: Instant) {
  const start = pod.status?.startTime;
  const milliseconds = start === undefined ? 0 : Math.max(0, (endOf(pod) ?? now) - parseTimestamp(start));
  return amountOf(gpuMilliseconds(gpusOf(pod) * milliseconds), priceOfPod(pod));
}
