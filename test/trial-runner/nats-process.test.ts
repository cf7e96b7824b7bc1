import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, describe, it} from 'node:test';
import {blobs, environment, modelFiles, terminationRecord, type TerminationRecord} from '../../api/protocol.ts';
import {parseTestScores} from '../../api/test-scores.ts';
import type {NatsBus} from '../../operator/bus.ts';
import {eventually} from '../contract/bus.ts';
import {NatsWorld, address} from '../contract/bus/nats.ts';
import {assignmentOf} from './child.ts';

// The runner as it runs in a Pod: without a parent that listens, without a folder for blobs, with NATS.

const main = path.join(import.meta.dirname, '../../trial-runner/main.ts');

describe('A trial in a Pod', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'archsearch-pod-'));
  const held: {world?: NatsWorld} = {};
  const world = (): NatsWorld => held.world ?? assert.fail('the bus did not open');
  const bus = (): NatsBus => world().bus;
  before(async () => {
    held.world = await NatsWorld.open();
  });
  after(async () => {
    await held.world?.close();
    rmSync(directory, {recursive: true});
  });

  /** Runs to its end the trial whose UID the world knows, in a Pod of this UID. */
  async function run(
    podUid: string,
    spec: object,
    {env = {}, more = {}}: {env?: object; more?: object} = {},
  ): Promise<TerminationRecord> {
    const [file, log] = [path.join(directory, `${podUid}.json`), path.join(directory, `${podUid}.log`)];
    const assignment = {
      ...(assignmentOf({name: world().trial, spec: {epochs: 3, purpose: 'Final', ...spec}}) as object),
      search: {...world().search, uid: address.search},
      trial: {name: world().trial, uid: address.trial},
      trials: {'search-f1': address.trial},
      ...more,
    };
    writeFileSync(file, JSON.stringify(assignment));
    world().running.add(podUid);
    const {[environment.blobs]: _blobs, ...inherited} = process.env;
    const running = spawn(process.execPath, [main], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: {
        ...inherited,
        TMPDIR: directory,
        [environment.trial]: file,
        [environment.terminationLog]: log,
        [environment.nats]: world().server.address,
        [environment.podUid]: podUid,
        ...env,
      },
    });
    await once(running, 'exit');
    return terminationRecord.parse(JSON.parse(readFileSync(log, 'utf8')));
  }
  const epochsOf = (podUid: string) => (bus().hints().get(podUid) ?? []).map(({epoch}) => epoch);
  const read = (name: string) => bus().readBlob(world().search, world().trial, name);

  it('reports, keeps its model, and is scored in another Pod', async () => {
    const trained = await run('training', {});
    assert.deepEqual([trained.state, trained.message], ['Succeeded', undefined]);
    await eventually(() => epochsOf('training').length === 3, 'every epoch');
    for (const file of modelFiles) assert.equal((await read(file)).kind, 'Found', file);

    const scored = await run('scoring', {epochs: 0, score: ['search-f1']});
    assert.equal(scored.state, 'Succeeded', scored.message);
    const kept = await read(blobs.testScores);
    const scores = parseTestScores(kept.kind === 'Found' ? kept.bytes : new Uint8Array());
    assert.ok(scores.kind === 'Found', JSON.stringify(scores));
    const [first = []] = scores.scores;
    const accuracy = first.reduce((sum, right) => sum + right, 0) / first.length;
    assert.ok(Math.abs(accuracy - (scored.values?.['accuracy'] ?? 0)) < 1e-6);
  });

  it('begins with the weights that its parent kept in another Pod', async () => {
    const genotype = {widths: [16], activation: 'relu', dropout: 0, normalization: 'Identity', residual: false};
    const candidate = (widths: readonly number[]) => ({
      purpose: 'Candidate',
      architecture: {
        family: 'SearchSpace',
        type: 'Tabular',
        settings: {widths: [16, 32]},
        genotype: {...genotype, widths},
      },
    });
    const parent = await run('parent', candidate([16]), {more: {keepModel: true}});
    const inherit = {trial: 'search-f1', genotype};
    const child = await run('child', {...candidate([32]), epochs: 0}, {more: {inherit}});
    assert.match(child.message ?? '', /^began with the weights of search-f1: widened hidden layer 1/);
    const [before, after] = [parent, child].map(({values}) => values?.['crossEntropy'] ?? Number.NaN);
    assert.ok(Math.abs((before ?? 0) - (after ?? 1)) < 1e-4, `${before} and ${after}`);
  });

  it('obeys a stop, whenever it is sent', async () => {
    const candidate = {epochs: 5000, purpose: 'Candidate'};
    await bus().stop('early', 'sent before it began');
    const early = await run('early', candidate);
    assert.equal(early.reason, 'StoppedEarly');
    assert.ok((early.epochs ?? 0) < 5000);
    assert.match(early.message ?? '', /^sent before it began/);

    const running = run('stopped', candidate);
    await eventually(() => epochsOf('stopped').length > 0, 'the first epoch');
    await bus().stop('stopped', 'worse than the median');
    const {state, reason, message} = await running;
    assert.deepEqual([state, reason, message], ['Stopped', 'StoppedEarly', 'worse than the median']);
  });

  it('succeeds where NATS is not', async () => {
    const {state, message} = await run(
      'alone',
      {},
      {env: {[environment.nats]: 'nats://127.0.0.1:9', [environment.blobs]: directory}},
    );
    assert.deepEqual([state, message], ['Succeeded', undefined]);
  });

  it('succeeds where its model does not fit, and says so', async () => {
    const small = await NatsWorld.open({limits: {blobBytes: 4096}});
    const {state, message} = await run('cramped', {}, {env: {[environment.nats]: small.server.address}});
    assert.deepEqual([state, message], ['Succeeded', 'model/weights.bin is not kept: maximum bytes exceeded']);
    await small.close();
  });

  it('says what is missing when it does not know for whom it speaks', async () => {
    const {state, reason, message} = await run('nobody', {}, {env: {[environment.podUid]: ''}});
    assert.deepEqual([state, reason], ['Failed', 'RunnerError']);
    assert.match(message ?? '', /ARCHSEARCH_POD_UID is not: set it from the Pod's metadata.uid/);
  });
});
