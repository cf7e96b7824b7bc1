import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {replay} from '../../../operator/replay.ts';
import {agreed, call, kubectl, setApiServer, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {install, kill, ready, uninstall} from './installation.ts';
import {apply, listOf, searchOf, untilOver} from './searches.ts';
import {Witness} from './witness.ts';

const example = readFileSync(join(import.meta.dirname, '..', '..', '..', 'examples', 'digits.yaml'), 'utf8');

/** What must be true of every search that is over, whatever happened on the way. */
async function audit(namespace: string, witness: Witness): Promise<void> {
  const search = await searchOf(namespace);
  const trials = await listOf(namespace, 'trials');
  const [ledger] = await listOf(namespace, 'gpuledgers');
  for (const {purpose, difference, missing} of replay(search, trials))
    assert.deepEqual({difference, missing}, {difference: undefined, missing: []}, `replay of ${purpose}`);
  assert.deepEqual(ledger?.spec.open, {}, 'no reservation is left');
  const {items} = (await agreed(call('GET', `/api/v1/namespaces/${namespace}/pods`))) as {
    readonly items: readonly unknown[];
  };
  assert.deepEqual(items, [], 'no Pod is left');
  const used = Object.values(ledger.spec.used).reduce((sum, {gpuMilliseconds}) => sum + gpuMilliseconds, 0);
  assert.equal(used / 1000, witness.gpuSeconds, 'the ledger is the account that was kept from outside');
  assert.equal(search.status?.usage?.gpuMilliseconds, used, 'status tells what the ledger holds');
  assert.ok(witness.mostAtOnce <= search.spec.limits.parallelTrials, `${String(witness.mostAtOnce)} Pods at once`);
  assert.ok(
    [...witness.seen.values()].every(({gpus}) => gpus === 1),
    'each Pod holds a GPU',
  );
}

/** Away for a few seconds: trials go on, and nobody can tell the operator. */
async function restartApiServer(): Promise<void> {
  await setApiServer('stop');
  await pause(5000);
  await setApiServer('start');
}

describe('a search on a cluster', {concurrency: false}, () => {
  const namespaces: Record<'whole' | 'killed', TestNamespace | undefined> = {whole: undefined, killed: undefined};
  before(async () => {
    const restricted = {'pod-security.kubernetes.io/enforce': 'restricted'};
    namespaces.whole = await TestNamespace.create('e2e', restricted);
    namespaces.killed = await TestNamespace.create('e2e-killed', restricted);
    await install([namespaces.whole.name, namespaces.killed.name]);
  });
  after(async () => {
    await namespaces.whole?.remove();
    await namespaces.killed?.remove();
    await uninstall();
  });

  test('examples/digits.yaml does what it does on a laptop', async (context) => {
    const {name} = namespaces.whole ?? assert.fail();
    const witness = new Witness(name);
    witness.start();
    await apply(name, example);
    const search = await untilOver(name, 900).finally(() => witness.stop());
    assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
    await audit(name, witness);
    assert.ok(witness.seen.size >= 20, `${String(witness.seen.size)} Pods`);
    const accuracy = search.status.comparison?.winner.test['accuracy'] ?? 0;
    assert.ok(accuracy > 0.9, `the winner's test accuracy is ${String(accuracy)}`);
    assert.ok(search.status.comparison?.difference, 'it is told against its baseline');
    const columns = await kubectl(['get', 'archs', '--namespace', name]);
    assert.match(columns.stdout, /Succeeded +24 +accuracy 0\.9\d* /);
    const {stdout: events} = await kubectl(['events', '--namespace', name, '--for', 'architecturesearch/digits']);
    for (const reason of ['Accepted', 'PreflightPassed', 'Searching', 'Selecting', 'Compared', 'TrialsLimitReached'])
      assert.match(events, new RegExp(`\\b${reason}\\b`), reason);
    context.diagnostic(`${String(witness.seen.size)} Pods, ${String(witness.gpuSeconds)} GPU-seconds`);
  });

  test('operator, NATS and API server killed on the way: nothing is lost, nothing is doubled', async () => {
    const {name} = namespaces.killed ?? assert.fail();
    const witness = new Witness(name);
    witness.start();
    await apply(name, example.replace('trials: 24', 'trials: 8').replace('maxEpochs: 10', 'maxEpochs: 4'));
    const progressed = (count: number) =>
      waitFor(`${String(count)} Pods`, 240, () => Promise.resolve(witness.seen.size >= count ? true : undefined));
    for (const [component, pods] of [
      ['operator', 1],
      ['operator', 3],
      ['nats', 5],
      ['operator', 6],
      ['apiServer', 7],
      ['operator', 8],
      ['nats', 10],
      ['operator', 11],
    ] as const) {
      await progressed(pods);
      if (component === 'apiServer') await restartApiServer();
      else await kill(component);
    }
    await ready();
    const search = await untilOver(name, 600).finally(() => witness.stop());
    assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
    await audit(name, witness);
  });
});
