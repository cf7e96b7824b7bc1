import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import fc from 'fast-check';
import {keyed} from '../../../search/random.ts';
import type {Examples} from '../../../trial-runner/data/raw.ts';
import {augmentation} from '../../../trial-runner/training/augmentation.ts';
import {batchCount, batches} from '../../../trial-runner/training/batches.ts';
import {schedules} from '../../../trial-runner/training/schedule.ts';

const numbered = (count: number): Examples => ({
  count,
  shape: [1],
  inputs: Float32Array.from({length: count}, (_, index) => index),
  targets: Float32Array.from({length: count}, (_, index) => index % 3),
});
const plain = {batchSize: 4, augmentation: 'Identity'} as const;
const drawn = (count: number, batchSize: number, key = {seed: 1, epoch: 1}): number[][] =>
  [...batches(numbered(count), 3, {...plain, batchSize}, key)].map(({inputs}) => [...inputs]);

describe('Batches', () => {
  it('hold every example once, but for a last single one', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 60}), fc.integer({min: 1, max: 20}), (count, batchSize) => {
        const parts = drawn(count, batchSize);
        const all = parts.flat();
        assert.equal(new Set(all).size, all.length);
        const left = count % batchSize === 1 && count > batchSize && batchSize > 1 ? 1 : 0;
        assert.equal(all.length, count - left);
        assert.equal(parts.length, batchCount(count, batchSize));
      }),
    );
  });

  it('come in an order of seed and epoch', () => {
    assert.deepEqual(drawn(30, 8), drawn(30, 8));
    assert.notDeepEqual(drawn(30, 8), drawn(30, 8, {seed: 2, epoch: 1}));
    assert.notDeepEqual(drawn(30, 8), drawn(30, 8, {seed: 1, epoch: 2}));
  });

  it('have targets as distributions', () => {
    const [batch] = batches(numbered(3), 3, plain, {seed: 1, epoch: 1});
    assert.ok(batch !== undefined);
    for (const [position, label] of batch.inputs.entries()) {
      const row: number[] = [...batch.targets.subarray(position * 3, position * 3 + 3)];
      assert.deepEqual(
        row,
        [0, 1, 2].map((index) => Number(index === label)),
      );
    }
  });
});

const side = 8;
const image = Float32Array.from({length: side * side * 2}, (_, index) => index);
function augmented(kind: 'Identity' | 'Shift' | 'ShiftFlip', draw: number): Float32Array {
  const to = new Float32Array(image.length);
  augmentation(kind, [side, side, 2], keyed(1, draw, 'test'))(image, 0, to, 0);
  return to;
}

describe('Augmentation', () => {
  it('Identity changes nothing', () => {
    assert.deepEqual(augmented('Identity', 0), image);
  });

  it('Shift moves all pixels and channels the same way, by one pixel at most on 8×8', () => {
    const seen = new Set<string>();
    for (let draw = 0; draw < 60; draw += 1) {
      const moved = augmented('Shift', draw);
      const at = (row: number, column: number): number => moved[(row * side + column) * 2] ?? NaN;
      const pixel = at(4, 4) / 2;
      const [down, right] = [4 - Math.floor(pixel / side), 4 - (pixel % side)];
      assert.ok(Math.abs(down) <= 1 && Math.abs(right) <= 1);
      for (const [row, column] of [
        [2, 3],
        [5, 5],
        [4, 2],
      ] as const) {
        const source = ((row - down) * side + column - right) * 2;
        assert.equal(at(row, column), source);
        assert.equal(moved[(row * side + column) * 2 + 1], source + 1);
      }
      seen.add(`${String(down)},${String(right)}`);
    }
    assert.equal(seen.size, 9);
  });

  it('ShiftFlip mirrors about half of the images', () => {
    const mirrored = Array.from({length: 60}, (_, draw) => augmented('ShiftFlip', draw)).filter(
      (moved) => (moved[(4 * side + 3) * 2] ?? 0) > (moved[(4 * side + 4) * 2] ?? 0),
    );
    assert.ok(mirrored.length > 15 && mirrored.length < 45, String(mirrored.length));
  });

  it('leaves tables as they are', () => {
    const to = new Float32Array(3);
    augmentation('ShiftFlip', [3], keyed(1, 0, 'test'))(Float32Array.from([1, 2, 3]), 0, to, 0);
    assert.deepEqual([...to], [1, 2, 3]);
  });
});

describe('Schedules', () => {
  it('Constant stays, Cosine goes from 1 over one half to almost 0', () => {
    assert.equal(schedules.Constant(7, 10), 1);
    assert.equal(schedules.Cosine(0, 10), 1);
    assert.ok(Math.abs(schedules.Cosine(5, 10) - 0.5) < 1e-12);
    assert.ok(schedules.Cosine(999, 1000) < 1e-4);
  });
});
