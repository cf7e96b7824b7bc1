import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {after, before} from 'node:test';
import type {KubernetesObject, Stored} from '../../api/meta.ts';
import type {ContainerStatus, Pod, PodStatus} from '../../api/pod.ts';
import {agreed, call, kubectl, mergePatch, waitFor} from './cluster.ts';
import type {Answer, NodeName} from './cluster.ts';

/** What a test says about a Pod; the rest is supplied: a shell's command on node-a that sleeps for long. */
export interface PodOptions {
  readonly script?: string;
  readonly gpus?: number;
  readonly node?: NodeName;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** In the order in which they let go of each other. */
const ourKinds = ['trials', 'gpuledgers', 'architecturesearches'];
const finished = ['Succeeded', 'Failed'];

/** A namespace of its own for a test, with the calls that tests make over and over. */
export class TestNamespace {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }

  /** Makes it, and waits until Pods can be made in it. */
  static async create(name: string, labels: Readonly<Record<string, string>> = {}): Promise<TestNamespace> {
    const unique = `${name}-${randomUUID().slice(0, 8)}`;
    await agreed(call('POST', '/api/v1/namespaces', {metadata: {name: unique, labels}}));
    await waitFor(`ServiceAccount in ${unique}`, 30, async () => {
      const {code} = await call('GET', `/api/v1/namespaces/${unique}/serviceaccounts/default`);
      return code === 200 ? true : undefined;
    });
    return new TestNamespace(unique);
  }

  /** Ends what is left in it, held by finalizers or not; the namespace goes in its own time. */
  async remove(): Promise<void> {
    await call('DELETE', `/api/v1/namespaces/${this.name}`);
    for (const collection of [this.#pods(), ...ourKinds.map((plural) => this.#ours(plural))]) {
      const {object} = await call('GET', collection);
      for (const {metadata} of (object as {readonly items?: readonly KubernetesObject[]} | undefined)?.items ?? []) {
        await call('DELETE', `${collection}/${metadata.name}`, {gracePeriodSeconds: 0});
        await call('PATCH', `${collection}/${metadata.name}`, {metadata: {finalizers: null}}, mergePatch);
      }
    }
  }

  #ours(plural: string): string {
    return `/apis/archsearch.dev/v1alpha1/namespaces/${this.name}/${plural}`;
  }

  async create(name: string, options: PodOptions = {}): Promise<Stored<Pod>> {
    return (await agreed(this.tryToCreate(name, options))) as Stored<Pod>;
  }

  tryToCreate(name: string, {script = 'sleep 3600', gpus = 0, node = 'node-a', metadata, spec}: PodOptions = {}) {
    const container = {
      name: 'trial',
      image: 'registry.local/busybox:1',
      command: ['sh', '-c', script],
      resources: {limits: {memory: '64Mi', ...(gpus === 0 ? {} : {'nvidia.com/gpu': String(gpus)})}},
    };
    const pod = {
      metadata: {name, ...metadata},
      spec: {
        nodeSelector: {'kubernetes.io/hostname': node},
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 2,
        automountServiceAccountToken: false,
        containers: [container],
        ...spec,
      },
    };
    return this.createFrom(pod);
  }

  createFrom(pod: unknown): Promise<Answer> {
    return call('POST', this.#pods(), pod);
  }

  async get(name: string): Promise<Stored<Pod> | undefined> {
    const {code, object} = await call('GET', this.#pods(name));
    return code === 404 ? undefined : (object as Stored<Pod>);
  }

  /** Waits until the Pod is as it should be. */
  until(name: string, what: string, seconds: number, holds: (pod: Stored<Pod>) => boolean): Promise<Stored<Pod>> {
    return waitFor(`${name} ${what}`, seconds, async () => {
      const pod = await this.get(name);
      return pod !== undefined && holds(pod) ? pod : undefined;
    });
  }

  untilRunning(name: string): Promise<Stored<Pod>> {
    return this.until(name, 'runs', 60, ({status}) => status?.phase === 'Running');
  }

  untilEnded(name: string, seconds = 60): Promise<Stored<Pod>> {
    return this.until(name, 'has ended', seconds, ({status}) => finished.includes(status?.phase ?? ''));
  }

  untilGone(name: string, seconds = 30): Promise<true> {
    return waitFor(`${name} is gone`, seconds, async () => ((await this.get(name)) === undefined ? true : undefined));
  }

  patch(name: string, patch: unknown): Promise<Answer> {
    return call('PATCH', this.#pods(name), patch, mergePatch);
  }

  async setStatus(name: string, status: PodStatus): Promise<Stored<Pod>> {
    return (await agreed(call('PATCH', `${this.#pods(name)}/status`, {status}, mergePatch))) as Stored<Pod>;
  }

  async log(name: string): Promise<string> {
    const {stdout, stderr} = await kubectl(['logs', '-n', this.name, name]);
    return stdout + stderr;
  }

  release(name: string): Promise<Answer> {
    return this.patch(name, {metadata: {finalizers: null}});
  }

  delete(name: string, options: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return call('DELETE', this.#pods(name), options);
  }

  deleteAll(options: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return call('DELETE', this.#pods(), options);
  }

  evict(name: string, deleteOptions: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const body = {apiVersion: 'policy/v1', kind: 'Eviction', metadata: {name, namespace: this.name}, deleteOptions};
    return call('POST', `${this.#pods(name)}/eviction`, body);
  }

  /** What the scheduler does. */
  bind(name: string, uid: string, node: string): Promise<Answer> {
    const target = {apiVersion: 'v1', kind: 'Node', name: node};
    return call('POST', `${this.#pods(name)}/binding`, {metadata: {name, uid}, target});
  }

  #pods(name?: string): string {
    return `/api/v1/namespaces/${this.name}/pods${name === undefined ? '' : `/${name}`}`;
  }
}

/** Status of the Pod's first container. */
export const containerOf = (pod: Stored<Pod> | undefined): ContainerStatus =>
  pod?.status?.containerStatuses?.[0] ?? assert.fail('no container status');

/** A namespace for the tests of one `describe`; call it there. */
export function namespaceOfSuite(name: string, labels: Readonly<Record<string, string>> = {}): () => TestNamespace {
  const held: {namespace?: TestNamespace} = {};
  before(async () => {
    held.namespace = await TestNamespace.create(name, labels);
  });
  after(() => held.namespace?.remove());
  return () => held.namespace ?? assert.fail('the namespace was not made');
}
