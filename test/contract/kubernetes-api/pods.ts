import assert from 'node:assert/strict';
import {budgetGate, lostMark} from '../../../api/pod.ts';
import type {PodStatus} from '../../../api/pod.ts';
import {otherGate, refused} from './world.ts';
import type {Cases} from './world.ts';

export const pods: Cases = {
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
  'a mark that was judged before a kubelet spoke again is Conflict': async (world) => {
    const {metadata} = await world.boundPod('heard-of-again');
    const judged = await world.api.get('Pod', world.key('heard-of-again'));
    await world.server.setPodStatus(world.key('heard-of-again'), metadata.uid, {phase: 'Running'});
    const patch = {metadata: {annotations: {[lostMark]: '2026-01-01T00:00:00Z'}}};
    const {uid} = metadata;
    const resourceVersion = judged?.metadata.resourceVersion ?? '';
    await refused('Conflict', world.api.patch('Pod', world.key('heard-of-again'), patch, {uid, resourceVersion}));
    const current = await world.api.get('Pod', world.key('heard-of-again'));
    assert.equal(current?.metadata.annotations?.[lostMark], undefined);
    const found = {uid, resourceVersion: current?.metadata.resourceVersion ?? ''};
    const marked = await world.api.patch('Pod', world.key('heard-of-again'), patch, found);
    assert.equal(marked.metadata.annotations?.[lostMark], '2026-01-01T00:00:00Z');
  },
  'a Pod that is deleted behind its gate has no grace, is never bound, and goes with its finalizer': async (world) => {
    const {metadata} = await world.createPod('given-up', {schedulingGates: [{name: budgetGate}]});
    await world.api.delete('Pod', world.key('given-up'), {uid: metadata.uid});
    await refused('Conflict', world.server.bind(world.key('given-up'), metadata.uid, world.server.node));
    const held = await world.api.get('Pod', world.key('given-up'));
    assert.equal(held?.spec.nodeName, undefined);
    assert.equal(held?.metadata.deletionGracePeriodSeconds, 0);
    await world.release('Pod', 'given-up');
    assert.equal(await world.api.get('Pod', world.key('given-up')), undefined);
  },
  'a Pod whose finalizer was stripped still waits for its kubelet': async (world) => {
    const {metadata} = await world.boundPod('stripped');
    await world.release('Pod', 'stripped');
    await world.api.delete('Pod', world.key('stripped'));
    assert.ok((await world.api.get('Pod', world.key('stripped'))) !== undefined);
    await world.server.forceDelete(world.key('stripped'), metadata.uid);
    assert.equal(await world.api.get('Pod', world.key('stripped')), undefined);
  },
};
