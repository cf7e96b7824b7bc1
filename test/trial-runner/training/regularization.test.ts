import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {Layer, Network} from '../../../search/network.ts';
import {openBackend, type Tensor} from '../../../trial-runner/backend.ts';
import {buildModel} from '../../../trial-runner/model.ts';
import {plain, regularized, type Regularization} from '../../../trial-runner/training/regularization.ts';

const backend = await openBackend(1);
const {tf} = backend;

const stepOf = (step: number): Tensor => tf.tensor1d([step], 'int32');

interface Given {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly seed?: number;
  readonly step?: number;
}

function made({x, y, seed = 1, step = 0}: Given, settings: Partial<Regularization>): {x: number[]; y: number[]} {
  return tf.tidy(() => {
    const changed = regularized({backend, seed}, {x, y, step: stepOf(step)}, {...plain, ...settings});
    return {x: [...changed.x.dataSync()], y: [...changed.y.dataSync()]};
  });
}

const near = (found: readonly number[], expected: readonly number[]): void => {
  assert.equal(found.length, expected.length);
  for (const [index, value] of found.entries())
    assert.ok(Math.abs(value - (expected[index] ?? NaN)) < 1e-6, `${String(found)}, expected ${String(expected)}`);
};

describe('Label smoothing', () => {
  it('spreads its share over all classes', () => {
    near(made({x: tf.ones([1, 1]), y: tf.tensor2d([[0, 1, 0]])}, {labelSmoothing: 0.3}).y, [0.1, 0.8, 0.1]);
  });

  it('leaves a single output as it is', () => {
    near(made({x: tf.ones([2, 1]), y: tf.tensor2d([[0.5], [-2]])}, {labelSmoothing: 0.3}).y, [0.5, -2]);
  });
});

describe('Cutout', () => {
  const count = 40;
  const images = {x: tf.ones([count, 10, 8, 2]), y: tf.ones([count, 1])};

  it('blanks one square of the given side out of each image, or what of it is within', () => {
    const {x} = made(images, {cutout: 0.5});
    let whole = 0;
    for (let image = 0; image < count; image += 1) {
      const pixels = x.slice(image * 160, (image + 1) * 160);
      const blank = Array.from({length: 80}, (_, at) => at).filter((at) => pixels[2 * at] === 0);
      assert.ok(
        blank.every((at) => pixels[2 * at + 1] === 0),
        'all channels of a pixel',
      );
      const [rows, columns] = [blank.map((at) => at >> 3), blank.map((at) => at & 7)].map(
        (places) => Math.max(...places) - Math.min(...places) + 1,
      ) as [number, number];
      assert.equal(blank.length, rows * columns);
      assert.ok(rows <= 4 && columns <= 4 && rows >= 2 && columns >= 2, `${String(rows)} × ${String(columns)}`);
      if (blank.length === 16) whole += 1;
    }
    assert.ok(whole > count / 8 && whole < count, String(whole));
  });

  it('is drawn by seed and step', () => {
    const one = made(images, {cutout: 0.3}).x;
    assert.deepEqual(made(images, {cutout: 0.3}).x, one);
    assert.notDeepEqual(made({...images, step: 1}, {cutout: 0.3}).x, one);
    assert.notDeepEqual(made({...images, seed: 2}, {cutout: 0.3}).x, one);
  });

  it('leaves tables as they are', () => {
    const {x} = made({x: tf.ones([3, 4]), y: tf.ones([3, 1])}, {cutout: 0.5});
    assert.deepEqual(new Set(x), new Set([1]));
  });
});

describe('Mixup', () => {
  const count = 400;
  const numbers = Array.from({length: count}, (_, index) => index);
  const examples = {
    x: tf.tensor2d(numbers, [count, 1]),
    y: tf.tensor2d(
      numbers.map((each) => each * 2),
      [count, 1],
    ),
  };
  /** The share of its own that each example keeps. */
  const shares = (mixup: number): number[] =>
    made(examples, {mixup}).x.map((value, index) => {
      const partner = count - 1 - index;
      return (value - partner) / (index - partner);
    });

  it('blends inputs and targets of a pair in the same shares', () => {
    const {x, y} = made(examples, {mixup: 0.4});
    for (const [index, value] of x.entries()) assert.ok(Math.abs(2 * value - (y[index] ?? NaN)) < 1e-3);
  });

  for (const alpha of [0.01, 0.2, 1, 4])
    it(`draws shares from Beta(${String(alpha)}, ${String(alpha)})`, () => {
      const drawn = shares(alpha);
      assert.ok(drawn.every((share) => share > -1e-4 && share < 1.0001));
      const mean = drawn.reduce((sum, share) => sum + share, 0) / count;
      const variance = drawn.reduce((sum, share) => sum + (share - mean) ** 2, 0) / count;
      assert.ok(Math.abs(mean - 0.5) < 0.08, `mean ${String(mean)}`);
      // Of a Beta distribution with two equal parameters.
      assert.ok(Math.abs(variance - 0.25 / (2 * alpha + 1)) < 0.03, `variance ${String(variance)}`);
    });
});

describe('Dropped paths', () => {
  const batch = 2000;
  const path = (name: string, input: string): Layer => ({
    op: 'activation',
    activation: 'linear',
    name,
    inputs: [input],
  });
  const sum = (...inputs: string[]): Layer => ({op: 'add', name: 'sum', inputs});
  /** Sums of ones: how many inputs of the sum were kept, scaled. */
  const sums = (layers: Layer[], given: {training: boolean; dropPath: number; step?: number}): number[] => {
    const network: Network = {input: [1], layers, output: 'sum'};
    const {training, dropPath, step = 3} = given;
    return tf.tidy(() => {
      const model = buildModel(backend, network, 1);
      return [...(model.apply(tf.ones([batch, 1]), {training, step: stepOf(step), dropPath}) as Tensor).dataSync()];
    });
  };
  const mean = (values: number[]): number => values.reduce((total, value) => total + value, 0) / values.length;
  const skipped = [path('a', 'input'), path('b', 'a'), sum('a', 'b')];
  const parallel = [path('a', 'input'), path('b', 'input'), sum('a', 'b')];

  it('spare what skips them, and keep the mean', () => {
    const values = sums(skipped, {training: true, dropPath: 0.25});
    assert.deepEqual(new Set(values.map((value) => value.toFixed(4))), new Set(['1.0000', '2.3333']));
    assert.ok(Math.abs(mean(values) - 2) < 0.05, String(mean(values)));
  });

  it('never are all paths of a sum that nothing skips', () => {
    const values = sums(parallel, {training: true, dropPath: 0.5});
    assert.ok(values.every((value) => value > 0));
    assert.ok(Math.abs(mean(values) - 2) < 0.07, String(mean(values)));
  });

  it('are drawn by step, and none outside training', () => {
    const one = sums(parallel, {training: true, dropPath: 0.5});
    assert.deepEqual(sums(parallel, {training: true, dropPath: 0.5}), one);
    assert.notDeepEqual(sums(parallel, {training: true, dropPath: 0.5, step: 4}), one);
    assert.deepEqual(new Set(sums(parallel, {training: false, dropPath: 0.5})), new Set([2]));
  });
});
