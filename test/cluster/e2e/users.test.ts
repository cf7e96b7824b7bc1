import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {call, kubectl, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {install, scaleOperator, uninstall} from './installation.ts';
import {apply, listOf, searchOf, shellSearch, untilOver} from './searches.ts';

// What people do to a search that is under way.

/** A trial of any kind: it runs for a while, says its result in a record, and ends at once when it is told to. */
const script = (seconds: number): string =>
  `trap 'exit 1' TERM; sleep ${String(seconds)} & wait $!; ` +
  `printf '{"version":1,"state":"Succeeded","values":{"accuracy":0.5},"epoch":1,"epochs":1,"device":"none"}' > /dev/termination-log`;

const manifest = (name: string, trials: number, seconds: number): string =>
  shellSearch({
    name,
    script: script(seconds),
    limits: `trials: ${String(trials)}, parallelTrials: 2`,
    trialDuration: '5m',
  });

const runningPods = async (namespace: string): Promise<string[]> => {
  const {stdout} = await kubectl(['get', 'pods', '-n', namespace, '--no-headers']);
  return stdout.split('\n').filter((line) => line.includes(' Running '));
};
const untilRunning = (namespace: string): Promise<true> =>
  waitFor(`a Pod runs in ${namespace}`, 120, async () =>
    (await runningPods(namespace)).length > 0 ? true : undefined,
  );
const untilNamespaceGone = (namespace: string): Promise<true> =>
  waitFor(`${namespace} is gone`, 120, async () =>
    (await call('GET', `/api/v1/namespaces/${namespace}`)).code === 404 ? true : undefined,
  );

const namespaces = ['suspended', 'trial', 'search', 'namespace'] as const;

describe('a search under way', {concurrency: namespaces.length}, () => {
  const held = new Map<string, TestNamespace>();
  const named = (name: (typeof namespaces)[number]): string => held.get(name)?.name ?? assert.fail(`no ${name}`);
  before(async () => {
    for (const name of namespaces)
      held.set(name, await TestNamespace.create(name, {'pod-security.kubernetes.io/enforce': 'restricted'}));
    await install(namespaces.map(named));
  });
  after(async () => {
    for (const namespace of held.values()) await namespace.remove();
    await uninstall();
  });

  const suspend = (namespace: string, value: boolean) =>
    kubectl([
      'patch',
      'archs',
      'tried',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      JSON.stringify({spec: {suspend: value}}),
    ]);

  test('is suspended: what runs goes on, nothing new starts; and resumed', async () => {
    const namespace = named('suspended');
    await apply(namespace, manifest('tried', 4, 6));
    await untilRunning(namespace);
    assert.equal((await suspend(namespace, true)).code, 0);
    await waitFor('it is suspended and idle', 120, async () => {
      const {status} = await searchOf(namespace);
      return status?.phase === 'Suspended' && (await runningPods(namespace)).length === 0 ? true : undefined;
    });
    const before = await listOf(namespace, 'trials');
    await pause(7000);
    assert.equal((await listOf(namespace, 'trials')).length, before.length, 'no trial is asked for');
    assert.deepEqual(await runningPods(namespace), []);
    assert.equal((await suspend(namespace, false)).code, 0);
    const search = await untilOver(namespace, 240);
    assert.deepEqual([search.status?.phase, search.status?.trials?.succeeded], ['Succeeded', 4]);
  });

  test('loses a Trial to somebody who deletes it: it is cancelled, and stays in the log until the search ends', async () => {
    const namespace = named('trial');
    await apply(namespace, manifest('tried', 4, 8));
    await untilRunning(namespace);
    const {code} = await kubectl(['delete', 'trial', 'tried-c1', '-n', namespace, '--wait=false']);
    assert.equal(code, 0);
    const cancelled = await waitFor('it is cancelled', 60, async () => {
      const trials = await listOf(namespace, 'trials');
      return trials.find(({metadata, status}) => metadata.name === 'tried-c1' && status?.phase === 'Failed');
    });
    assert.equal(cancelled.status?.reason, 'Cancelled');
    const search = await untilOver(namespace, 240);
    const {succeeded, failed} = search.status?.trials ?? {};
    assert.deepEqual([search.status?.phase, succeeded, failed], ['Succeeded', 3, 1]);
    const names = (await listOf(namespace, 'trials')).map(({metadata}) => metadata.name);
    assert.ok(!names.includes('tried-c1'), 'it goes once the search has ended');
  });

  test('is deleted: its Pods end and are charged, and everything goes', async () => {
    const namespace = named('search');
    await apply(namespace, manifest('tried', 4, 60));
    await untilRunning(namespace);
    const {code, stderr} = await kubectl(['delete', 'archs', 'tried', '-n', namespace, '--timeout=120s']);
    assert.equal(code, 0, stderr);
    const left = (kinds: string) => kubectl(['get', kinds, '-n', namespace, '--output=name']);
    // let go, what the search owns goes when the garbage collector comes by; a Pod, when its kubelet has cleared it away
    const kinds = 'archs,trials,gpuledgers,pods';
    await waitFor('nothing of it is left', 60, async () => ((await left(kinds)).stdout === '' ? true : undefined));
  });

  test('has its namespace deleted, with the operator running', async () => {
    const namespace = named('namespace');
    await apply(namespace, manifest('tried', 4, 60));
    await untilRunning(namespace);
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await untilNamespaceGone(namespace);
  });
});

describe('without an operator', () => {
  const held: {namespace?: TestNamespace} = {};
  before(async () => {
    held.namespace = await TestNamespace.create('alone', {'pod-security.kubernetes.io/enforce': 'restricted'});
    await install([held.namespace.name]);
  });
  after(async () => {
    await held.namespace?.remove();
    await uninstall();
  });

  test('a namespace that is deleted with a search in it waits, and goes when the operator is back', async () => {
    const {name} = held.namespace ?? assert.fail();
    await apply(name, manifest('tried', 4, 60));
    await untilRunning(name);
    await scaleOperator(0);
    await kubectl(['delete', 'namespace', name, '--wait=false']);
    await pause(10_000);
    const {object} = await call('GET', `/api/v1/namespaces/${name}`);
    assert.equal((object as {readonly status: {readonly phase: string}}).status.phase, 'Terminating');
    const [ledger] = await listOf(name, 'gpuledgers');
    assert.ok(Object.keys(ledger?.spec.open ?? {}).length > 0, 'what was promised is still in the account');
    await scaleOperator(1);
    await untilNamespaceGone(name);
  });
});
