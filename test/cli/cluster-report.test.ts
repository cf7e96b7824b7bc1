import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';
import {logBlob} from '../../api/blob.ts';
import {labels} from '../../api/pod.ts';
import {blobs, modelFiles, savedModelFile} from '../../api/protocol.ts';
import {instant} from '../../api/quantities.ts';
import {validateManifest} from '../../api/validate.ts';
import {bringHome, reportCluster} from '../../cli/cluster-report.ts';
import type {Sources} from '../../cli/cluster-report.ts';
import {CliError} from '../../cli/output.ts';
import {NatsBus} from '../../operator/bus.ts';
import {MemoryApiServer} from '../../operator/local/api-server.ts';
import {RunDirectory} from '../../operator/local/directory.ts';
import {readSnapshot} from '../../operator/local/snapshot.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {openBlobReader} from '../../operator/nats/blob-reader.ts';
import {aLedger} from '../builders.ts';
import {NatsServer} from '../nats-server.ts';
import {attempt, trial, wholeRun} from '../report/runs.ts';
import {run} from './process.ts';

const namespace = 'team';
const silent = {json: false, result: () => undefined, log: () => undefined};
const clock = {now: () => instant(Date.parse('2026-01-01T02:00:00Z'))};

/** A finished search whose winner was trained again as run-f5, and whose run-c25 failed. */
function aRun(): Snapshot {
  const {snapshot} = wholeRun(30);
  const {comparison} = snapshot.search.status ?? {};
  assert.ok(comparison);
  const kept = trial({purpose: 'Final', index: 5, parent: comparison.winner.from, status: {values: {accuracy: 0.9}}});
  const search = {
    ...snapshot.search,
    status: {
      ...snapshot.search.status,
      comparison: {...comparison, winner: {...comparison.winner, trial: kept.metadata.name}},
    },
  };
  const own = {[labels.searchUid]: search.metadata.uid};
  const trials = [...snapshot.trials, kept].map((one) => ({...one, metadata: {...one.metadata, labels: own}}));
  return {search, trials: trials.toSorted((a, b) => ageOf(a) - ageOf(b) || a.spec.index - b.spec.index)};
}

const ageOf = ({metadata}: Snapshot['trials'][number]): number => Date.parse(metadata.creationTimestamp);

const whole = aRun();
const stranger = trial({purpose: 'Candidate', index: 999});

function serverWith({search, trials}: Snapshot): MemoryApiServer {
  const ledger = aLedger({metadata: {name: search.metadata.name}});
  const objects = [search, ledger, ...trials, {...stranger, metadata: {...stranger.metadata, name: 'other-c1'}}];
  const restore = objects.map((object, at) => {
    const {name, namespace: place = ''} = object.metadata;
    return {rv: at + 1, kind: object.kind, key: {namespace: place, name}, object};
  });
  return new MemoryApiServer({clock, uid: () => 'none', restore});
}

describe('a search is brought home', () => {
  const held: {nats?: NatsServer; bus?: NatsBus} = {};
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-home-'));
  const nats = () => held.nats ?? assert.fail('NATS did not start');
  const key = {namespace, name: 'run'};
  const sources = (
    openBlobs: Sources['openBlobs'] = (search) => openBlobReader({servers: nats().address}, {search}),
  ): Sources => ({
    api: serverWith(whole),
    openBlobs,
  });
  const told: string[] = [];
  const output = {json: false, result: () => undefined, log: (line: string) => void told.push(line)};
  const home = async (name: string, from = sources()) => {
    told.length = 0;
    const directory = new RunDirectory(join(folder, name));
    return {directory, ...(await bringHome(from, {key, directory}, output))('report.html')};
  };
  const keep = async (name: string, blob: string, text: string) => {
    const address = {search: whole.search.metadata.uid, trial: `uid-of-${name}`};
    assert.equal(await held.bus?.writeBlob(address, blob, new TextEncoder().encode(text)), undefined);
  };

  before(async () => {
    held.nats = await NatsServer.start();
    held.bus = new NatsBus({
      servers: held.nats.address,
      clock,
      accept: () => false,
      locate: () => Promise.resolve(undefined),
      onMessage: () => undefined,
    });
    assert.ok(await held.bus.connected(10_000), held.bus.state().reason);
    for (const file of modelFiles) await keep('run-f5', file, `${file} of run-f5`);
    await keep('run-f5', savedModelFile, 'saved');
    for (const scored of ['run-f1', 'run-f2']) await keep(scored, blobs.testScores, '[[1]]');
    await keep('run-c25', logBlob('run-c25-1'), 'epoch 1\nlast words\n');
  });
  after(async () => {
    await held.bus?.close();
    await held.nats?.close();
    rmSync(folder, {recursive: true, force: true});
  });

  it('with all that a run on a laptop leaves', async () => {
    const {directory, lines, missing} = await home('whole');
    assert.deepEqual([missing, told], [[], []]);
    assert.deepEqual(readSnapshot(directory.journal), whole, 'its trials, and none of another search');
    const read = (...parts: string[]) => readFileSync(directory.at(...parts), 'utf8');
    assert.equal(read('trials.jsonl').trim().split('\n').length, whole.trials.length);
    assert.equal(read('winner', 'model.json'), 'model/model.json of run-f5');
    assert.equal(read('winner', 'weights.bin'), 'model/weights.bin of run-f5');
    assert.equal(read('winner', 'saved_model', 'saved_model.pb'), 'saved');
    assert.deepEqual(readdirSync(directory.at('winner')).toSorted(), [
      'architecture.json',
      'model.json',
      'preprocessing.json',
      'saved_model',
      'weights.bin',
    ]);
    assert.equal(read('blobs', 'run-f2', 'test-scores.json'), '[[1]]');
    assert.match(read('failed', 'run-c25.log'), /^# run-c25: NotANumber: loss is NaN.*\nepoch 1\nlast words\n$/);
    assert.equal((JSON.parse(read('summary.json')) as {readonly phase: string}).phase, 'Succeeded');
    assert.match(lines.join('\n'), /the model is in winner\/.*\n +report +report\.html$/);
    assert.ok(!existsSync(directory.at('lock')), 'the directory is free again');
  });

  it('with a search.yaml that is valid and says the same', async () => {
    const {directory} = await home('manifest');
    const {searches, problems} = validateManifest(readFileSync(directory.manifest, 'utf8'), 'search.yaml');
    assert.deepEqual(
      problems.filter(({severity}) => severity === 'error'),
      [],
    );
    assert.deepEqual(searches[0]?.metadata.name, 'run');
    const {spec} = searches[0];
    for (const [part, value] of Object.entries(whole.search.spec))
      assert.deepEqual(spec[part as keyof typeof spec], value, part);
  });

  it('with all but its blobs where NATS cannot be reached, and says what to do', async () => {
    const {directory, missing, lines} = await home(
      'unreached',
      sources((search) => openBlobReader({servers: 'nats://127.0.0.1:1'}, {search})),
    );
    assert.equal(missing.length, 1);
    assert.match(missing[0] ?? '', /^models, test scores and logs are not .* NATS: .*REFUSED.*give --nats URL, or ask/);
    assert.deepEqual(told, missing);
    assert.deepEqual(readSnapshot(directory.journal), whole);
    assert.deepEqual(readdirSync(directory.at('winner')), ['architecture.json']);
    assert.match(readFileSync(directory.at('failed', 'run-c25.log'), 'utf8'), /^# run-c25: NotANumber/);
    assert.doesNotMatch(lines.join('\n'), /model is in winner/);
  });

  it('with all but a blob that is there no more, and names what it is of', async () => {
    const gone = {...whole, trials: whole.trials.map((one) => (one.metadata.name === 'run-f5' ? renamed(one) : one))};
    const {directory, missing} = await home('aged', {...sources(), api: serverWith(gone)});
    assert.match(
      missing.join('\n'),
      /^the model of run-f5 is not in NATS: it is kept for 14 days.*\nthe SavedModel of run-f5/,
    );
    assert.equal(missing.length, 2);
    assert.ok(existsSync(directory.at('blobs', 'run-f1', 'test-scores.json')));
  });

  it('again, and nothing that is there is asked for again', async () => {
    await home('again');
    const {missing} = await home(
      'again',
      sources(() => Promise.reject(new Error('asked for again'))),
    );
    assert.deepEqual(missing, []);
    assert.ok(existsSync(join(folder, 'again', 'winner', 'model.json')));
  });

  it('but not into the directory of another run', async () => {
    const another = {...whole, search: {...whole.search, metadata: {...whole.search.metadata, uid: 'another'}}};
    await home('taken');
    await assert.rejects(home('taken', {...sources(), api: serverWith(another)}), /holds another run \(run, made at/);
  });

  it('but not into a directory with files of others', async () => {
    const {directory} = await home('foreign');
    rmSync(directory.path, {recursive: true});
    const taken = mkdtempSync(join(folder, 'full-'));
    writeFileSync(join(taken, 'thesis.tex'), '');
    const target = new RunDirectory(taken);
    await assert.rejects(bringHome(sources(), {key, directory: target}, output), /holds other files \(thesis\.tex\)/);
  });
});

const renamed = (one: Snapshot['trials'][number]): Snapshot['trials'][number] => ({
  ...one,
  metadata: {...one.metadata, uid: 'made-anew'},
  status: {phase: 'Succeeded', ...one.status, attempts: [attempt('run-f5', 'Completed', 1)]},
});

describe('a search that cannot be brought home', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-no-home-'));
  const answers: Record<string, {readonly code: number; readonly body: unknown}> = {
    none: {code: 404, body: {kind: 'Status', reason: 'NotFound', message: 'architecturesearches "none" not found'}},
    secret: {code: 403, body: {kind: 'Status', message: 'User "ann" cannot get resource "architecturesearches"'}},
    expired: {code: 401, body: {kind: 'Status', message: 'Unauthorized'}},
  };
  const server = createServer(({url = ''}, response) => {
    const {code, body} = answers[url.split('/').at(-1) ?? ''] ?? {code: 500, body: {}};
    response.writeHead(code, {'content-type': 'application/json'}).end(JSON.stringify(body));
  });
  const kubeconfig = (address: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{name: 'test', cluster: {server: address, 'insecure-skip-tls-verify': true}}],
      users: [{name: 'ann', user: {}}],
      contexts: [{name: 'test', context: {cluster: 'test', user: 'ann'}}],
      'current-context': 'test',
    });
  const given = process.env['KUBECONFIG'];
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    writeFileSync(join(folder, 'up'), kubeconfig(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`));
    writeFileSync(join(folder, 'down'), kubeconfig('http://127.0.0.1:59999'));
    writeFileSync(join(folder, 'broken'), 'clusters: [{');
  });
  after(() => {
    if (given === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = given;
    server.close();
    server.closeAllConnections();
    rmSync(folder, {recursive: true, force: true});
  });

  for (const {what, name = 'run', config = 'up', context, says} of [
    {what: 'there is none', name: 'none', says: /there is no search none in namespace team; `kubectl get archs/},
    {what: 'we may not read it', name: 'secret', says: /"ann" cannot get.*; ask for the right to get/},
    {
      what: 'our credentials are too old',
      name: 'expired',
      says: /401: Unauthorized\); see whether `kubectl get archs`/,
    },
    {what: 'a directory was given', name: 'runs/digits', says: /runs\/digits is no name.*leave --namespace out/},
    {what: 'there is no cluster', config: 'down', says: /ECONNREFUSED.*; see whether `kubectl get archs`/},
    {what: 'the kubeconfig is none', config: 'broken', says: /there is no cluster to read from \(.*; set KUBECONFIG/},
    {what: 'there is no such context', context: 'prod', says: /no context prod\); set KUBECONFIG/},
  ])
    it(`says why and what to do: ${what}`, async () => {
      process.env['KUBECONFIG'] = join(folder, config);
      const directory = new RunDirectory(join(folder, 'home'));
      const options = {name, namespace, systemNamespace: 'archsearch-system', ...(context && {context})};
      const error = await reportCluster(options, directory, silent).catch((caught: unknown) => caught);
      assert.ok(error instanceof CliError, String(error));
      assert.match(`${error.message}; ${error.remedy}`, says);
      assert.ok(!`${error.message}${error.remedy}`.includes('\n'), 'one line');
      assert.ok(!existsSync(directory.path), 'nothing is made');
    });

  it('ends the command with exit code 1 and one line', async () => {
    process.env['KUBECONFIG'] = join(folder, 'up');
    const {code, stderr} = await run(['report', 'none', '-n', namespace, '-o', join(folder, 'home')]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: there is no search none in namespace team; .*\n$/);
  });
});
