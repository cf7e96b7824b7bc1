import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import type {ObjectMeta} from '../../api/meta.ts';
import {budgetGate} from '../../api/pod.ts';
import type {Pod, PodSpec, PodStatus} from '../../api/pod.ts';
import type {Trial} from '../../api/trial.ts';
import {ApiRefusal} from '../../operator/ports.ts';
import type {Key, KubernetesApi, Refusal} from '../../operator/ports.ts';
import {aLedger, aPod, aTrial, unsaved} from '../builders.ts';

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

const testFinalizer = 'archsearch.dev/contract';
const otherGate = 'archsearch.dev/other';

const refused = async (refusal: Refusal, call: Promise<unknown>): Promise<void> => {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof ApiRefusal, String(error));
    assert.equal(error.refusal, refusal, error.message);
    return true;
  });
};

async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (holds()) return;
    await pause(10);
  }
  assert.fail(`never seen: ${what}`);
}

/** The shortest names for what the cases below do over and over. */
class World {
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
    return unsaved(aPod({metadata: {finalizers: [], ...metadata, name, namespace: this.server.namespace}, spec}));
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

type Case = (world: World) => Promise<void>;

const objects: Readonly<Record<string, Case>> = {
  'create assigns uid, version, creation time and generation': async (world) => {
    const {metadata} = await world.createTrial('born');
    assert.ok(metadata.uid.length > 0 && metadata.resourceVersion.length > 0);
    assert.ok(Number.isFinite(Date.parse(metadata.creationTimestamp)));
    assert.equal(metadata.generation, 1);
  },
  'what was created can be read and is listed': async (world) => {
    const created = await world.createTrial('seen');
    assert.deepEqual(await world.api.get('Trial', world.key('seen')), created);
    const listed = await world.api.list('Trial', world.server.namespace);
    assert.deepEqual(listed.find((trial) => trial.metadata.name === 'seen')?.metadata, created.metadata);
  },
  'what does not exist reads as undefined': async (world) => {
    assert.equal(await world.api.get('Trial', world.key('nobody')), undefined);
  },
  'a list stays within its namespace': async (world) => {
    assert.deepEqual(await world.api.list('Trial', 'no-such-namespace'), []);
  },
  'a taken name is AlreadyExists': async (world) => {
    await world.createTrial('taken');
    await refused('AlreadyExists', world.createTrial('taken'));
  },
  'a name that is no DNS name is Invalid': async (world) => {
    await refused('Invalid', world.createTrial('Not_A_Name'));
  },
  'a spec that breaks its schema is Invalid': async (world) => {
    const trial = world.trial('broken');
    await refused('Invalid', world.api.create('Trial', {...trial, spec: {...trial.spec, index: 0}}));
  },
  'status that comes with a creation is dropped': async (world) => {
    const created = await world.api.create('Trial', {...world.trial('eager'), status: {phase: 'Succeeded'}});
    assert.equal(created.status, undefined);
  },
  'an object handed in or out shares nothing with the stored one': async (world) => {
    const labels = {mine: 'before'};
    await world.createTrial('apart', {labels});
    labels.mine = 'after';
    assert.equal((await world.api.get('Trial', world.key('apart')))?.metadata.labels?.['mine'], 'before');
  },
};

const updates: Readonly<Record<string, Case>> = {
  'an update with the current version raises it, and generation with the spec': async (world) => {
    const ledger = await world.api.create(
      'GpuLedger',
      unsaved(aLedger({metadata: {name: 'raised', namespace: world.server.namespace}})),
    );
    const updated = await world.api.update('GpuLedger', {...ledger, spec: {...ledger.spec, settledCount: 1}});
    assert.notEqual(updated.metadata.resourceVersion, ledger.metadata.resourceVersion);
    assert.equal(updated.metadata.generation, 2);
    assert.equal(updated.spec.settledCount, 1);
  },
  'of two updates that read the same version one is Conflict': async (world) => {
    const ledger = await world.api.create(
      'GpuLedger',
      unsaved(aLedger({metadata: {name: 'swapped', namespace: world.server.namespace}})),
    );
    const write = (settledCount: number) =>
      world.api.update('GpuLedger', {...ledger, spec: {...ledger.spec, settledCount}});
    const outcomes = await Promise.allSettled([write(1), write(2)]);
    assert.deepEqual(outcomes.map((outcome) => outcome.status).sort(), ['fulfilled', 'rejected']);
    await refused('Conflict', write(3));
  },
  'an update of what is gone is NotFound': async (world) => {
    const trial = await world.createTrial('gone-before-update');
    await world.api.delete('Trial', world.key('gone-before-update'));
    await refused('NotFound', world.api.update('Trial', {...trial, metadata: {...trial.metadata, labels: {a: 'b'}}}));
  },
  'an update never touches status': async (world) => {
    await world.createTrial('kept');
    const running = await world.api.patchStatus('Trial', world.key('kept'), {phase: 'Running'});
    const updated = await world.api.update('Trial', {
      ...running,
      metadata: {...running.metadata, labels: {a: 'b'}},
      status: {phase: 'Failed'},
    });
    assert.equal(updated.status?.phase, 'Running');
    assert.equal(updated.metadata.generation, 1);
  },
  'a write that changes nothing keeps the version': async (world) => {
    const trial = await world.createTrial('same', {labels: {a: 'b'}});
    const version = trial.metadata.resourceVersion;
    assert.equal((await world.api.update('Trial', trial)).metadata.resourceVersion, version);
    const patched = await world.api.patch('Trial', world.key('same'), {metadata: {labels: {a: 'b', c: null}}});
    assert.equal(patched.metadata.resourceVersion, version);
  },
  'a merge patch adds, replaces and removes, and leaves the rest': async (world) => {
    await world.createTrial('merged', {annotations: {a: '1', b: '2', c: '3'}});
    const patched = await world.api.patch('Trial', world.key('merged'), {
      metadata: {annotations: {b: 'two', c: null, d: '4'}},
    });
    assert.deepEqual(patched.metadata.annotations, {a: '1', b: 'two', d: '4'});
  },
  'a patch never touches status': async (world) => {
    await world.createTrial('untouched');
    const patched = await world.api.patch('Trial', world.key('untouched'), {status: {phase: 'Failed'}});
    assert.equal(patched.status, undefined);
  },
  'a patch of status touches nothing else': async (world) => {
    const trial = await world.createTrial('judged');
    const patched = await world.api.patchStatus('Trial', world.key('judged'), {phase: 'Running', message: 'at work'});
    assert.deepEqual(patched.status, {phase: 'Running', message: 'at work'});
    assert.deepEqual(patched.spec, trial.spec);
    assert.equal(patched.metadata.generation, 1);
    const cleared = await world.api.patchStatus('Trial', world.key('judged'), {message: null});
    assert.deepEqual(cleared.status, {phase: 'Running'});
  },
  'a patch of what is not there is NotFound': async (world) => {
    await refused('NotFound', world.api.patch('Trial', world.key('nobody'), {metadata: {labels: {a: 'b'}}}));
    await refused('NotFound', world.api.patchStatus('Trial', world.key('nobody'), {phase: 'Running'}));
  },
  'a patch that names the wrong uid is Invalid': async (world) => {
    const first = await world.createTrial('reborn');
    await world.api.delete('Trial', world.key('reborn'));
    await world.createTrial('reborn');
    const {uid} = first.metadata;
    const patch = {metadata: {labels: {a: 'b'}}};
    await refused('Invalid', world.api.patch('Trial', world.key('reborn'), patch, {uid}));
    await refused('Invalid', world.api.patchStatus('Trial', world.key('reborn'), {phase: 'Running'}, {uid}));
  },
  'a patch that names a stale version is Conflict': async (world) => {
    const trial = await world.createTrial('moved-on');
    await world.api.patch('Trial', world.key('moved-on'), {metadata: {labels: {a: 'b'}}});
    const {uid, resourceVersion} = trial.metadata;
    const patch = {metadata: {labels: {a: 'c'}}};
    await refused('Conflict', world.api.patch('Trial', world.key('moved-on'), patch, {uid, resourceVersion}));
    const status = {phase: 'Running'};
    await refused('Conflict', world.api.patchStatus('Trial', world.key('moved-on'), status, {uid, resourceVersion}));
  },
  'a patch that names the right uid and version is done': async (world) => {
    const {metadata} = await world.createTrial('exact');
    const {uid, resourceVersion} = metadata;
    const patch = {metadata: {labels: {a: 'b'}}};
    const patched = await world.api.patch('Trial', world.key('exact'), patch, {uid, resourceVersion});
    assert.deepEqual(patched.metadata.labels, {a: 'b'});
  },
};

const deletions: Readonly<Record<string, Case>> = {
  'a deletion without finalizers is at once': async (world) => {
    await world.createTrial('light');
    await world.api.delete('Trial', world.key('light'));
    assert.equal(await world.api.get('Trial', world.key('light')), undefined);
  },
  'deleting what is gone is success': async (world) => {
    await world.api.delete('Trial', world.key('nobody'));
    await world.api.delete('Trial', world.key('nobody'), {uid: 'any'});
  },
  'a deletion that names the wrong uid or version is Conflict': async (world) => {
    const trial = await world.createTrial('spared');
    await refused('Conflict', world.api.delete('Trial', world.key('spared'), {uid: 'another'}));
    await world.api.patch('Trial', world.key('spared'), {metadata: {labels: {a: 'b'}}});
    const {resourceVersion} = trial.metadata;
    await refused('Conflict', world.api.delete('Trial', world.key('spared'), {resourceVersion}));
    assert.equal((await world.api.get('Trial', world.key('spared')))?.metadata.deletionTimestamp, undefined);
  },
  'with a finalizer the object is marked and goes with its last finalizer': async (world) => {
    await world.createTrial('held', {finalizers: [testFinalizer, `${testFinalizer}-2`]});
    await world.api.delete('Trial', world.key('held'));
    const marked = await world.api.get('Trial', world.key('held'));
    assert.ok(marked?.metadata.deletionTimestamp !== undefined);
    await world.api.patch('Trial', world.key('held'), {metadata: {finalizers: [testFinalizer]}});
    assert.ok((await world.api.get('Trial', world.key('held'))) !== undefined);
    await world.release('Trial', 'held');
    assert.equal(await world.api.get('Trial', world.key('held')), undefined);
  },
  'a second deletion changes nothing': async (world) => {
    await world.createTrial('twice', {finalizers: [testFinalizer]});
    await world.api.delete('Trial', world.key('twice'));
    const first = await world.api.get('Trial', world.key('twice'));
    await world.api.delete('Trial', world.key('twice'));
    assert.deepEqual(await world.api.get('Trial', world.key('twice')), first);
    await world.release('Trial', 'twice');
  },
  'no finalizer is added to what is being deleted': async (world) => {
    await world.createTrial('leaving', {finalizers: [testFinalizer]});
    await world.api.delete('Trial', world.key('leaving'));
    const patch = {metadata: {finalizers: [testFinalizer, 'archsearch.dev/late']}};
    await refused('Invalid', world.api.patch('Trial', world.key('leaving'), patch));
    await world.release('Trial', 'leaving');
  },
  'an update takes the deletion time neither away nor back': async (world) => {
    await world.createTrial('doomed', {finalizers: [testFinalizer]});
    await world.api.delete('Trial', world.key('doomed'));
    const marked = await world.api.get('Trial', world.key('doomed'));
    assert.ok(marked !== undefined);
    const {deletionTimestamp: _at, ...metadata} = marked.metadata;
    const updated = await world.api.update('Trial', {...marked, metadata: {...metadata, labels: {a: 'b'}}});
    assert.equal(updated.metadata.deletionTimestamp, marked.metadata.deletionTimestamp);
    await world.release('Trial', 'doomed');
  },
  'a name that is free again gets a new uid': async (world) => {
    const first = await world.createTrial('again');
    await world.api.delete('Trial', world.key('again'));
    const second = await world.createTrial('again');
    assert.notEqual(second.metadata.uid, first.metadata.uid);
  },
  'the dependents of an owner that is gone go too, and theirs': async (world) => {
    const ownedBy = (kind: string, apiVersion: string, name: string, uid: string) => ({
      ownerReferences: [{apiVersion, kind, name, uid}],
    });
    const owner = await world.createTrial('owner');
    const middle = await world.createTrial('middle', ownedBy('Trial', owner.apiVersion, 'owner', owner.metadata.uid));
    await world.createPod('leaf', {}, ownedBy('Trial', middle.apiVersion, 'middle', middle.metadata.uid));
    const held = {...ownedBy('Trial', owner.apiVersion, 'owner', owner.metadata.uid), finalizers: [testFinalizer]};
    await world.createTrial('held-dependent', held);
    await world.server.collectGarbage();
    assert.ok((await world.api.get('Trial', world.key('middle'))) !== undefined);
    await world.api.delete('Trial', world.key('owner'));
    await world.server.collectGarbage();
    assert.equal(await world.api.get('Trial', world.key('middle')), undefined);
    assert.equal(await world.api.get('Pod', world.key('leaf')), undefined);
    const waiting = await world.api.get('Trial', world.key('held-dependent'));
    assert.ok(waiting?.metadata.deletionTimestamp !== undefined);
    await world.release('Trial', 'held-dependent');
  },
};

const pods: Readonly<Record<string, Case>> = {
  'a new Pod is Pending whatever status came with it': async (world) => {
    const created = await world.api.create('Pod', {...world.pod('new-pod'), status: {phase: 'Succeeded'}});
    assert.equal(created.status?.phase, 'Pending');
  },
  'a gated Pod cannot be bound until its last gate is open': async (world) => {
    const gates = [{name: budgetGate}, {name: otherGate}];
    const pod = await world.createPod('gated', {schedulingGates: gates});
    const bind = () => world.server.bind(world.key('gated'), pod.metadata.uid, world.server.node);
    await refused('Conflict', bind());
    await world.api.patch('Pod', world.key('gated'), {spec: {schedulingGates: [{name: otherGate}]}});
    await refused('Conflict', bind());
    const open = await world.api.patch('Pod', world.key('gated'), {spec: {schedulingGates: null}});
    assert.deepEqual(open.spec.schedulingGates ?? [], []);
    await bind();
    const boundPod = await world.api.get('Pod', world.key('gated'));
    assert.equal(boundPod?.spec.nodeName, world.server.node);
    const scheduled = boundPod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
    assert.equal(scheduled?.status, 'True');
    assert.ok(scheduled.lastTransitionTime !== undefined);
    await refused('Conflict', bind());
  },
  'no gate is added': async (world) => {
    await world.createPod('open', {schedulingGates: [{name: budgetGate}]});
    const more = {spec: {schedulingGates: [{name: budgetGate}, {name: otherGate}]}};
    await refused('Invalid', world.api.patch('Pod', world.key('open'), more));
  },
  'a gate is not opened for another Pod of the name': async (world) => {
    const first = await world.createPod('namesake', {}, {});
    await world.api.delete('Pod', world.key('namesake'));
    await world.createPod('namesake');
    const {uid} = first.metadata;
    await refused('Invalid', world.api.patch('Pod', world.key('namesake'), {spec: {schedulingGates: null}}, {uid}));
  },
  'a Pod behind gates cannot name its node': async (world) => {
    await refused('Invalid', world.createPod('placed', {nodeName: world.server.node}));
  },
  'a deadline is lowered and never raised': async (world) => {
    await world.createPod('timed', {activeDeadlineSeconds: 60});
    const set = (activeDeadlineSeconds: number) =>
      world.api.patch('Pod', world.key('timed'), {spec: {activeDeadlineSeconds}});
    assert.equal((await set(30)).spec.activeDeadlineSeconds, 30);
    await refused('Invalid', set(31));
  },
  'the rest of a Pod spec is fixed': async (world) => {
    await world.createPod('fixed');
    await refused('Invalid', world.api.patch('Pod', world.key('fixed'), {spec: {terminationGracePeriodSeconds: 5}}));
  },
  'a Pod that is being deleted cannot be bound': async (world) => {
    const pod = await world.createPod('withdrawn', {schedulingGates: []});
    await world.api.delete('Pod', world.key('withdrawn'));
    await refused('Conflict', world.server.bind(world.key('withdrawn'), pod.metadata.uid, world.server.node));
  },
  'a binding that names the wrong uid is Conflict': async (world) => {
    await world.createPod('unbound', {schedulingGates: []});
    await refused('Conflict', world.server.bind(world.key('unbound'), 'another', world.server.node));
  },
  'an unbound Pod without finalizers is deleted at once': async (world) => {
    await world.createPod('unbound-light', {}, {});
    await world.api.delete('Pod', world.key('unbound-light'));
    assert.equal(await world.api.get('Pod', world.key('unbound-light')), undefined);
  },
  'a bound Pod that is deleted waits for its kubelet, its grace written down': async (world) => {
    const {metadata, spec} = await world.boundPod('working', {});
    await world.api.delete('Pod', world.key('working'));
    const waiting = await world.api.get('Pod', world.key('working'));
    assert.ok(waiting?.metadata.deletionTimestamp !== undefined);
    assert.equal(waiting.metadata.deletionGracePeriodSeconds, spec.terminationGracePeriodSeconds);
    await world.server.forceDelete(world.key('working'), metadata.uid);
    assert.equal(await world.api.get('Pod', world.key('working')), undefined);
  },
  'a bound Pod with a finalizer waits for both, in either order': async (world) => {
    const first = await world.boundPod('both-1');
    await world.api.delete('Pod', world.key('both-1'));
    await world.release('Pod', 'both-1');
    assert.ok((await world.api.get('Pod', world.key('both-1'))) !== undefined);
    await world.server.forceDelete(world.key('both-1'), first.metadata.uid);
    assert.equal(await world.api.get('Pod', world.key('both-1')), undefined);

    const second = await world.boundPod('both-2');
    await world.api.delete('Pod', world.key('both-2'));
    await world.server.forceDelete(world.key('both-2'), second.metadata.uid);
    const held = await world.api.get('Pod', world.key('both-2'));
    assert.equal(held?.metadata.deletionGracePeriodSeconds, 0);
    await world.release('Pod', 'both-2');
    assert.equal(await world.api.get('Pod', world.key('both-2')), undefined);
  },
  'a bound Pod that has ended is deleted without grace': async (world) => {
    const {metadata} = await world.boundPod('ended');
    await world.server.setPodStatus(world.key('ended'), metadata.uid, {phase: 'Succeeded'});
    await world.api.delete('Pod', world.key('ended'));
    assert.equal((await world.api.get('Pod', world.key('ended')))?.metadata.deletionGracePeriodSeconds, 0);
    await world.release('Pod', 'ended');
    assert.equal(await world.api.get('Pod', world.key('ended')), undefined);
  },
  'a status is read back as its kubelet wrote it': async (world) => {
    const {metadata} = await world.boundPod('reported');
    const status: PodStatus = {
      phase: 'Failed',
      startTime: '2026-01-01T00:00:00Z',
      containerStatuses: [
        {
          name: 'trial',
          state: {terminated: {exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-01-01T00:00:10Z'}},
        },
      ],
    };
    await world.server.setPodStatus(world.key('reported'), metadata.uid, status);
    const read = (await world.api.get('Pod', world.key('reported')))?.status;
    assert.equal(read?.phase, 'Failed');
    assert.equal(read.startTime, status.startTime);
    assert.equal(read.containerStatuses?.[0]?.state?.terminated?.finishedAt, '2026-01-01T00:00:10Z');
  },
};

const watches: Readonly<Record<string, Case>> = {
  'a watch sees every change from its start, in order': async (world) => {
    await world.createTrial('watched-before');
    const seen: string[] = [];
    const stop = world.api.watch('Trial', ({type, object}) => {
      if (object.metadata.name.startsWith('watched')) seen.push(`${type} ${object.metadata.name}`);
    });
    await eventuallyWatching(world);
    seen.length = 0;
    await world.createTrial('watched');
    await world.api.patchStatus('Trial', world.key('watched'), {phase: 'Running'});
    await world.api.patchStatus('Trial', world.key('watched'), {phase: 'Running'});
    await world.api.delete('Trial', world.key('watched'));
    await eventually(() => seen.includes('Deleted watched'), 'the deletion');
    stop();
    assert.deepEqual(seen, ['Added watched', 'Modified watched', 'Deleted watched']);
  },
  'a watch that has ended is silent': async (world) => {
    let calls = 0;
    const stop = world.api.watch('Trial', () => calls++);
    await eventuallyWatching(world);
    stop();
    const before = calls;
    await world.createTrial('unwatched');
    await eventuallyWatching(world);
    assert.equal(calls, before);
  },
};

/** Creates and deletes a trial until another watch has seen one: by then a watch begun before is surely open. */
async function eventuallyWatching(world: World): Promise<void> {
  const seen: string[] = [];
  const stop = world.api.watch('Trial', ({type, object}) => {
    if (object.metadata.name === 'probe-of-watch') seen.push(type);
  });
  for (let tries = 0; tries < 100 && seen.length === 0; tries++) {
    await world.createTrial('probe-of-watch');
    await world.api.delete('Trial', world.key('probe-of-watch'));
    await pause(10);
  }
  stop();
  assert.ok(seen.length > 0, 'the watch never opened');
}

/** What every implementation of `KubernetesApi` keeps; true of a real API server, and so all that the operator may rely on. */
export function kubernetesApiContract(name: string, makeServer: () => Promise<ServerUnderTest>): void {
  describe(`${name} keeps the contract of the Kubernetes API`, () => {
    const held: {world?: World} = {};
    before(async () => {
      held.world = new World(await makeServer());
    });
    after(() => held.world?.server.close());
    const world = (): World => held.world ?? assert.fail('the server did not start');
    for (const [sentence, run] of Object.entries({...objects, ...updates, ...deletions, ...pods, ...watches}))
      test(sentence, () => run(world()));
  });
}
