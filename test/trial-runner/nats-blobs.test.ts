import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, describe, it} from 'node:test';
import type {Link} from '../../api/link.ts';
import {readBlob} from '../../api/blob.ts';
import {blobs as names, modelFiles, savedModelFile} from '../../api/protocol.ts';
import {subjects, type TrialAddress} from '../../api/subjects.ts';
import {openBackend} from '../../trial-runner/backend.ts';
import {blobStore, type BlobStore} from '../../trial-runner/blobs.ts';
import type {Preprocessing} from '../../trial-runner/data/preprocessing.ts';
import {TrialFailure} from '../../trial-runner/failure.ts';
import {natsBlobs, storeBlob} from '../../trial-runner/nats-blobs.ts';
import {openPost, type Post} from '../../trial-runner/report.ts';
import {NatsWorld, address} from '../contract/bus/nats.ts';

const mebibyte = 1024 * 1024;
const backend = await openBackend(1);
const fitted: Preprocessing = {
  version: 1,
  task: 'TabularClassification',
  inputs: {kind: 'array', shape: [1], mean: [0], deviation: [1]},
  targets: {kind: 'classes', names: ['no', 'yes']},
};

/** A dense layer whose weights all are `value`. */
function modelOf(value: number, units = 2) {
  const {tf} = backend;
  const model = tf.sequential({layers: [tf.layers.dense({units, inputShape: [1]})]});
  model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, value)));
  return model;
}

const failsAs = (reason: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TrialFailure, String(error));
  assert.equal(error.reason, reason);
  assert.match(error.message, words);
  return true;
};

describe('Blobs over NATS', () => {
  const held: {world?: NatsWorld; link?: Link<Post>} = {};
  const world = (): NatsWorld => held.world ?? assert.fail('the bus did not open');
  const link = (): Link<Post> => held.link ?? assert.fail('there is no link');
  const directories: string[] = [];
  /** The store of one Pod: nothing but NATS is shared with another one's. */
  const aPod = (patienceMilliseconds = 5000): {store: BlobStore; directory: string} => {
    const directory = mkdtempSync(path.join(tmpdir(), 'archsearch-blobs-test-'));
    directories.push(directory);
    const addressOf = (trial: string): TrialAddress => ({...address, trial: `${trial}-uid`});
    const local = blobStore(backend, directory);
    return {store: natsBlobs({link: link(), directory, local, addressOf, patienceMilliseconds}), directory};
  };
  before(async () => {
    held.world = await NatsWorld.open({limits: {blobBytes: 2 * mebibyte}});
    held.link = openPost({servers: held.world.server.address, podUid: randomUUID(), stop: () => undefined});
  });
  after(async () => {
    await held.link?.close();
    await held.world?.close();
    for (const directory of directories) rmSync(directory, {recursive: true});
  });

  it('bring a model from one Pod to another', async () => {
    assert.equal(await aPod().store.writeModel('f1', modelOf(0.25), fitted), undefined);
    const read = await aPod().store.readModel('f1');
    assert.deepEqual(read.preprocessing, fitted);
    assert.deepEqual(
      read.model.getWeights().map((weight) => [...weight.dataSync()]),
      [
        [0.25, 0.25],
        [0.25, 0.25],
      ],
    );
  });

  it('bring what is to be deployed into the store', async () => {
    const {store, directory} = aPod();
    assert.equal(await store.exportModel('f0', modelOf(0.25), fitted), undefined);
    const blob = {address: {...address, trial: 'f0-uid'}, name: savedModelFile};
    const read = await readBlob(blob, async (subject) => link().session?.last('ARCHSEARCH_BLOBS', subject));
    assert.ok(read.kind === 'Found');
    assert.deepEqual(Buffer.from(read.bytes), readFileSync(path.join(directory, 'f0', savedModelFile)));
  });

  it('bring the scores on the test split to the operator', async () => {
    assert.equal(await aPod().store.writeTestScores('f2', [[1, 0, 1]]), undefined);
    const stored = await link().session?.last(
      'ARCHSEARCH_BLOBS',
      subjects.blobChunk({...address, trial: 'f2-uid'}, names.testScores, 0),
    );
    assert.equal(Buffer.from(stored ?? []).toString(), '[[1,0,1]]');
  });

  it('that were never written are a missing file', async () => {
    await assert.rejects(aPod().store.readModel('f3'), failsAs('MissingFile', /trial f3 left no .* in NATS/));
  });

  it('that are damaged are a missing file, and it is said what is wrong', async () => {
    await aPod().store.writeModel('f4', modelOf(1), fitted);
    const chunk = subjects.blobChunk({...address, trial: 'f4-uid'}, modelFiles[0], 0);
    await world().client.publish(chunk, Buffer.alloc(16));
    await assert.rejects(
      aPod().store.readModel('f4'),
      failsAs('MissingFile', /weights.bin of trial .*: its hash is not/),
    );
  });

  it('that do not fit into the store are not kept, which is said and is no failure', async () => {
    const {store, directory} = aPod();
    const why = await store.writeModel('f5', modelOf(1, 300_000), fitted);
    assert.equal(why, 'model/weights.bin is not kept: maximum bytes exceeded');
    assert.equal(readFileSync(path.join(directory, 'f5', 'model/weights.bin')).length, 2 * 300_000 * 4);
  });

  it('that are larger than NATS should carry are not sent', async () => {
    const bytes = {length: 257 * mebibyte} as Uint8Array;
    assert.match((await storeBlob({link: link()}, {address, name: 'big', bytes})) ?? '', /more than .* use a volume/);
  });

  it('wait for NATS, and not for ever', async () => {
    await world().server.kill();
    const why = await aPod(300).store.writeTestScores('f6', [[1]]);
    assert.match(why ?? '', /^test-scores.json is not kept: /);
    await assert.rejects(aPod(300).store.readModel('f1'), failsAs('NotStarted', /could not be fetched: /));
    const late = aPod(15_000).store.readModel('f1');
    await world().server.up();
    assert.deepEqual((await late).preprocessing, fitted);
  });
});
