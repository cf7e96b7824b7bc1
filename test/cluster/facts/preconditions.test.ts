import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {budgetGate, ledgerFinalizer} from '../../../api/pod.ts';
import type {Stored} from '../../../api/meta.ts';
import type {Trial} from '../../../api/trial.ts';
import {aTrial, unsaved} from '../../builders.ts';
import {agreed, call, installResources, mergePatch} from '../cluster.ts';
import {namespaceOfSuite} from '../namespace.ts';

// What makes a write safe: it names the object that was judged, by uid or by version, and is refused when that is another one.

const gated = {schedulerName: 'nobody', schedulingGates: [{name: budgetGate}]};
const held = {finalizers: [ledgerFinalizer]};
const openGate = {spec: {schedulingGates: []}};

describe('preconditions of writes', {concurrency: 4}, () => {
  const namespace = namespaceOfSuite('preconditions');
  before(installResources);
  const trials = (name = ''): string => `/apis/archsearch.dev/v1alpha1/namespaces/${namespace().name}/trials/${name}`;
  const createTrial = async (name: string, finalizers: readonly string[] = []): Promise<Stored<Trial>> => {
    const trial = unsaved(aTrial({metadata: {name, namespace: namespace().name, finalizers}}));
    return (await agreed(call('POST', trials(), trial))) as Stored<Trial>;
  };

  test('a merge patch that names another uid is refused with 422, and changes nothing', async () => {
    const {metadata} = await namespace().create('patched', {spec: gated});
    const {code, message} = await namespace().patch('patched', {metadata: {uid: 'another'}, ...openGate});
    assert.equal(code, 422);
    assert.match(message, /metadata\.uid: Invalid value: "another": field is immutable/);
    assert.deepEqual((await namespace().get('patched'))?.spec.schedulingGates, gated.schedulingGates);
    assert.equal((await namespace().patch('patched', {metadata: {uid: metadata.uid}, ...openGate})).code, 200);
  });

  test('the uid of a Pod that is gone is refused with 422 by its successor of the same name, with 404 by none', async () => {
    const {uid} = (await namespace().create('succeeded', {spec: gated})).metadata;
    await agreed(namespace().delete('succeeded'));
    await namespace().untilGone('succeeded');
    assert.equal((await namespace().patch('succeeded', {metadata: {uid}, ...openGate})).code, 404);
    await namespace().create('succeeded', {spec: gated});
    assert.equal((await namespace().patch('succeeded', {metadata: {uid}, ...openGate})).code, 422);
  });

  for (const [what, preconditions] of [
    ['uid', {uid: 'another'}],
    ['resourceVersion', {resourceVersion: '1'}],
  ] as const)
    test(`a deletion that names another ${what} is refused with 409`, async () => {
      const name = `deleted-${what.toLowerCase()}`;
      await namespace().create(name, {spec: gated});
      assert.equal((await namespace().delete(name, {preconditions})).code, 409);
      assert.equal((await namespace().get(name))?.metadata.deletionTimestamp, undefined);
    });

  test('an update and a patch that name an old resourceVersion are refused with 409', async () => {
    const {metadata, ...trial} = await createTrial('versions');
    await agreed(call('PATCH', trials('versions'), {metadata: {labels: {a: 'b'}}}, mergePatch));
    const update = await call('PUT', trials('versions'), {...trial, metadata});
    assert.equal(update.code, 409);
    assert.match(update.message, /the object has been modified/);
    const {resourceVersion} = metadata;
    const patch = await call('PATCH', trials('versions'), {metadata: {resourceVersion}}, mergePatch);
    assert.equal(patch.code, 409);
  });

  test('a write that changes nothing leaves the resourceVersion as it is', async () => {
    const {metadata} = await createTrial('unchanged');
    const same = (await agreed(
      call('PATCH', trials('unchanged'), {metadata: {name: 'unchanged'}}, mergePatch),
    )) as Stored<Trial>;
    assert.equal(same.metadata.resourceVersion, metadata.resourceVersion);
  });

  test('status is written at its subresource alone, which writes nothing else', async () => {
    const created = await createTrial('reported');
    const patch = {metadata: {labels: {a: 'b'}}, spec: {index: 2}, status: {phase: 'Running'}};
    const status = (await agreed(call('PATCH', `${trials('reported')}/status`, patch, mergePatch))) as Stored<Trial>;
    assert.deepEqual(status.status, {phase: 'Running'});
    assert.deepEqual(status.spec, created.spec);
    assert.equal(status.metadata.labels?.['a'], undefined);
    assert.equal(status.metadata.generation, created.metadata.generation);
    const ended = {metadata: {labels: {a: 'b'}}, status: {phase: 'Failed'}};
    const object = (await agreed(call('PATCH', trials('reported'), ended, mergePatch))) as Stored<Trial>;
    assert.deepEqual(object.status, {phase: 'Running'});
    assert.equal(object.metadata.labels?.['a'], 'b');
  });

  // A custom resource's status is written with the metadata of the stored object, so a uid in a merge patch says nothing there.
  test('a merge patch of status of a Trial ignores its uid, obeys its resourceVersion', async () => {
    const {metadata} = await createTrial('status-uid');
    const status = `${trials('status-uid')}/status`;
    const named = await call('PATCH', status, {metadata: {uid: 'another'}, status: {phase: 'Running'}}, mergePatch);
    assert.equal(named.code, 200);
    const {resourceVersion} = metadata;
    const old = await call('PATCH', status, {metadata: {resourceVersion}, status: {phase: 'Failed'}}, mergePatch);
    assert.equal(old.code, 409);
  });

  test('a JSON patch of status that tests the uid first is refused with 422 when it is another', async () => {
    const {metadata} = await createTrial('status-tested');
    const patch = (uid: string) => {
      const operations = [
        {op: 'test', path: '/metadata/uid', value: uid},
        {op: 'add', path: '/status', value: {phase: 'Running'}},
      ];
      return call('PATCH', `${trials('status-tested')}/status`, operations, 'application/json-patch+json');
    };
    assert.equal((await patch('another')).code, 422);
    assert.equal((await patch(metadata.uid)).code, 200);
  });

  test('a merge patch of status of a Pod that names another uid is refused with 422', async () => {
    await namespace().create('pod-status', {spec: gated});
    const path = `/api/v1/namespaces/${namespace().name}/pods/pod-status/status`;
    const {code} = await call('PATCH', path, {metadata: {uid: 'another'}, status: {phase: 'Running'}}, mergePatch);
    assert.equal(code, 422);
  });

  test('no finalizer is added to a Pod or a Trial that is being deleted', async () => {
    const more = {metadata: {finalizers: [ledgerFinalizer, 'archsearch.dev/late']}};
    await namespace().create('leaving', {spec: gated, metadata: held});
    await agreed(namespace().delete('leaving'));
    const pod = await namespace().patch('leaving', more);
    await createTrial('leaving', [ledgerFinalizer]);
    await agreed(call('DELETE', trials('leaving')));
    const trial = await call('PATCH', trials('leaving'), more, mergePatch);
    await agreed(call('PATCH', trials('leaving'), {metadata: {finalizers: null}}, mergePatch));
    for (const {code, message} of [pod, trial]) {
      assert.equal(code, 422);
      assert.match(message, /no new finalizers can be added if the object is being deleted/);
    }
  });

  test('what is held by a finalizer is marked, and goes with the last one', async () => {
    await namespace().create('held', {spec: gated, metadata: held});
    await agreed(namespace().delete('held'));
    assert.ok((await namespace().get('held'))?.metadata.deletionTimestamp !== undefined);
    await agreed(namespace().release('held'));
    assert.equal(await namespace().get('held'), undefined);
  });
});
