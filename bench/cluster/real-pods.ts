import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../api/meta.ts';
import {annotations} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import type {Trial} from '../../api/trial.ts';
import {call} from '../../test/cluster/cluster.ts';
import {TestNamespace} from '../../test/cluster/namespace.ts';
import {install, uninstall} from '../../test/cluster/e2e/installation.ts';
import {apply, listOf, untilOver} from '../../test/cluster/e2e/searches.ts';
import {comparison, mean} from '../bench.ts';
import type {BenchRow} from '../bench.ts';
import {Containers} from './containers.ts';

const goalSeconds = 3;
/** Two times in whole seconds and the one second that is added, so that a charge never falls short; and the start of the Pod itself. */
const mostAbove = 4;

const manifest = (trials: number): string => `
apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: bench}
spec:
  task: TabularClassification
  dataset: {builtin: breastCancer}
  objectives: [{metric: accuracy, goal: Maximize}]
  searchSpace: {type: Tabular}
  strategy: {type: Random}
  estimation: {maxEpochs: 2, trialDuration: 3m}
  limits: {trials: ${String(trials)}, parallelTrials: 1, gpuHours: 100}
  preflight: {mode: Disabled}
`;

/** What is seen of a trial's Pod while it is there. */
interface Seen {
  readonly scheduled: number;
  readonly container: string;
}

/**
 * Real Pods of a search, one after the other, their image on the node: from scheduled to the first training step, and what the ledger
 * charges beyond the time that containerd saw the container.
 */
export async function realPods(trials: number): Promise<BenchRow[]> {
  const namespace = await TestNamespace.create('bench-pods');
  const containers = new Containers();
  const watching = new AbortController();
  try {
    await install([namespace.name]);
    const seen = witness(namespace.name, watching.signal);
    await apply(namespace.name, manifest(trials));
    await untilOver(namespace.name, 120 + 60 * trials);
    watching.abort();
    return rowsOf(await listOf(namespace.name, 'trials'), await seen, containers);
  } finally {
    watching.abort();
    containers.close();
    await namespace.remove();
    await uninstall();
  }
}

async function witness(namespace: string, signal: AbortSignal): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  while (!signal.aborted) {
    const {code, object} = await call('GET', `/api/v1/namespaces/${namespace}/pods`);
    if (code === 200) for (const pod of (object as {readonly items: readonly Stored<Pod>[]}).items) note(seen, pod);
    await pause(200);
  }
  return seen;
}

function note(seen: Map<string, Seen>, pod: Stored<Pod>): void {
  const scheduled = pod.status?.conditions?.find(({type, status}) => type === 'PodScheduled' && status === 'True');
  const trial = pod.metadata.annotations?.[annotations.trial] ?? '';
  const container = containerOf(pod);
  if (scheduled?.lastTransitionTime === undefined || container === undefined) return;
  seen.set(trial, {scheduled: Date.parse(scheduled.lastTransitionTime), container});
}

/** Containerd's id of the Pod's container. */
function containerOf({status}: Pod): string | undefined {
  const [first] = (status?.containerStatuses ?? []) as readonly {readonly containerID?: string}[];
  return first?.containerID?.replace('containerd://', '');
}

interface Measured {
  /** Seconds from scheduled to the first step. */
  readonly firstStep: number;
  /** Seconds that the ledger charges beyond containerd's. */
  readonly above: number;
}

function measured(trial: Trial, pod: Seen | undefined, containers: Containers): Measured[] {
  const life = containers.lifeOf(pod?.container ?? '');
  const told = toldOf(trial);
  if (pod === undefined || life === undefined || told === undefined) return [];
  // the API's times are whole seconds, rounded down: half a second is what is missing on average
  const scheduled = pod.scheduled + 500;
  const lifetime = life.end - life.start;
  return [{firstStep: (life.start - scheduled) / 1000 + told.startSeconds, above: (told.charged - lifetime) / 1000}];
}

/** What the runner and the ledger say of a trial of one attempt. */
function toldOf({status}: Trial): {readonly startSeconds: number; readonly charged: number} | undefined {
  const startSeconds = status?.timing?.startSeconds;
  const charged = status?.attempts?.[0]?.gpuMilliseconds;
  return startSeconds === undefined || charged === undefined ? undefined : {startSeconds, charged};
}

function rowsOf(trials: readonly Stored<Trial>[], seen: ReadonlyMap<string, Seen>, containers: Containers): BenchRow[] {
  const pods = trials.flatMap((trial) => measured(trial, seen.get(trial.metadata.name), containers));
  if (pods.length === 0) throw new Error('containerd told of none of the trials');
  const above = pods.map((pod) => pod.above);
  const [least, most] = [Math.min(...above).toFixed(2), Math.max(...above).toFixed(2)];
  const first = mean(pods.map(({firstStep}) => firstStep)).toFixed(2);
  console.error(
    `${String(pods.length)} Pods, their first step after ${first} s; the ledger is ${least} to ${most} s above containerd`,
  );
  return [
    comparison(
      {case: 'Pod scheduled to first step', unit: 's', peerName: 'goal'},
      {ours: pods.map(({firstStep}) => firstStep), peer: pods.map(() => goalSeconds)},
      {better: 'Less', centre: mean},
    ),
    comparison(
      {case: 'ledger above containerd, a Pod', unit: 's', peerName: 'at most, by rounding and start of the Pod'},
      {ours: above, peer: pods.map(() => mostAbove)},
      {better: 'Less', centre: mean},
    ),
  ];
}
