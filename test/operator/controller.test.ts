import assert from 'node:assert/strict';
import {test} from 'node:test';
import {labels, trialFinalizer} from '../../api/pod.ts';
import {instant} from '../../api/quantities.ts';
import {Controller} from '../../operator/controller.ts';
import {MemoryApiServer} from '../../operator/local/api-server.ts';
import type {Asker} from '../../operator/asking/question.ts';
import type {Bus} from '../../operator/ports.ts';
import type {Seen} from '../../operator/view.ts';
import {aSearch, aTrial, testNamespace, unsaved} from '../builders.ts';

const clock = {now: () => instant(Date.parse('2026-01-01T00:01:00Z'))};
const bus: Bus = {
  hints: () => new Map(),
  stop: () => Promise.resolve(),
  readBlob: () => Promise.resolve({kind: 'Missing'}),
};
/** Only strategies that are asked at once are asked here. */
const asker: Asker = {ask: () => Promise.reject(new Error('nobody thinks here'))};
const key = {namespace: testNamespace, name: 'search'};

/** A server with a search's Trial, and a controller that sees the Trial and not the search. */
async function lagging({isThere}: {readonly isThere: boolean}) {
  let uids = 0;
  const api = new MemoryApiServer({clock, uid: () => `uid-${String(++uids)}`});
  const {uid} = (await api.create('ArchitectureSearch', unsaved(aSearch()))).metadata;
  const ofSearch = {[labels.search]: 'search', [labels.searchUid]: uid};
  const trial = await api.create(
    'Trial',
    unsaved(aTrial({metadata: {labels: ofSearch, finalizers: [trialFinalizer]}})),
  );
  if (!isThere) await api.delete('ArchitectureSearch', key);
  const seen: Seen = {search: undefined, ledger: undefined, outer: [], pods: [], trials: [trial]};
  return {api, controller: new Controller({api, bus, clock, asker, view: () => Promise.resolve(seen)})};
}

test('what is seen before its search is seen is not taken for left behind', async () => {
  const {api, controller} = await lagging({isThere: true});
  await controller.reconcile(key);
  const trial = await api.get('Trial', {...key, name: 'search-c1'});
  assert.equal(trial?.metadata.deletionTimestamp, undefined);
  assert.deepEqual(trial?.metadata.finalizers, [trialFinalizer]);
});

test('what a search that is gone has left behind goes', async () => {
  const {api, controller} = await lagging({isThere: false});
  await controller.reconcile(key);
  assert.equal(await api.get('Trial', {...key, name: 'search-c1'}), undefined);
});
