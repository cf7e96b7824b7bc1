import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {openBackend, type Variable} from '../../../trial-runner/backend.ts';
import {createOptimizer} from '../../../trial-runner/training/optimizer.ts';
import type {TrainingSettings} from '../../../trial-runner/training/settings.ts';

const backend = await openBackend(1);
const {tf} = backend;

type Name = TrainingSettings['optimizer'];
/** One scalar weight, as the papers write the rules; slots start at zero. */
type Reference = (weight: number, gradients: readonly number[], rate: number, decay: number) => number;

const adam =
  (decoupled: boolean): Reference =>
  (weight, gradients, rate, decay) => {
    let [w, m, v] = [weight, 0, 0];
    for (const [index, raw] of gradients.entries()) {
      const g = raw + (decoupled ? 0 : decay * w);
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const step = index + 1;
      const delta = (rate * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-7);
      w -= delta + (decoupled ? rate * decay * w : 0);
    }
    return w;
  };

const references: Readonly<Record<Name, Reference>> = {
  Sgd: (weight, gradients, rate, decay) => gradients.reduce((w, g) => w - rate * (g + decay * w), weight),
  Momentum: (weight, gradients, rate, decay) => {
    let [w, velocity] = [weight, 0];
    for (const raw of gradients) {
      const g = raw + decay * w;
      velocity = 0.9 * velocity + g;
      w -= rate * (g + 0.9 * velocity);
    }
    return w;
  },
  RmsProp: (weight, gradients, rate, decay) => {
    let [w, square] = [weight, 0];
    for (const raw of gradients) {
      const g = raw + decay * w;
      square = 0.9 * square + 0.1 * g * g;
      w -= (rate * g) / (Math.sqrt(square) + 1e-7);
    }
    return w;
  },
  Adam: adam(false),
  AdamW: adam(true),
};

const gradients = [0.5, -1.5, 0.25, 2];
const rate = 0.1;

/** The first weight of a matrix and of a vector after four steps of equal gradients everywhere. */
function trained(optimizer: Name, weightDecay: number): {matrix: number; vector: number; untouched: number} {
  const variables = tf.tidy(() => [[2, 3], [4], [1, 1]].map((shape) => tf.variable(tf.fill(shape, 1.2))));
  const [matrix, vector, untouched] = variables as [Variable, Variable, Variable];
  const rule = createOptimizer(backend, variables, {optimizer, weightDecay});
  for (const [step, gradient] of gradients.entries())
    tf.tidy(() => {
      const coefficients = tf.tensor1d(rule.coefficients(rate, step));
      rule.update([tf.fill([2, 3], gradient), tf.fill([4], gradient), undefined], coefficients);
    });
  rule.spread();
  rule.dispose();
  assert.deepEqual([matrix.shape, vector.shape], [[2, 3], [4]]);
  const [m, v, u] = [matrix, vector, untouched].map((variable) => variable.dataSync()[0] ?? NaN);
  tf.dispose(variables);
  return {matrix: m ?? NaN, vector: v ?? NaN, untouched: u ?? NaN};
}

describe('An optimizer', () => {
  for (const [name, reference] of Object.entries(references) as [Name, Reference][])
    for (const decay of [0, 0.3])
      it(`${name} with weight decay ${String(decay)} follows its rule; vectors do not decay`, () => {
        const {matrix, vector} = trained(name, decay);
        assert.ok(Math.abs(matrix - reference(1.2, gradients, rate, decay)) < 1e-5, `matrix ${String(matrix)}`);
        assert.ok(Math.abs(vector - reference(1.2, gradients, rate, 0)) < 1e-5, `vector ${String(vector)}`);
      });

  for (const [limit, factor] of [
    [0, 1],
    [5, 1],
    [1, 0.2],
  ] as const)
    it(`that clips at ${String(limit)} takes ${String(factor)} of a gradient whose norm is 5`, () => {
      const variables = tf.tidy(() => [tf.variable(tf.zeros([2])), tf.variable(tf.zeros([1, 2]))]);
      const settings = {optimizer: 'Sgd', weightDecay: 0, gradientClipping: limit} as const;
      const rule = createOptimizer(backend, variables, settings);
      tf.tidy(() => {
        rule.update([tf.tensor1d([3, 0]), tf.tensor2d([[0, 4]])], tf.tensor1d(rule.coefficients(1, 0)));
      });
      const moved = [...rule.weights.dataSync()];
      for (const [index, expected] of [-3, 0, 0, -4].entries())
        assert.ok(Math.abs((moved[index] ?? NaN) - expected * factor) < 1e-6, String(moved));
      rule.dispose();
      tf.dispose(variables);
    });

  it('leaves weights alone that the loss does not depend on', () => {
    assert.ok(Math.abs(trained('Adam', 0).untouched - 1.2) < 1e-6);
  });

  it('gives back every tensor', () => {
    const before = tf.memory().numTensors;
    trained('AdamW', 0.1);
    assert.equal(tf.memory().numTensors, before);
  });
});
