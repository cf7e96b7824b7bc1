import {ClusterApi} from '../../../operator/cluster/api.ts';
import {clusterClient} from '../../../operator/kubernetes.ts';
import {ApiRefusal} from '../../../operator/ports.ts';
import type {Kind} from '../../../operator/ports.ts';
import {kubernetesApiContract} from '../../contract/kubernetes-api.ts';
import type {ServerUnderTest} from '../../contract/kubernetes-api.ts';
import {agreed, call, installResources, waitFor} from '../cluster.ts';
import type {Answer} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';

// The operator's own client against the real API server; the twin that the simulation uses keeps the same sentences.

const collected = ['ArchitectureSearch', 'Trial', 'GpuLedger', 'Pod'] as const satisfies readonly Kind[];

async function realServer(): Promise<ServerUnderTest> {
  await installResources();
  const namespace = await TestNamespace.create('contract');
  const api = new ClusterApi(clusterClient());
  const node = `paper-${namespace.name}`;
  await agreed(call('POST', '/api/v1/nodes', {metadata: {name: node}}));

  /** Something that is not being deleted and whose owner is gone. */
  async function isGarbageLeft(): Promise<boolean> {
    const lists = await Promise.all(collected.map((kind) => api.list(kind, namespace.name)));
    const objects = lists.flat().map(({metadata}) => metadata);
    const alive = new Set(objects.map(({uid}) => uid));
    return objects.some(
      ({deletionTimestamp, ownerReferences = []}) =>
        deletionTimestamp === undefined && ownerReferences.some(({uid}) => !alive.has(uid)),
    );
  }

  return {
    api,
    namespace: namespace.name,
    node,
    bind: async (key, uid, to) => unlessRefused(await namespace.bind(key.name, uid, to)),
    setPodStatus: async (key, _uid, status) => {
      await namespace.setStatus(key.name, status);
    },
    forceDelete: async (key, uid) => {
      await agreed(namespace.delete(key.name, {gracePeriodSeconds: 0, preconditions: {uid}}));
    },
    collectGarbage: async () => {
      await waitFor('the garbage is collected', 30, async () => ((await isGarbageLeft()) ? undefined : true));
    },
    close: async () => {
      await namespace.remove();
      await call('DELETE', `/api/v1/nodes/${node}`);
    },
  };
}

function unlessRefused({code, message}: Answer): void {
  if (code === 409) throw new ApiRefusal('Conflict', message);
  if (code >= 300) throw new Error(`${String(code)}: ${message}`);
}

kubernetesApiContract('the operator’s client of a real API server', realServer);
