import assert from 'node:assert/strict';
import {aLedger, unsaved} from '../../builders.ts';
import {refused} from './world.ts';
import type {Cases} from './world.ts';

export const updates: Cases = {
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
  'an update that names another uid is Conflict': async (world) => {
    const first = await world.createTrial('replaced');
    await world.api.delete('Trial', world.key('replaced'));
    const second = await world.createTrial('replaced');
    const {resourceVersion} = second.metadata;
    await refused('Conflict', world.api.update('Trial', {...first, metadata: {...first.metadata, resourceVersion}}));
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
