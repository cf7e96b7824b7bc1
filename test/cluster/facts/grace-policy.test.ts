import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {before, describe, test} from 'node:test';
import {graceSeconds} from '../../../api/arithmetic.ts';
import {ledgerFinalizer} from '../../../api/pod.ts';
import {aLedger, unsaved} from '../../builders.ts';
import {agreed, call, installResources, kubectl, waitFor} from '../cluster.ts';
import type {Answer} from '../cluster.ts';
import {chart} from '../../helm/chart.ts';
import {applyTemplate} from '../helm.ts';
import {TestNamespace, namespaceOfSuite} from '../namespace.ts';

// The one way to spend past a deadline, shut: no deletion asks for more grace than was reserved.

const manifest = join(chart, 'templates', 'grace-policy.yaml');
const charged = {metadata: {finalizers: [ledgerFinalizer]}};
const stretched = {gracePeriodSeconds: 3};
const refused = ({code, message}: Answer): void => {
  assert.equal(code, 422, message);
  assert.match(
    message,
    /gracePeriodSeconds is 3, but GPU time is reserved for a grace of 2 s: ask for at most that, or leave it out/,
  );
};

describe('the policy on grace periods', () => {
  const namespace = namespaceOfSuite('grace');
  const running = async (name: string): Promise<void> => {
    await namespace().create(name, charged);
    await namespace().untilRunning(name);
  };
  before(async () => {
    await installResources();
    await applyTemplate('grace-policy.yaml');
    const ledger = unsaved(aLedger({metadata: {namespace: namespace().name}}));
    await agreed(call('POST', `/apis/archsearch.dev/v1alpha1/namespaces/${namespace().name}/gpuledgers`, ledger));
    await running('probe');
    // Policies take effect a moment after they are written.
    await waitFor('both policies are in effect', 60, async () => {
      const deletion = await namespace().delete('probe', {...stretched, dryRun: ['All']});
      const eviction = await namespace().evict('probe', {gracePeriodSeconds: graceSeconds + 1, dryRun: ['All']});
      return deletion.code === 422 && eviction.code === 422 ? true : undefined;
    });
  });

  test('a deletion may ask for the Pod’s own grace, for less, for none, and for no more', async () => {
    await running('single');
    refused(await namespace().delete('single', stretched));
    assert.equal((await namespace().get('single'))?.metadata.deletionTimestamp, undefined);
    for (const options of [{}, {gracePeriodSeconds: 2}, {gracePeriodSeconds: 1}, {gracePeriodSeconds: 0}])
      assert.equal((await namespace().delete('single', {...options, dryRun: ['All']})).code, 200);
  });

  test('a Pod that no node has yet gets no grace, whatever is asked for', async () => {
    await namespace().create('unbound', {...charged, spec: {schedulerName: 'nobody'}});
    await agreed(namespace().delete('unbound', stretched));
    assert.equal((await namespace().get('unbound'))?.metadata.deletionGracePeriodSeconds, 0);
  });

  test('a second deletion of a Pod stretches nothing', async () => {
    await running('twice');
    await agreed(namespace().delete('twice'));
    const marked = (await namespace().get('twice'))?.metadata;
    assert.equal(marked?.deletionGracePeriodSeconds, 2);
    await namespace().delete('twice', stretched);
    const after = (await namespace().get('twice'))?.metadata;
    assert.ok((after?.deletionGracePeriodSeconds ?? 0) <= 2);
    assert.ok(Date.parse(after?.deletionTimestamp ?? '') <= Date.parse(marked.deletionTimestamp ?? ''));
  });

  test('a deletion of a collection may not ask for more either', async () => {
    await running('of-many');
    const {code, message} = await namespace().deleteAll(stretched);
    assert.notEqual(code, 200);
    assert.match(message, /GPU time is reserved for a grace of 2 s/);
    assert.equal((await namespace().get('of-many'))?.metadata.deletionTimestamp, undefined);
  });

  test('an eviction may ask for as much grace as the operator gives a Pod, and no more', async () => {
    await running('evicted');
    const {code, message} = await namespace().evict('evicted', {gracePeriodSeconds: graceSeconds + 1});
    assert.equal(code, 422);
    assert.match(message, /GPU time is reserved for a grace of 30 s/);
    assert.equal((await namespace().get('evicted'))?.metadata.deletionTimestamp, undefined);
    for (const options of [{}, {gracePeriodSeconds: graceSeconds}])
      assert.equal((await namespace().evict('evicted', {...options, dryRun: ['All']})).code, 201);
  });

  test('kubectl says why', async () => {
    await running('by-kubectl');
    const {code, stderr} = await kubectl(['delete', 'pod', 'by-kubectl', '-n', namespace().name, '--grace-period=3']);
    assert.equal(code, 1);
    assert.match(stderr, /archsearch-grace-of-deletions.* denied request: gracePeriodSeconds is 3/);
  });

  test('Pods that no ledger is charged for are left alone', async () => {
    const elsewhere = await TestNamespace.create('grace-elsewhere');
    try {
      await elsewhere.create('other');
      assert.equal((await elsewhere.evict('other', {gracePeriodSeconds: 100, dryRun: ['All']})).code, 201);
      assert.equal((await elsewhere.delete('other', {gracePeriodSeconds: 100, dryRun: ['All']})).code, 200);
    } finally {
      await elsewhere.remove();
    }
  });

  test('the bound of evictions is the grace that the operator gives', () => {
    const [, bound] = /gracePeriodSeconds\.orValue\(0\) <= (\d+)/.exec(readFileSync(manifest, 'utf8')) ?? [];
    assert.equal(Number(bound), graceSeconds);
  });
});
