import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {builtinPath} from '../../../cli/provenance.ts';
import {readSnapshot} from '../../../operator/local/snapshot.ts';
import {openBackend} from '../../../trial-runner/backend.ts';
import {run} from '../../cli/process.ts';
import {agreed, call, kubeconfig, kubectl} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {closeNats, install, openNats, systemNamespace, uninstall} from './installation.ts';
import {apply, listOf, shellSearch, untilOver} from './searches.ts';

const claim = 'patients';
const file = 'tables/patients.csv';

/** A small search of a CSV on a volume, to its very end: baseline, selection, comparison. */
const table = `
apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: table}
spec:
  task: TabularClassification
  dataset:
    csv: {volume: {claim: ${claim}, path: ${file}}, target: diagnosis}
  objectives: [{metric: balancedAccuracy, goal: Maximize}]
  searchSpace: {type: Tabular}
  strategy: {type: Random}
  estimation: {maxEpochs: 2, trialDuration: 3m}
  limits: {trials: 3, parallelTrials: 2, gpuHours: 2}
  preflight: {trials: 1, gpuHours: 0.2}
  baseline: {type: Mlp, share: 0.2}
  selection: {retrain: 1, epochs: 3, seeds: 1, share: 0.4}
`;

/** Trials that say a word and fail. */
const broken = shellSearch({
  name: 'broken',
  script: 'for i in $(seq 300); do echo line $i; done; echo there is no luck here; exit 3',
  limits: 'trials: 2, parallelTrials: 2, failedTrials: 1',
  trialDuration: '2m',
});

const held: {namespace?: TestNamespace} = {};
const inNamespace = (): string => held.namespace?.name ?? assert.fail('the namespace was not made');
const folder = mkdtempSync(join(tmpdir(), 'archsearch-home-'));
const disk = join(folder, 'disk');
const volumeName = (): string => `${inNamespace()}-${claim}`;

/** An administrator's disk with the table on it, and the claim of a team. */
async function provideTable(): Promise<void> {
  mkdirSync(join(disk, 'tables'), {recursive: true});
  writeFileSync(join(disk, file), gunzipSync(readFileSync(builtinPath('breastCancer'))));
  // trials are nobody
  for (const path of [folder, disk, join(disk, 'tables')]) chmodSync(path, 0o755);
  const shared = {accessModes: ['ReadOnlyMany'], storageClassName: ''};
  await agreed(
    call('POST', '/api/v1/persistentvolumes', {
      metadata: {name: volumeName()},
      spec: {...shared, capacity: {storage: '1Mi'}, hostPath: {path: disk, type: 'Directory'}},
    }),
  );
  await agreed(
    call('POST', `/api/v1/namespaces/${inNamespace()}/persistentvolumeclaims`, {
      metadata: {name: claim},
      spec: {...shared, volumeName: volumeName(), resources: {requests: {storage: '1Mi'}}},
    }),
  );
}

const home = (name: string, target: string, ...more: readonly string[]) =>
  run(['report', name, '--namespace', inNamespace(), '-o', join(folder, target), ...more]);

const rbac = (namespace: string): string => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;

/** Rights of the ServiceAccount `reader` in a namespace. */
async function allow(namespace: string, rules: readonly object[]): Promise<void> {
  const metadata = {name: inNamespace()};
  const roleRef = {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: inNamespace()};
  const subjects = [{kind: 'ServiceAccount', name: 'reader', namespace: inNamespace()}];
  await agreed(call('POST', `${rbac(namespace)}/roles`, {metadata, rules}));
  await agreed(call('POST', `${rbac(namespace)}/rolebindings`, {metadata, roleRef, subjects}));
}

async function forbid(namespace: string): Promise<void> {
  for (const plural of ['rolebindings', 'roles']) await call('DELETE', `${rbac(namespace)}/${plural}/${inNamespace()}`);
}

describe('a search comes home from the cluster', {concurrency: false}, () => {
  before(async () => {
    held.namespace = await TestNamespace.create('home', {'pod-security.kubernetes.io/enforce': 'restricted'});
    await provideTable();
    await install([inNamespace()]);
  });
  after(async () => {
    await held.namespace?.remove();
    await call('DELETE', `/api/v1/persistentvolumes/${volumeName()}`);
    await uninstall();
    rmSync(folder, {recursive: true, force: true});
  });

  test('one that read a CSV from a PersistentVolumeClaim, with a model that answers', async () => {
    await apply(inNamespace(), table);
    const search = await untilOver(inNamespace(), 900, 'table');
    assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
    const {code, stdout, stderr} = await home('table', 'table');
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '', 'nothing is missing');
    assert.match(stdout, /^table: Succeeded[^]*the model is in winner\/[^]*report +.*report\.html\n$/);
    const at = (...parts: string[]) => join(folder, 'table', ...parts);
    const names = ['search.yaml', 'trials.jsonl', 'summary.json', 'report.html', 'journal.jsonl', 'winner', 'blobs'];
    for (const name of names) assert.ok(existsSync(at(name)), name);
    assert.deepEqual(readdirSync(at('winner')).toSorted(), [
      'architecture.json',
      'model.json',
      'preprocessing.json',
      'saved_model',
      'weights.bin',
    ]);
    assert.ok(statSync(at('winner', 'saved_model', 'saved_model.pb')).size > 1000);
    assert.match(readFileSync(at('report.html'), 'utf8'), /^<!doctype html>/);
    const trials = readSnapshot(at('journal.jsonl'))?.trials ?? [];
    assert.equal(trials.length, (await listOf(inNamespace(), 'trials')).length);

    const {tf} = await openBackend(1);
    const model = await tf.loadLayersModel(`file://${at('winner', 'model.json')}`);
    const answer = model.predict(tf.zeros([3, 30])) as {readonly shape: readonly number[]};
    assert.deepEqual(answer.shape, [3, 2]);
  });

  test('and is reproduced, told again and valid where it came to', async () => {
    const replayed = await run(['replay', join(folder, 'table')]);
    assert.equal(replayed.code, 0, replayed.stdout + replayed.stderr);
    assert.match(replayed.stdout, /Candidate \(Random\): 3 proposals, all reproduced/);
    const told = await run(['report', join(folder, 'table')]);
    assert.equal(told.code, 0, told.stderr);
    const valid = await run(['validate', join(folder, 'table', 'search.yaml')]);
    assert.equal(valid.code, 0, valid.stdout + valid.stderr);
  });

  test('one whose trials failed, with the last 200 lines of their logs', async () => {
    await apply(inNamespace(), broken);
    const search = await untilOver(inNamespace(), 300, 'broken');
    assert.equal(search.status?.phase, 'Failed', JSON.stringify(search.status));
    const {code, stderr} = await home('broken', 'broken');
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '', 'nothing is missing');
    const logs = readdirSync(join(folder, 'broken', 'failed'));
    assert.ok(logs.includes('broken-c1.log'), logs.join());
    const [head, ...lines] = readFileSync(join(folder, 'broken', 'failed', 'broken-c1.log'), 'utf8')
      .trimEnd()
      .split('\n');
    assert.match(head ?? '', /^# broken-c1: NoResult: exited with 3/);
    assert.equal(lines.at(-1), 'there is no luck here');
    assert.ok(lines.length >= 199 && lines.length <= 200, String(lines.length));
  });

  describe('by somebody who is no administrator', () => {
    before(async () => {
      const account = {metadata: {name: 'reader', namespace: inNamespace()}};
      await agreed(call('POST', `/api/v1/namespaces/${inNamespace()}/serviceaccounts`, account));
      await allow(inNamespace(), [
        {apiGroups: ['archsearch.dev'], resources: ['architecturesearches', 'trials'], verbs: ['get', 'list']},
        {
          apiGroups: [''],
          resources: ['serviceaccounts/token'],
          resourceNames: ['archsearch-report'],
          verbs: ['create'],
        },
      ]);
      const token = await kubectl(['create', 'token', 'reader', '--namespace', inNamespace()]);
      const own = join(folder, 'reader.kubeconfig');
      const admin = readFileSync(kubeconfig, 'utf8');
      writeFileSync(
        own,
        admin.replace(/user: \{client-certificate-data.*\}/, `user: {token: ${token.stdout.trim()}}}`),
      );
      process.env['KUBECONFIG'] = own;
    });
    after(async () => {
      process.env['KUBECONFIG'] = kubeconfig;
      await forbid(systemNamespace);
      await closeNats();
    });

    test('who may not reach NATS: all but the blobs, with what to ask for', async () => {
      const {code, stdout, stderr} = await home('table', 'reader');
      assert.equal(code, 0, stderr);
      assert.match(stderr, /not all brought home, NATS: pods is forbidden.*; give --nats URL, or ask for the right to/);
      assert.match(stdout, /^table: Succeeded/);
      assert.deepEqual(readdirSync(join(folder, 'reader', 'winner')), ['architecture.json']);
    });

    test('who was given these rights: the rest', async () => {
      await allow(systemNamespace, [
        {apiGroups: [''], resources: ['pods'], verbs: ['list']},
        {apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create']},
      ]);
      const {code, stderr} = await home('table', 'reader');
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(existsSync(join(folder, 'reader', 'winner', 'model.json')));
    });

    test('who knows an address of NATS: everything', async () => {
      await forbid(systemNamespace);
      const address = await openNats();
      const {code, stderr} = await home('table', 'direct', '--nats', `nats://${address}:4222`);
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(existsSync(join(folder, 'direct', 'winner', 'model.json')));
    });
  });
});
