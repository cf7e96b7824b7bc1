import {budgetGate} from '../../../api/pod.ts';
import type {Pod} from '../../../api/pod.ts';
import {ClusterApi} from '../../../operator/cluster/api.ts';
import {clusterClient} from '../../../operator/kubernetes.ts';
import {ApiRefusal} from '../../../operator/ports.ts';
import type {Kind} from '../../../operator/ports.ts';
import {kubernetesApiContract} from '../../contract/kubernetes-api.ts';
import {podAdmissionContract} from '../../contract/pod-admission.ts';
import type {AdmittingServer} from '../../contract/pod-admission.ts';
import {agreed, call, installResources, waitFor} from '../cluster.ts';
import type {Answer} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';

// The operator's own client against the real API server; the twin that the simulation uses keeps the same sentences.

const collected = ['ArchitectureSearch', 'Trial', 'GpuLedger', 'Pod'] as const satisfies readonly Kind[];

async function realServer(): Promise<AdmittingServer> {
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

  /** Does the API server take Pods now? */
  async function isTaken(): Promise<boolean> {
    const {code} = await call('POST', `/api/v1/namespaces/${namespace.name}/pods?dryRun=All`, {
      metadata: {name: 'probe'},
      spec: {schedulingGates: [{name: budgetGate}], containers: [{name: 'trial', image: 'none'}]},
    });
    return code < 300;
  }

  /**
   * A DELETE is judged by the API server's watch cache first, and again by etcd when that was behind; but a grace of 0, which a Pod that
   * seemed unbound was given, stays with the request (Kubernetes 1.37, registry/generic/registry/store.go).
   */
  async function isBoundInCache(name: string): Promise<true | undefined> {
    const {object} = await call('GET', `/api/v1/namespaces/${namespace.name}/pods/${name}?resourceVersion=0`);
    return (object as Partial<Pod> | undefined)?.spec?.nodeName === undefined ? undefined : true;
  }

  return {
    api,
    namespace: namespace.name,
    node,
    bind: async (key, uid, to) => {
      unlessRefused(await namespace.bind(key.name, uid, to));
      await waitFor('the binding is in the watch cache', 30, async () => isBoundInCache(key.name));
    },
    setPodStatus: async (key, _uid, status) => {
      await namespace.setStatus(key.name, status);
    },
    forceDelete: async (key, uid) => {
      await agreed(namespace.delete(key.name, {gracePeriodSeconds: 0, preconditions: {uid}}));
    },
    collectGarbage: async () => {
      await waitFor('the garbage is collected', 30, async () => ((await isGarbageLeft()) ? undefined : true));
    },
    limitPods: async (most) => {
      const quotas = `/api/v1/namespaces/${namespace.name}/resourcequotas`;
      if (most === undefined) await agreed(call('DELETE', `${quotas}/team`));
      else await agreed(call('POST', quotas, {metadata: {name: 'team'}, spec: {hard: {pods: String(most)}}}));
      await waitFor('the quota is in force', 30, async () => {
        const {code, object} = await call('GET', `${quotas}/team`);
        const counts = (object as {readonly status?: {readonly used?: object}} | undefined)?.status?.used !== undefined;
        return (most === undefined ? code === 404 && (await isTaken()) : counts) || undefined;
      });
    },
    endNamespace: async () => {
      await agreed(call('DELETE', `/api/v1/namespaces/${namespace.name}`));
      await waitFor('the namespace takes no more', 30, async () => ((await isTaken()) ? undefined : true));
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
podAdmissionContract('the operator’s client of a real API server', realServer);
