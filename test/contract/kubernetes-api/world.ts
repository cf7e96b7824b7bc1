import assert from 'node:assert/strict';
import {setTimeout as pause} from 'node:timers/promises';
import type {ObjectMeta} from '../../../api/meta.ts';
import type {Pod, PodSpec, PodStatus} from '../../../api/pod.ts';
import type {Trial} from '../../../api/trial.ts';
import {ApiRefusal} from '../../../operator/ports.ts';
import type {Key, KubernetesApi, Refusal} from '../../../operator/ports.ts';
import {aPod, aTrial, unsaved} from '../../builders.ts';

/** A server with what stands beside the port: the scheduler's, the kubelet's and the garbage collector's calls. */
export interface ServerUnderTest {
  readonly api: KubernetesApi;
  /** A namespace that nobody else uses. */
  readonly namespace: string;
  /** A node that Pods can be bound to; nothing really runs there. */
  readonly node: string;
  bind(key: Key, uid: string, node: string): Promise<void>;
  setPodStatus(key: Key, uid: string, status: PodStatus): Promise<void>;
  /** DELETE with a grace period of 0. */
  forceDelete(key: Key, uid: string): Promise<void>;
  /** Makes the garbage collector come round, or waits until it has. */
  collectGarbage(): Promise<void>;
  close(): Promise<void>;
}

export const testFinalizer = 'archsearch.dev/contract';
export const otherGate = 'archsearch.dev/other';

export const refused = async (refusal: Refusal, call: Promise<unknown>): Promise<void> => {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof ApiRefusal, String(error));
    assert.equal(error.refusal, refusal, error.message);
    return true;
  });
};

export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (holds()) return;
    await pause(10);
  }
  assert.fail(`never seen: ${what}`);
}

/** The shortest names for what the cases below do over and over. */
export class ContractWorld {
  readonly server: ServerUnderTest;
  readonly api: KubernetesApi;
  constructor(server: ServerUnderTest) {
    this.server = server;
    this.api = server.api;
  }
  key(name: string): Key {
    return {namespace: this.server.namespace, name};
  }
  trial(name: string, metadata: Partial<ObjectMeta> = {}): Trial {
    return unsaved(aTrial({metadata: {...metadata, name, namespace: this.server.namespace}}));
  }
  pod(name: string, spec: Partial<PodSpec> = {}, metadata: Partial<ObjectMeta> = {finalizers: [testFinalizer]}): Pod {
    // No scheduler comes first: the tests bind by hand.
    const byHand = {schedulerName: 'by-hand', ...spec};
    return unsaved(
      aPod({metadata: {finalizers: [], ...metadata, name, namespace: this.server.namespace}, spec: byHand}),
    );
  }
  createTrial(name: string, metadata: Partial<ObjectMeta> = {}) {
    return this.api.create('Trial', this.trial(name, metadata));
  }
  createPod(name: string, spec: Partial<PodSpec> = {}, metadata: Partial<ObjectMeta> = {finalizers: [testFinalizer]}) {
    return this.api.create('Pod', this.pod(name, spec, metadata));
  }
  async boundPod(name: string, metadata: Partial<ObjectMeta> = {finalizers: [testFinalizer]}) {
    const pod = await this.createPod(name, {schedulingGates: []}, metadata);
    await this.server.bind(this.key(name), pod.metadata.uid, this.server.node);
    return pod;
  }
  release(kind: 'Pod' | 'Trial', name: string) {
    return this.api.patch(kind, this.key(name), {metadata: {finalizers: null}});
  }
}

/** Sentence → what makes it true. */
export type Cases = Readonly<Record<string, (world: ContractWorld) => Promise<void>>>;
