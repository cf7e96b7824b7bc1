import type {ArchitectureSearch} from '../../api/search.ts';
import {apiVersion} from '../../api/meta.ts';
import type {Stored} from '../../api/meta.ts';
import {agreed, call, mergePatch, waitFor} from '../../test/cluster/cluster.ts';
import {paperScheduler} from './paper-node.ts';

const collection = (namespace: string, plural: string): string =>
  `/apis/archsearch.dev/v1alpha1/namespaces/${namespace}/${plural}`;

/** A search of random candidates whose Pods run on paper. What is left out gets the defaults of the resource. */
export async function createSearch(
  namespace: string,
  name: string,
  limits: Pick<ArchitectureSearch['spec']['limits'], 'trials' | 'parallelTrials'>,
): Promise<void> {
  const search = {
    apiVersion,
    kind: 'ArchitectureSearch',
    metadata: {name},
    spec: {
      task: 'TabularClassification',
      dataset: {builtin: 'breastCancer'},
      objectives: [{metric: 'accuracy', goal: 'Maximize'}],
      searchSpace: {type: 'Tabular'},
      strategy: {type: 'Random'},
      estimation: {maxEpochs: 1, trialDuration: '1m'},
      limits: {...limits, gpuHours: 10_000},
      preflight: {mode: 'Disabled'},
      template: {gpus: 1, podTemplate: {spec: {schedulerName: paperScheduler}}},
    },
  };
  await agreed(call('POST', collection(namespace, 'architecturesearches'), search));
}

const searchesIn = async (namespace: string): Promise<readonly Stored<ArchitectureSearch>[]> => {
  const list = await agreed(call('GET', collection(namespace, 'architecturesearches')));
  return (list as {readonly items: readonly Stored<ArchitectureSearch>[]}).items;
};

/** Candidates that have succeeded, in all searches of a namespace, as their statuses tell. */
export async function succeededIn(namespace: string): Promise<number> {
  const searches = await searchesIn(namespace);
  for (const {status} of searches) {
    const refusal = status?.conditions?.find(({type, status: holds}) => type === 'Accepted' && holds === 'False');
    if (refusal !== undefined) throw new Error(`A search is not accepted: ${refusal.message}`);
  }
  return searches.reduce((sum, {status}) => sum + (status?.trials?.succeeded ?? 0), 0);
}

/** Suspends every search, and waits until nothing of them runs any more. */
export async function suspendAll(namespace: string): Promise<void> {
  for (const {metadata} of await searchesIn(namespace)) {
    const path = `${collection(namespace, 'architecturesearches')}/${metadata.name}`;
    await agreed(call('PATCH', path, {spec: {suspend: true}}, mergePatch));
  }
  await waitFor('all is suspended', 300, async () => {
    const {items} = (await agreed(call('GET', `/api/v1/namespaces/${namespace}/pods`))) as {readonly items: unknown[]};
    const searches = await searchesIn(namespace);
    return items.length === 0 && searches.every(({status}) => status?.phase === 'Suspended') ? true : undefined;
  });
}
