import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {pino} from 'pino';
import type {GpuLedger} from '../../../api/ledger.ts';
import type {Stored} from '../../../api/meta.ts';
import type {ArchitectureSearch} from '../../../api/search.ts';
import {Operator} from '../../../operator/cluster/operator.ts';
import {clusterClient} from '../../../operator/kubernetes.ts';
import {newLedger} from '../../../operator/ledger.ts';
import {silentBus} from '../../../operator/silent-bus.ts';
import {aLedger, aSearch, unsaved} from '../../builders.ts';
import {agreed, call, installResources, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {ScriptedKubelet, scriptedScheduler} from './scripted-kubelet.ts';

// Two searches within one budget, on the real API server with a scripted kubelet.

const names = ['first', 'second'] as const;
const node = `paper-chain-${Date.now().toString(36)}`;
const held: {namespace?: TestNamespace} = {};

before(async () => {
  await installResources();
  await agreed(call('POST', '/api/v1/nodes', {metadata: {name: node}}));
  held.namespace = await TestNamespace.create('chain');
});
after(async () => {
  await held.namespace?.remove();
  await call('DELETE', `/api/v1/nodes/${node}`);
});

const path = (namespace: string, plural: string, name = ''): string =>
  `/apis/archsearch.dev/v1alpha1/namespaces/${namespace}/${plural}${name === '' ? '' : `/${name}`}`;

const searchOf = (namespace: string, name: string): ArchitectureSearch =>
  unsaved(
    aSearch({
      metadata: {name, namespace},
      spec: {
        limits: {trials: 3, parallelTrials: 2, failedTrials: 10, gpuHours: 1},
        template: {gpus: 1, threads: 1, podTemplate: {spec: {schedulerName: scriptedScheduler}}},
      },
    }),
  );

const usedOf = ({spec}: GpuLedger): number =>
  Object.values(spec.used).reduce((sum, {gpuMilliseconds}) => sum + gpuMilliseconds, 0);

/** The search, and its account within the budget from its first day. */
async function apply(namespace: string, name: string): Promise<void> {
  const created = await agreed(call('POST', path(namespace, 'architecturesearches'), searchOf(namespace, name)));
  const ledger = newLedger(created as Stored<ArchitectureSearch>);
  const spec = {...ledger.spec, within: [{namespace, name: 'budget'}]};
  await agreed(call('POST', path(namespace, 'gpuledgers'), {...ledger, spec}));
}

function operate(namespace: string): {end(): Promise<void>} {
  const ending = new AbortController();
  const operator = new Operator({
    client: clusterClient(),
    bus: silentBus,
    log: pino({level: 'silent'}),
    identity: 'chain',
    lease: {namespace, name: 'archsearch-operator'},
    leaseSeconds: 10,
    namespace,
    workers: 2,
  });
  const ended = operator.run(ending.signal);
  return {
    end: () => {
      ending.abort();
      return ended;
    },
  };
}

async function untilOver(namespace: string, name: string): Promise<void> {
  await waitFor(`${name} is over`, 120, async () => {
    const search = (await agreed(call('GET', path(namespace, 'architecturesearches', name)))) as ArchitectureSearch;
    return search.status?.phase === 'Succeeded' || search.status?.phase === 'Failed' ? true : undefined;
  });
}

const ledgerOf = async (namespace: string, name: string): Promise<Stored<GpuLedger>> =>
  (await agreed(call('GET', path(namespace, 'gpuledgers', name)))) as Stored<GpuLedger>;

test('Pods within a budget are charged in both ledgers alike; a ledger stays until its search ends, and the budget stays', async () => {
  const namespace = held.namespace ?? assert.fail('no namespace');
  const account = {kind: 'Budget', name: 'budget', uid: 'uid-of-budget'} as const;
  const budget = unsaved(aLedger({metadata: {name: 'budget', namespace: namespace.name}, spec: {account}}));
  await agreed(call('POST', path(namespace.name, 'gpuledgers'), budget));
  for (const name of names) await apply(namespace.name, name);
  const kubelet = new ScriptedKubelet(namespace, node);
  const operator = operate(namespace.name);
  kubelet.start();
  try {
    for (const name of names) await untilOver(namespace.name, name);
    const own = await Promise.all(names.map((name) => ledgerOf(namespace.name, name)));
    const whole = await ledgerOf(namespace.name, 'budget');
    const seen = [...kubelet.witnessed.values()].reduce((sum, {seconds = 0}) => sum + seconds * 1000, 0);
    assert.equal(kubelet.witnessed.size, 6);
    assert.equal(
      own.map(usedOf).reduce((sum, used) => sum + used),
      seen,
    );
    assert.equal(usedOf(whole), seen);
    for (const {spec} of [...own, whole]) assert.deepEqual(spec.open, {});

    await agreed(call('DELETE', path(namespace.name, 'gpuledgers', 'first')));
    assert.ok((await ledgerOf(namespace.name, 'first')).metadata.deletionTimestamp !== undefined);
    for (const name of names) await agreed(call('DELETE', path(namespace.name, 'architecturesearches', name)));
    for (const name of names)
      await waitFor(`the ledger of ${name} is gone`, 60, async () =>
        (await call('GET', path(namespace.name, 'gpuledgers', name))).code === 404 ? true : undefined,
      );
    assert.equal(usedOf(await ledgerOf(namespace.name, 'budget')), seen);
  } finally {
    await operator.end();
    await kubelet.stop();
  }
});
