import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {Examples} from '../../../trial-runner/data/raw.ts';
import {batches, type Batch} from '../../../trial-runner/training/batches.ts';
import {openFeed, type FeedSource} from '../../../trial-runner/training/feed.ts';

/** Enough images that a thread of its own is started for them. */
const count = 4500;
const images: Examples = {
  count,
  shape: [32, 32, 1],
  inputs: Float32Array.from({length: count * 1024}, (_, index) => index % 1031),
  targets: Float32Array.from({length: count}, (_, index) => index % 3),
};
const source: FeedSource = {
  examples: images,
  outputs: 3,
  settings: {batchSize: 512, augmentation: 'ShiftFlip'},
  seed: 7,
};
const few: Examples = {count: 9, shape: [2, 2, 1], inputs: new Float32Array(36), targets: new Float32Array(9)};

async function all(epoch: Iterable<Batch> | AsyncIterable<Batch>): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of epoch) found.push(batch);
  return found;
}

describe('A feed', () => {
  const rows: [string, FeedSource, boolean][] = [
    ['many images that are changed', source, true],
    ['few images', {...source, examples: few}, false],
    ['images that are not changed', {...source, settings: {...source.settings, augmentation: 'Identity'}}, false],
    ['a table', {...source, examples: {...images, shape: [1024]}}, false],
  ];
  for (const [what, given, threaded] of rows)
    it(`${threaded ? 'has' : 'has not'} a thread of its own for ${what}`, async () => {
      const feed = openFeed(given);
      assert.equal(feed.threaded, threaded);
      await feed.close();
    });

  it('on a thread of its own makes the same batches, epoch by epoch', async () => {
    const feed = openFeed(source);
    for (const epoch of [1, 2]) {
      const expected = [...batches(images, 3, source.settings, {seed: 7, epoch})];
      assert.equal(expected.length, 9);
      assert.deepEqual(await all(feed.epoch(epoch)), expected);
    }
    await feed.close();
  });

  it('may be left in the middle of an epoch', async () => {
    const feed = openFeed(source);
    for await (const batch of feed.epoch(1)) {
      assert.equal(batch.count, 512);
      break;
    }
    assert.deepEqual(await all(feed.epoch(2)), [...batches(images, 3, source.settings, {seed: 7, epoch: 2})]);
    await feed.close();
  });
});
