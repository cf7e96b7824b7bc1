import assert from 'node:assert/strict';
import type {GpuLedger} from '../../../api/ledger.ts';
import type {Stored} from '../../../api/meta.ts';
import type {ArchitectureSearch} from '../../../api/search.ts';
import type {Trial} from '../../../api/trial.ts';
import {agreed, call, kubectl, waitFor} from '../cluster.ts';
import type {NodeName} from '../cluster.ts';
import {logs} from './installation.ts';

// What whole searches do on the cluster, as somebody with kubectl sees it.

interface Ours {
  readonly architecturesearches: Stored<ArchitectureSearch>;
  readonly trials: Stored<Trial>;
  readonly gpuledgers: Stored<GpuLedger>;
}

export async function listOf<P extends keyof Ours>(namespace: string, plural: P): Promise<readonly Ours[P][]> {
  const list = await agreed(call('GET', `/apis/archsearch.dev/v1alpha1/namespaces/${namespace}/${plural}`));
  return (list as {readonly items: readonly Ours[P][]}).items;
}

/** The search of this name; the only one if there is no name. */
export async function searchOf(namespace: string, name?: string): Promise<Stored<ArchitectureSearch>> {
  const searches = await listOf(namespace, 'architecturesearches');
  const found = name === undefined ? searches[0] : searches.find(({metadata}) => metadata.name === name);
  return found ?? assert.fail(`there is no search ${name ?? ''} in ${namespace}`);
}

export async function apply(namespace: string, manifest: string): Promise<void> {
  const applied = await kubectl(['apply', '--namespace', namespace, '--validate=strict', '-f', '-'], manifest);
  assert.equal(applied.code, 0, applied.stderr);
}

/** The search, once it is finished and its Trials are let go. */
export async function findOver(namespace: string, name?: string): Promise<Stored<ArchitectureSearch> | undefined> {
  const search = await searchOf(namespace, name).catch(() => undefined);
  const phase = search?.status?.phase;
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
  const trials = await listOf(namespace, 'trials');
  const own = trials.filter(({spec}) => spec.search === search?.metadata.name);
  return own.every(({metadata}) => (metadata.finalizers ?? []).length === 0) ? search : undefined;
}

export async function untilOver(
  namespace: string,
  seconds: number,
  name?: string,
): Promise<Stored<ArchitectureSearch>> {
  try {
    return await waitFor(`the search in ${namespace} is over`, seconds, () => findOver(namespace, name));
  } catch (error) {
    const {stdout} = await kubectl(['get', 'archs,trials,pods', '--namespace', namespace]);
    throw new Error(`${stdout}\n${await logs()}`, {cause: error});
  }
}

/** One candidate that is trained, and trained again as the winner: a model is kept. */
export const smallestSearch = `
apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: smallest}
spec:
  task: TabularClassification
  dataset: {builtin: breastCancer}
  objectives: [{metric: accuracy, goal: Maximize}]
  searchSpace: {type: Tabular}
  strategy: {type: Random}
  estimation: {maxEpochs: 2, trialDuration: 3m}
  limits: {trials: 1, parallelTrials: 1, gpuHours: 2}
  preflight: {mode: Disabled}
  selection: {retrain: 1, epochs: 2, seeds: 1, share: 0.4}
`;

interface ShellSearch {
  readonly name: string;
  /** What each trial's container runs. */
  readonly script: string;
  /** As YAML; gpuHours is supplied. */
  readonly limits: string;
  readonly trialDuration: string;
  readonly image?: string;
  readonly node?: NodeName;
}

/** A search whose trials are any container: a shell, at little cost for its node. */
export const shellSearch = ({name, script, limits, trialDuration, image, node}: ShellSearch): string => `
apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: ${name}}
spec:
  task: TabularClassification
  dataset: {builtin: breastCancer}
  objectives: [{metric: accuracy, goal: Maximize}]
  searchSpace: {type: Tabular}
  strategy: {type: Random}
  estimation: {maxEpochs: 2, trialDuration: ${trialDuration}}
  limits: {${limits}, gpuHours: 4}
  preflight: {mode: Disabled}
  template:
    podTemplate:
      spec:
        nodeSelector: ${node === undefined ? '{}' : `{kubernetes.io/hostname: ${node}}`}
        containers:
          - name: trial
            image: ${image ?? 'registry.local/busybox:1'}
            imagePullPolicy: IfNotPresent
            command: [sh, -c, ${JSON.stringify(script)}]
            resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 64Mi}}
`;
