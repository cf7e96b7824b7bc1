import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {after, before, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {inspect} from 'node:util';
import {pino} from 'pino';
import type {Logger} from 'pino';
import type {Stored} from '../../../api/meta.ts';
import type {ArchitectureSearch} from '../../../api/search.ts';
import {Operator} from '../../../operator/cluster/operator.ts';
import {clusterClient} from '../../../operator/kubernetes.ts';
import {replay} from '../../../operator/replay.ts';
import {silentBus} from '../../../operator/silent-bus.ts';
import {aSearch, unsaved} from '../../builders.ts';
import {agreed, call, installResources, kubectl, waitFor} from '../cluster.ts';
import {findOver, listOf} from '../e2e/searches.ts';
import {TestNamespace} from '../namespace.ts';
import {CuttingClient} from './cutting-client.ts';
import type {Cut} from './cutting-client.ts';
import {ScriptedKubelet, scriptedScheduler} from './scripted-kubelet.ts';

const trialCount = 6;
const parallelTrials = 2;
const leaseSeconds = 1;
/** Writes after which a second operator has moved on from where the first one is held. */
const movedOn = 4;
/** Seconds for one search; it takes five on a machine that has nothing else to do. */
const patience = 60;
/** Namespaces in which searches run side by side. */
const lanes = 6;

/** What operators of a search have said, for whoever looks into a failure. */
const said = new Map<string, string[]>();

function logOf(namespace: string, operator: string): Logger {
  const lines = said.get(namespace) ?? [];
  said.set(namespace, lines);
  return pino({level: 'debug', base: {operator}}, {write: (line) => void lines.push(line)});
}

/** One for all operators: the connections of each would cost more than what goes over them. */
const connection = clusterClient();

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
interface Life {
  readonly client: CuttingClient;
  kill(): Promise<void>;
}

/** An operator of one namespace. */
function operate(namespace: string, cut?: Cut): Life {
  const dying = new AbortController();
  const client = new CuttingClient(connection, cut, dying);
  const identity = randomUUID();
  const operator = new Operator({
    client,
    bus: silentBus,
    log: logOf(namespace, identity),
    identity,
    lease: {namespace, name: 'archsearch-operator'},
    leaseSeconds,
    namespace,
    workers: 1,
  });
  const ended = operator.run(dying.signal);
  return {
    client,
    kill: async () => {
      dying.abort();
      client.letGo();
      await ended;
    },
  };
}

const untilOver = (namespace: string): Promise<Stored<ArchitectureSearch>> =>
  waitFor(`the search in ${namespace} is over`, patience, () => findOver(namespace));

/** What must be true of every search, however it came to its end. */
async function audit(namespace: string, kubelet: ScriptedKubelet): Promise<void> {
  const [search] = await listOf(namespace, 'architecturesearches');
  const trials = await listOf(namespace, 'trials');
  const [ledger] = await listOf(namespace, 'gpuledgers');
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

/** The first operator meets its fate, and the second takes over. */
async function takeOver(namespace: string, cut: Cut, living: Life[]): Promise<void> {
  const first = operate(namespace, cut);
  living.push(first);
  await Promise.race([first.client.reached, untilOver(namespace)]);
  if (cut.when !== 'held') await first.kill();
  const second = operate(namespace);
  living.push(second);
  if (cut.when !== 'held') return;
  await waitFor('the second operator has moved on', patience, async () =>
    second.client.writes >= movedOn || (await findOver(namespace)) !== undefined ? true : undefined,
  );
  first.client.letGo();
}

/** One search from its creation to its end. Returns the writes of an operator that nothing befell. */
async function searchWith(cut: Cut | undefined, node: string): Promise<number> {
  const namespace = await TestNamespace.create('killed');
  const kubelet = new ScriptedKubelet(namespace, node);
  const living: Life[] = [];
  kubelet.start();
  try {
    await agreed(call('POST', custom(namespace.name, 'architecturesearches'), searchIn(namespace.name)));
    if (cut === undefined) living.push(operate(namespace.name));
    else await takeOver(namespace.name, cut, living);
    await untilOver(namespace.name);
    await audit(namespace.name, kubelet);
    return living.at(-1)?.client.writes ?? 0;
  } catch (error) {
    const {stdout} = await kubectl(['get', 'archs,trials,gpuledgers,pods', '--namespace', namespace.name]);
    const log = said.get(namespace.name)?.slice(-40).join('') ?? '';
    throw new Error(`${stdout}\n${log}`, {cause: error});
  } finally {
    for (const life of living) await life.kill();
    said.delete(namespace.name);
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

test('an operator that is killed before or after any of its writes, or whose write comes late, loses nothing and doubles nothing', async (context) => {
  const writes = await searchWith(undefined, node);
  context.diagnostic(`${String(writes)} writes for ${String(trialCount)} trials`);
  assert.ok(writes / trialCount <= 12, `${String(writes / trialCount)} writes a trial`);
  const cuts = Array.from({length: writes}, (_, at) =>
    (['before', 'after', 'held'] as const).map((when): Cut => ({write: at + 1, when})),
  ).flat();
  const failures: string[] = [];
  const lane = async (): Promise<void> => {
    for (let cut = cuts.shift(); cut !== undefined && failures.length < 3; cut = cuts.shift()) {
      const {when, write} = cut;
      await searchWith(cut, node).catch((error: unknown) => {
        failures.push(`${when} write ${String(write)}: ${inspect(error)}`);
      });
    }
  };
  await Promise.all(Array.from({length: lanes}, lane));
  assert.deepEqual(failures, []);
});
