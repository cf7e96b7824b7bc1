import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../api/meta.ts';
import {budgetGate} from '../../api/pod.ts';
import type {Pod, PodStatus} from '../../api/pod.ts';
import type {TerminationRecord} from '../../api/protocol.ts';
import {ClusterApi} from '../../operator/cluster/api.ts';
import {clusterClient} from '../../operator/kubernetes.ts';
import {keyed} from '../../search/random.ts';
import {agreed, call, mergePatch} from '../../test/cluster/cluster.ts';

/** Pods that name this scheduler are ours alone. */
export const paperScheduler = 'paper';

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');
const isOver = ({status}: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

function running(): PodStatus {
  const startTime = now();
  return {phase: 'Running', startTime, containerStatuses: [{name: 'trial', state: {running: {startedAt: startTime}}}]};
}

function succeeded(pod: Stored<Pod>): PodStatus {
  const accuracy = keyed(1, Number(pod.metadata.name.replaceAll(/\D/g, '')), 'bench/paper').uniform();
  const record: TerminationRecord = {version: 1, state: 'Succeeded', values: {accuracy}, epoch: 1, epochs: 1};
  const startedAt = pod.status?.startTime ?? now();
  const ended = {exitCode: 0, reason: 'Completed', message: JSON.stringify(record), startedAt, finishedAt: now()};
  return {
    phase: 'Succeeded',
    startTime: startedAt,
    containerStatuses: [{name: 'trial', state: {terminated: ended}}],
  };
}

/**
 * A node that is nothing but writes on the real API server, as kwok's are: scheduler and kubelet of one namespace. Each Pod runs for as
 * long as it takes to say so. Pods are moved on side by side, so that the operator is what one waits for.
 */
export class PaperNode {
  readonly #namespace: string;
  readonly #name: string;
  readonly #busy = new Set<string>();
  #close: () => void = () => undefined;
  #closed = false;

  constructor(namespace: string) {
    this.#namespace = namespace;
    this.#name = `paper-${namespace}`;
  }

  async start(): Promise<void> {
    await agreed(call('POST', '/api/v1/nodes', {metadata: {name: this.#name}}));
    const api = new ClusterApi(clusterClient());
    this.#close = api.watch('Pod', ({type, object}) => {
      if (type !== 'Deleted' && object.metadata.namespace === this.#namespace) void this.#move(object.metadata.name);
    });
  }

  async stop(): Promise<void> {
    this.#closed = true;
    this.#close();
    await call('DELETE', `/api/v1/nodes/${this.#name}`);
  }

  /** As far as the Pod goes for now. What is refused was overtaken, and its next event brings us here again. */
  async #move(name: string): Promise<void> {
    if (this.#busy.has(name)) return;
    this.#busy.add(name);
    try {
      while (!this.#closed && (await this.#step(name)));
    } catch {
      // the connection broke: the watch tells of it again
      await pause(100);
    } finally {
      this.#busy.delete(name);
    }
  }

  /** One step in the life of a Pod; false when there is nothing to do. */
  async #step(name: string): Promise<boolean> {
    const path = `/api/v1/namespaces/${this.#namespace}/pods/${name}`;
    const {code, object} = await call('GET', path);
    if (code !== 200) return false;
    const pod = object as Stored<Pod>;
    if (!isOurs(pod)) return false;
    if (pod.spec.nodeName === undefined) return this.#bind(path, pod);
    return isOver(pod) ? bury(path, pod) : goOn(path, pod);
  }

  async #bind(path: string, {metadata: {name, uid, deletionTimestamp}}: Stored<Pod>): Promise<boolean> {
    if (deletionTimestamp !== undefined) return false;
    const target = {apiVersion: 'v1', kind: 'Node', name: this.#name};
    return (await call('POST', `${path}/binding`, {metadata: {name, uid}, target})).code === 201;
  }
}

const isOurs = ({spec}: Pod): boolean =>
  spec['schedulerName'] === paperScheduler && !(spec.schedulingGates ?? []).some(({name}) => name === budgetGate);

async function goOn(path: string, pod: Stored<Pod>): Promise<boolean> {
  const status = pod.status?.startTime === undefined ? running() : succeeded(pod);
  return (await call('PATCH', `${path}/status`, {status}, mergePatch)).code === 200;
}

async function bury(path: string, {metadata: {uid, deletionTimestamp}}: Stored<Pod>): Promise<boolean> {
  if (deletionTimestamp !== undefined) await call('DELETE', path, {gracePeriodSeconds: 0, preconditions: {uid}});
  return false;
}
