import assert from 'node:assert/strict';
import {aLedger, unsaved} from '../../builders.ts';
import {refused, testFinalizer} from './world.ts';
import type {Cases} from './world.ts';

export const deletions: Cases = {
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
  'a held ledger is written on while it is being deleted, and goes with the update that lets it go': async (world) => {
    const name = 'last-words';
    const named = {name, namespace: world.server.namespace, finalizers: [testFinalizer]};
    await world.api.create('GpuLedger', unsaved(aLedger({metadata: named})));
    await world.api.delete('GpuLedger', world.key(name));
    const marked = await world.api.get('GpuLedger', world.key(name));
    assert.ok(marked?.metadata.deletionTimestamp !== undefined);
    const settled = await world.api.update('GpuLedger', {...marked, spec: {...marked.spec, settledCount: 1}});
    assert.equal(settled.spec.settledCount, 1);
    await world.api.update('GpuLedger', {...settled, metadata: {...settled.metadata, finalizers: []}});
    assert.equal(await world.api.get('GpuLedger', world.key(name)), undefined);
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
