import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {pino} from 'pino';
import type {GpuLedger} from '../../../api/ledger.ts';
import type {Stored} from '../../../api/meta.ts';
import type {ArchitectureSearch} from '../../../api/search.ts';
import type {Trial} from '../../../api/trial.ts';
import {Operator} from '../../../operator/cluster/operator.ts';
import {clusterClient} from '../../../operator/kubernetes.ts';
import type {Bus} from '../../../operator/ports.ts';
import {replay} from '../../../operator/replay.ts';
import {aSearch, unsaved} from '../../builders.ts';
import {agreed, call, installResources, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {CuttingClient} from './cutting-client.ts';
import type {Cut} from './cutting-client.ts';
import {ScriptedKubelet, scriptedScheduler} from './scripted-kubelet.ts';

const trialCount = 6;
const parallelTrials = 2;
const leaseSeconds = 1;
/** Namespaces in which searches run side by side. */
const lanes = 6;

const bus: Bus = {
  hints: () => new Map(),
  stop: () => Promise.resolve(),
  readBlob: () => Promise.resolve(undefined),
};

const searchIn = (namespace: string): ArchitectureSearch =>
  unsaved(
    aSearch({
      metadata: {name: 'killed', namespace},
      spec: {
        limits: {trials: trialCount, parallelTrials, failedTrials: 10, gpuHours: 1},
        template: {gpus: 1, threads: 1, podTemplate: {spec: {schedulerName: scriptedScheduler}}},
      },
    }),
  );

const custom = (namespace: string, plural: string): string =>
  `/apis/archsearch.dev/v1alpha1/namespaces/${namespace}/${plural}`;
const listOf = async <T>(namespace: string, plural: string): Promise<readonly T[]> =>
  ((await agreed(call('GET', custom(namespace, plural)))) as {readonly items: readonly T[]}).items;

interface Life {
  readonly ended: Promise<void>;
  readonly writes: () => number;
  kill(): void;
}

/** An operator of one namespace; `cut` is where it dies. */
function operate(namespace: string, cut?: Cut): Life {
  const dying = new AbortController();
  const client = new CuttingClient(clusterClient(), cut, () => {
    dying.abort();
  });
  const operator = new Operator({
    client,
    bus,
    log: pino({level: 'silent'}),
    identity: `${namespace}-${String(Math.random())}`,
    lease: {namespace, name: 'archsearch-operator'},
    leaseSeconds,
    namespace,
    workers: 1,
  });
  const ended = new Promise<void>((resolve) => {
    dying.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  void operator.run(dying.signal);
  return {
    ended,
    writes: () => client.writes,
    kill: () => {
      dying.abort();
    },
  };
}

const untilOver = (namespace: string): Promise<Stored<ArchitectureSearch>> =>
  waitFor(`the search in ${namespace} is over and its Trials are let go`, 60, async () => {
    const [search] = await listOf<Stored<ArchitectureSearch>>(namespace, 'architecturesearches');
    const trials = await listOf<Stored<Trial>>(namespace, 'trials');
    const over = search?.status?.phase === 'Succeeded' || search?.status?.phase === 'Failed';
    const free = trials.every(({metadata}) => (metadata.finalizers ?? []).length === 0);
    return over && free ? search : undefined;
  });

/** What must be true of every search, however it came to its end. */
async function audit(namespace: string, kubelet: ScriptedKubelet): Promise<void> {
  const [search] = await listOf<Stored<ArchitectureSearch>>(namespace, 'architecturesearches');
  const trials = await listOf<Stored<Trial>>(namespace, 'trials');
  const [ledger] = await listOf<Stored<GpuLedger>>(namespace, 'gpuledgers');
  assert.ok(search && ledger);
  assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
  assert.deepEqual(
    trials.map(({metadata, status}) => [metadata.name, status?.phase]).toSorted(),
    Array.from({length: trialCount}, (_, at) => [`killed-c${String(at + 1)}`, 'Succeeded']),
    'no Trial is lost or doubled',
  );
  for (const {purpose, difference, missing} of replay(search, trials))
    assert.deepEqual({difference, missing}, {difference: undefined, missing: []}, `replay of ${purpose}`);
  assert.deepEqual(ledger.spec.open, {}, 'no reservation is left');
  const pods = (await agreed(call('GET', `/api/v1/namespaces/${namespace}/pods`))) as {
    readonly items: readonly unknown[];
  };
  assert.deepEqual(pods.items, [], 'no Pod is held');
  assert.ok(kubelet.mostAtOnce <= parallelTrials, `${String(kubelet.mostAtOnce)} Pods at once`);
  const used = Object.values(ledger.spec.used).reduce((sum, {gpuMilliseconds}) => sum + gpuMilliseconds, 0);
  const seen = [...kubelet.witnessed.values()].reduce((sum, {seconds = 0}) => sum + seconds, 0);
  assert.equal(used / 1000, seen, 'the ledger is the account that was kept from outside');
  assert.equal(search.status.usage?.gpuMilliseconds, used, 'status tells what the ledger holds');
}

/** One search from its creation to its end, its operator killed on the way. Returns the writes of an operator that was let live. */
async function searchWith(cut: Cut | undefined, node: string): Promise<number> {
  const namespace = await TestNamespace.create('killed');
  const kubelet = new ScriptedKubelet(namespace, node);
  kubelet.start();
  try {
    await agreed(call('POST', custom(namespace.name, 'architecturesearches'), searchIn(namespace.name)));
    if (cut !== undefined) {
      const killed = operate(namespace.name, cut);
      await Promise.race([killed.ended, untilOver(namespace.name)]);
      killed.kill();
    }
    const operator = operate(namespace.name);
    await untilOver(namespace.name);
    operator.kill();
    await audit(namespace.name, kubelet);
    return operator.writes();
  } finally {
    await kubelet.stop();
    await namespace.remove();
  }
}

const node = `paper-killed-${Date.now().toString(36)}`;
before(async () => {
  await installResources();
  for (const plural of ['architecturesearches', 'trials', 'gpuledgers'])
    // established is not served yet: the API server makes the storage of a new kind in its own time
    await waitFor(`${plural} are served`, 30, async () =>
      (await call('GET', custom('default', plural))).code === 200 ? true : undefined,
    );
  await agreed(call('POST', '/api/v1/nodes', {metadata: {name: node}}));
});
after(async () => {
  // the namespaces take a moment to go
  await pause(1000);
  await call('DELETE', `/api/v1/nodes/${node}`);
});

test('an operator that is killed before or after any of its writes loses nothing and doubles nothing', async (context) => {
  const writes = await searchWith(undefined, node);
  context.diagnostic(`${String(writes)} writes for ${String(trialCount)} trials`);
  assert.ok(writes / trialCount <= 12, `${String(writes / trialCount)} writes a trial`);
  const cuts = Array.from({length: writes}, (_, at) =>
    (['before', 'after'] as const).map((when): Cut => ({write: at + 1, when})),
  ).flat();
  const lane = async (): Promise<void> => {
    for (let cut = cuts.shift(); cut !== undefined; cut = cuts.shift()) {
      try {
        await searchWith(cut, node);
      } catch (error) {
        throw new Error(`killed ${cut.when} write ${String(cut.write)}`, {cause: error});
      }
    }
  };
  await Promise.all(Array.from({length: lanes}, lane));
});
