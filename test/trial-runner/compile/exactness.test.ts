import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {Network} from '../../../search/network.ts';
import {optimizers} from '../../../api/training.ts';
import {openBackend, type Tensor} from '../../../trial-runner/backend.ts';
import {compile, type CompiledStep} from '../../../trial-runner/compile.ts';
import {buildModel} from '../../../trial-runner/model.ts';
import {softmaxCrossEntropy} from '../../../trial-runner/training/loss.ts';
import {trainingProgram} from '../../../trial-runner/training/program.ts';
import type {TrainingSettings} from '../../../trial-runner/training/settings.ts';
import {
  baseline,
  distance,
  images,
  batchOf,
  outputsOf,
  plainConvolutions,
  plainPerceptron,
  randomNetworks,
  recurrent,
  steps,
  trainerOf,
  transformer,
} from './networks.ts';

const backend = await openBackend(1);
const {tf} = backend;

type Optimizer = TrainingSettings['optimizer'];

/** Largest relative difference in loss and weights of two trainers over so many steps. */
function difference(
  network: Network,
  optimizer: Optimizer,
  count: number,
  {perturbed, changes = {}}: {perturbed?: number; changes?: Partial<TrainingSettings>} = {},
): number {
  tf.engine().startScope();
  const eager = perturbed !== undefined;
  const ours = trainerOf(backend, network, {optimizer, eager, changes, perturbed: perturbed ?? 1});
  const theirs = trainerOf(backend, network, {optimizer, eager: true, changes});
  assert.equal(ours.compiled, perturbed === undefined);
  let largest = 0;
  const reference = steps(theirs, network, count);
  for (const {loss, weights} of steps(ours, network, count)) {
    const expected = reference.next().value as {loss: number; weights: typeof weights};
    largest = Math.max(largest, Math.abs(loss / expected.loss - 1), distance(expected.weights, weights));
  }
  ours.dispose();
  theirs.dispose();
  tf.engine().endScope();
  return largest;
}

/**
 * Weights that the loss does not depend on (a shift before a batch normalization) have gradients of rounding alone, which optimizers that
 * divide by the gradient's size make large: there, eager training with weights changed by 1e-7 drifts as much.
 */
function assertExact(network: Network, optimizer: Optimizer, count: number): void {
  const found = difference(network, optimizer, count);
  if (found < 1e-5) return;
  const drift = difference(network, optimizer, count, {perturbed: 1 + 1e-7});
  assert.ok(found <= 3 * drift, `${String(found)}, and a change of 1e-7 makes ${String(drift)}`);
}

describe('A compiled step is the eager one after 3 steps, to 1e-5 or what rounding makes of 1e-7', () => {
  for (const [seed, optimizer] of optimizers.entries())
    for (const [what, network] of randomNetworks(seed))
      it(`${what}, seed ${String(seed)}, ${optimizer}`, () => {
        assertExact(network, optimizer, 3);
      });
  const others: [string, Network][] = [
    ['the ResNet baseline', baseline('ResNet')],
    ['the Mlp baseline', baseline('Mlp')],
    ['recurrent layers, LSTM', recurrent('lstm')],
    ['recurrent layers, GRU', recurrent('gru')],
    // The bias of its keys shifts all scores alike, which a softmax does not see.
    ['a Transformer', transformer],
  ];
  for (const [what, network] of others)
    it(what, () => {
      assertExact(network, 'Adam', 3);
    });
});

describe('A compiled step is the eager one to 1e-5 over 20 steps without batch normalization', () => {
  const rows: [string, Network, readonly Optimizer[]][] = [
    ['dense layers with dropout', plainPerceptron, optimizers],
    ['convolutions and pools', plainConvolutions, ['Sgd', 'Momentum']],
    ['a Transformer', transformer, ['Sgd']],
  ];
  for (const [what, network, each] of rows)
    for (const optimizer of each)
      it(`${what}, ${optimizer}`, () => {
        const found = difference(network, optimizer, 20);
        assert.ok(found < 1e-5, String(found));
      });
});

describe('Compiled and eager steps draw the same', () => {
  const changes: [string, Partial<TrainingSettings>][] = [
    ['label smoothing', {labelSmoothing: 0.1}],
    ['mixup', {mixup: 0.2}],
    ['cutout', {cutout: 0.4}],
    ['dropped paths', {dropPath: 0.5}],
    ['gradient clipping', {gradientClipping: 0.1}],
    ['all of them', {labelSmoothing: 0.1, mixup: 1, cutout: 0.5, dropPath: 0.2, gradientClipping: 0.05}],
  ];
  for (const [what, each] of changes)
    it(`for ${what}, over 8 steps`, () => {
      const found = difference(plainConvolutions, 'Momentum', 8, {changes: each});
      assert.ok(found < 1e-5, String(found));
    });
});

describe('With batch normalization', () => {
  it('compiled steps drift no further from eager ones over 20 steps than rounding makes of 1e-7', () => {
    for (const [, network] of randomNetworks(1)) assertExact(network, 'Adam', 20);
  });
});

describe('Evaluation', () => {
  it('is the eager one, for more examples and for fewer than its batch', () => {
    for (const network of [baseline('ResNet'), baseline('Mlp')]) {
      const compiled = trainerOf(backend, network, {optimizer: 'Adam', eager: false});
      const eager = trainerOf(backend, network, {optimizer: 'Adam', eager: true});
      for (const trainer of [compiled, eager]) for (const {weights} of steps(trainer, network, 3)) tf.dispose(weights);
      for (const count of [3, 10, 27]) {
        const {inputs} = batchOf(network, outputsOf(network), count, 9);
        const examples = {inputs, count, shape: network.input, targets: new Float32Array(count)};
        const [ours, theirs] = [compiled.predict(examples), eager.predict(examples)];
        assert.equal(ours.length, count * outputsOf(network));
        for (const [index, value] of ours.entries())
          assert.ok(Math.abs(value - (theirs[index] ?? Number.NaN)) < 1e-5 * Math.max(1, Math.abs(value)));
      }
      compiled.dispose();
      eager.dispose();
    }
  });
});

describe('A checkpoint in the middle', () => {
  const changes = {weightDecay: 0.01, mixup: 0.3, gradientClipping: 1, seed: 4} as const;
  for (const optimizer of optimizers)
    it(`of a network with dropout goes on as if nothing had been, to the bit, ${optimizer}`, () => {
      const model = buildModel(backend, plainPerceptron, 3);
      const program = trainingProgram(backend, model, {...changes, optimizer, loss: softmaxCrossEntropy});
      const shapes = {step: program.stepInputs, evaluate: program.evaluationInputs};
      const run = (compiled: CompiledStep, from: number, to: number): number[] =>
        Array.from({length: to - from}, (_, at) => {
          const step = from + at;
          compiled.run(program.feeds(batchOf(plainPerceptron, 3, 16, step), {step, rate: 0.01}));
          return compiled.read([program.loss])[0]?.dataSync()[0] ?? Number.NaN;
        });
      const whole = compile(backend, program, shapes);
      const curve = run(whole, 0, 8);
      const half = compile(backend, program, shapes);
      const first = run(half, 0, 4);
      const checkpoint = half.read(program.state);
      half.dispose();
      const resumed = compile(backend, program, shapes);
      resumed.write(new Map(program.state.map((variable, index) => [variable, checkpoint[index] as Tensor])));
      assert.deepEqual([...first, ...run(resumed, 4, 8)], curve);
      assert.equal(distance(whole.read(program.state), resumed.read(program.state)), 0);
      for (const compiled of [whole, resumed]) compiled.dispose();
      program.dispose();
    });
});

describe('Restored weights', () => {
  it('are what both the graph and the model go on with', () => {
    const network = baseline('ResNet');
    assert.deepEqual(network.input, images.input);
    const trainer = trainerOf(backend, network, {optimizer: 'Momentum', eager: false});
    const {inputs} = batchOf(network, 10, 10, 1);
    const examples = {inputs, count: 10, shape: network.input, targets: new Float32Array(10)};
    const before = trainer.predict(examples);
    const snapshot = trainer.snapshot();
    for (const {weights} of steps(trainer, network, 3)) tf.dispose(weights);
    assert.notDeepEqual(trainer.predict(examples), before);
    trainer.restore(snapshot);
    assert.deepEqual(trainer.predict(examples), before);
    tf.dispose(snapshot);
    trainer.dispose();
  });
});
