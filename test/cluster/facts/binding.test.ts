import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {budgetGate, ledgerFinalizer} from '../../../api/pod.ts';
import {agreed, call, waitFor} from '../cluster.ts';
import {namespaceOfSuite} from '../namespace.ts';

// A Pod behind its gate, or one that is being deleted, costs no GPU time: nobody can bind it to a node any more.

const gated = {schedulingGates: [{name: budgetGate}]};
const held = {finalizers: [ledgerFinalizer]};

describe('binding', {concurrency: 4}, () => {
  const namespace = namespaceOfSuite('binding');

  test('the scheduler leaves a gated Pod alone and says so, and binds it once the gate is open', async () => {
    await namespace().create('gated', {spec: gated});
    const waiting = await namespace().until(
      'gated',
      'has a condition',
      10,
      ({status}) => status?.conditions?.[0] !== undefined,
    );
    assert.deepEqual(
      waiting.status?.conditions?.map(({type, reason}) => [type, reason]),
      [['PodScheduled', 'SchedulingGated']],
    );
    assert.equal(waiting.spec.nodeName, undefined);
    await agreed(namespace().patch('gated', {spec: {schedulingGates: []}}));
    await namespace().untilRunning('gated');
  });

  test('a binding of a gated Pod is refused with 409', async () => {
    const {metadata} = await namespace().create('bound-by-force', {spec: gated});
    const {code, message} = await namespace().bind('bound-by-force', metadata.uid, 'node-a');
    assert.equal(code, 409);
    assert.match(message, /has non-empty \.spec\.schedulingGates/);
  });

  test('a binding of a Pod that is being deleted is refused with 409', async () => {
    const {metadata} = await namespace().create('leaving', {metadata: held, spec: {...gated, schedulerName: 'nobody'}});
    await agreed(namespace().patch('leaving', {spec: {schedulingGates: []}}));
    await agreed(namespace().delete('leaving'));
    const {code, message} = await namespace().bind('leaving', metadata.uid, 'node-a');
    assert.equal(code, 409);
    assert.match(message, /is being deleted, cannot be assigned to a host/);
  });

  test('the scheduler leaves a Pod alone that is being deleted, its gate open', async () => {
    await namespace().create('opened-late', {metadata: held, spec: gated});
    await agreed(namespace().delete('opened-late'));
    await agreed(namespace().patch('opened-late', {spec: {schedulingGates: []}}));
    // A Pod that comes after it in the same queue is bound.
    await namespace().create('comes-later');
    await namespace().untilRunning('comes-later');
    const left = await namespace().get('opened-late');
    assert.equal(left?.spec.nodeName, undefined);
    assert.ok(left?.metadata.deletionTimestamp !== undefined);
  });

  test('a binding that names another uid is refused with 409', async () => {
    await namespace().create('namesake', {spec: {schedulerName: 'nobody'}});
    assert.equal((await namespace().bind('namesake', 'another', 'node-a')).code, 409);
  });

  test('a Pod is bound once', async () => {
    const {metadata} = await namespace().create('once', {spec: {schedulerName: 'nobody'}});
    assert.equal((await namespace().bind('once', metadata.uid, 'node-a')).code, 201);
    const {code, message} = await namespace().bind('once', metadata.uid, 'node-b');
    assert.equal(code, 409);
    assert.match(message, /is already assigned to node "node-a"/);
  });

  test('a gate that is open is never shut again', async () => {
    await namespace().create('open', {spec: {schedulerName: 'nobody'}});
    const {code, message} = await namespace().patch('open', {spec: gated});
    assert.equal(code, 422);
    assert.match(message, /only deletion is allowed/);
  });

  test('a gated Pod cannot name its node, nor be made with one', async () => {
    const {code, message} = await namespace().tryToCreate('placed', {spec: {...gated, nodeName: 'node-a'}});
    assert.equal(code, 422);
    assert.match(message, /spec\.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared/);
  });

  test('a gated Pod counts against the quota of GPUs, and one too many is refused with 403', async () => {
    const quota = {metadata: {name: 'gpus'}, spec: {hard: {'requests.nvidia.com/gpu': '2'}}};
    const quotas = `/api/v1/namespaces/${namespace().name}/resourcequotas`;
    await agreed(call('POST', quotas, quota));
    await waitFor('the quota is counted once', 20, async () => {
      const {object} = await call('GET', `${quotas}/gpus`);
      return (object as {status: {used?: object}}).status.used;
    });
    await namespace().create('first', {gpus: 2, spec: gated, metadata: held});
    const refusal = await namespace().tryToCreate('second', {gpus: 1, spec: gated});
    assert.equal(refusal.code, 403);
    assert.match(
      refusal.message,
      /exceeded quota: gpus, requested: requests\.nvidia\.com\/gpu=1, used: requests\.nvidia\.com\/gpu=2/,
    );
    const dryRun = await call('POST', `/api/v1/namespaces/${namespace().name}/pods?dryRun=All`, {
      metadata: {name: 'third'},
      spec: {containers: [{name: 'trial', image: 'none', resources: {limits: {'nvidia.com/gpu': '1'}}}]},
    });
    assert.equal(dryRun.code, 403);
  });
});
