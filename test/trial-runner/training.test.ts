import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {Network} from '../../search/network.ts';
import type {Objective} from '../../search/objectives.ts';
import {openBackend} from '../../trial-runner/backend.ts';
import {load, type Loaded} from '../../trial-runner/data/load.ts';
import {latencyMilliseconds, predict} from '../../trial-runner/evaluation.ts';
import {TrialFailure} from '../../trial-runner/failure.ts';
import type {Interruption} from '../../trial-runner/interruption.ts';
import {score} from '../../trial-runner/metrics.ts';
import {buildModel} from '../../trial-runner/model.ts';
import {isBetter, train, type EpochResult, type Observer} from '../../trial-runner/training.ts';
import {softmaxCrossEntropy} from '../../trial-runner/training/loss.ts';
import {parseSettings} from '../../trial-runner/training/settings.ts';

const backend = await openBackend(1);
const {tf} = backend;

const dataset = {builtin: 'breastCancer', split: {validation: 0.2, test: 0.2}, seed: 0} as const;
const table = load({dataset, task: 'TabularClassification', dataFraction: 1}, {});

/** A regression that a line solves: the target is a sum of features. */
const line: Loaded = (() => {
  const part = (count: number, offset: number): Loaded['train'] => {
    const inputs = Float32Array.from({length: count * 3}, (_, index) => Math.sin(index * 7 + offset));
    const targets = Float32Array.from({length: count}, (_, row) => (inputs[row * 3] ?? 0) - (inputs[row * 3 + 2] ?? 0));
    return {count, shape: [3], inputs, targets};
  };
  return {
    train: part(200, 0),
    validation: part(50, 0.5),
    shape: {input: [3], outputs: 1},
    preprocessing: {
      version: 1,
      task: 'TabularRegression',
      inputs: {kind: 'array', shape: [3], mean: [0, 0, 0], deviation: [1, 1, 1]},
      targets: {kind: 'number', mean: 100, deviation: 10},
    },
  };
})();

const perceptron = (input: number, outputs: number): Network => ({
  input: [input],
  layers: [
    {op: 'dense', units: 16, bias: true, name: 'hidden', inputs: ['input']},
    {op: 'batchNorm', name: 'norm', inputs: ['hidden']},
    {op: 'activation', activation: 'relu', name: 'relu', inputs: ['norm']},
    {op: 'dropout', rate: 0.1, name: 'drop', inputs: ['relu']},
    {op: 'dense', units: outputs, bias: true, name: 'out', inputs: ['drop']},
  ],
  output: 'out',
});

interface Given {
  readonly data?: Loaded;
  readonly epochs?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly objectives?: readonly Objective[];
  readonly interruption?: (epochs: number) => Interruption | undefined;
  readonly onEpoch?: () => void;
  readonly eager?: boolean;
}

async function trained(given: Given) {
  const {data = table, epochs = 5, settings = {}, eager = false} = given;
  const {objectives = [{metric: 'accuracy', goal: 'Maximize'}]} = given;
  const model = buildModel(backend, perceptron(data.shape.input[0] ?? 0, data.shape.outputs), 1);
  const seen: {result: EpochResult; isBest: boolean}[] = [];
  const observer: Observer = {
    interruption: () => given.interruption?.(seen.length),
    note: (message) => assert.fail(message),
    firstStep: () => undefined,
    epoch(result, isBest) {
      seen.push({result, isBest});
      given.onEpoch?.();
    },
  };
  const run = {backend, model, data, settings: parseSettings(settings), epochs, seed: 1, objectives, eager};
  const outcome = await train(run, observer);
  return {model, data, seen, ...outcome};
}

describe('Training', () => {
  for (const optimizer of ['Sgd', 'Momentum', 'RmsProp', 'Adam', 'AdamW'])
    it(`learns a table with ${optimizer}`, async () => {
      const learningRate = optimizer === 'Sgd' || optimizer === 'Momentum' ? 0.05 : 0.01;
      const {best} = await trained({
        settings: {optimizer, learningRate, weightDecay: 0.0001, labelSmoothing: 0.05},
        epochs: 8,
      });
      assert.ok((best?.values['accuracy'] ?? 0) > 0.93, JSON.stringify(best));
    });

  it('learns a regression, told in the unit of the target', async () => {
    const objectives: Objective[] = [{metric: 'rmse', goal: 'Minimize'}];
    const {best} = await trained({data: line, objectives, settings: {learningRate: 0.02, batchSize: 32}, epochs: 20});
    const {rmse = NaN, mae = NaN, r2 = NaN} = best?.values ?? {};
    assert.ok(r2 > 0.8, JSON.stringify(best));
    assert.ok(rmse > mae && rmse < 5);
  });

  it('leaves the weights of its best epoch in the model', async () => {
    const {best, model, data, seen} = await trained({epochs: 6});
    const values = score(predict(backend, model, data.validation), data.validation, data.preprocessing.targets).values;
    assert.deepEqual(values, best?.values);
    const accuracies = seen.map(({result}) => result.values['accuracy'] ?? 0);
    assert.equal(best?.values['accuracy'], Math.max(...accuracies));
    assert.equal(seen.findLast(({isBest}) => isBest)?.result.epoch, best.epoch);
  });

  it('measures the first weights when it has no epoch', async () => {
    const {best, seen} = await trained({epochs: 0});
    assert.deepEqual([best?.epoch, seen.length], [0, 1]);
  });

  it('ends between two steps when interrupted, with the best so far', async () => {
    const interruption: Interruption = {reason: 'StoppedEarly', why: 'test'};
    const outcome = await trained({epochs: 50, interruption: (epochs) => (epochs === 2 ? interruption : undefined)});
    assert.deepEqual([outcome.interruption, outcome.seen.length], [interruption, 2]);
    assert.ok(outcome.best !== undefined);
  });

  it('has no best when interrupted before an epoch is complete', async () => {
    const outcome = await trained({interruption: () => ({reason: 'Cancelled', why: 'test'})});
    assert.equal(outcome.best, undefined);
  });

  it('keeps the number of tensors from epoch to epoch, and gives all but the weights back', async () => {
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    const {model} = await trained({
      epochs: 5,
      settings: {optimizer: 'AdamW', weightDecay: 0.1},
      // Always better, so that weights are kept anew at every epoch.
      objectives: [{metric: 'nothing', goal: 'Maximize'}],
      onEpoch: () => counts.push(tf.memory().numTensors),
    });
    assert.equal(new Set(counts.slice(1)).size, 1, String(counts));
    assert.equal(tf.memory().numTensors, before + model.weights.length);
  });

  it('fails as NotANumber when the loss explodes', async () => {
    await assert.rejects(
      trained({settings: {optimizer: 'Sgd', learningRate: 1e30, schedule: 'Constant'}, epochs: 30}),
      (error) =>
        error instanceof TrialFailure && error.reason === 'NotANumber' && /epoch \d+; lower/.test(error.message),
    );
  });
});

describe('The better of two epochs', () => {
  const accuracy: Objective[] = [{metric: 'accuracy', goal: 'Maximize'}];
  const rows: [string, readonly Objective[], Record<string, number>, Record<string, number>, boolean][] = [
    ['has the higher accuracy', accuracy, {accuracy: 0.9, crossEntropy: 9}, {accuracy: 0.8, crossEntropy: 1}, true],
    [
      'has the lower loss among equals',
      accuracy,
      {accuracy: 0.9, crossEntropy: 1},
      {accuracy: 0.9, crossEntropy: 2},
      true,
    ],
    [
      'is the earlier one among equals in all',
      accuracy,
      {accuracy: 0.9, crossEntropy: 1},
      {accuracy: 0.9, crossEntropy: 1},
      false,
    ],
    ['has the lower error', [{metric: 'mae', goal: 'Minimize'}], {mae: 1, rmse: 9}, {mae: 2, rmse: 3}, true],
    [
      'is told by the first objective that training moves',
      [{metric: 'parameters', goal: 'Minimize'}, ...accuracy],
      {accuracy: 0.9, crossEntropy: 1},
      {accuracy: 0.8, crossEntropy: 0.5},
      true,
    ],
  ];
  for (const [what, objectives, values, than, expected] of rows)
    it(what, () => {
      assert.equal(isBetter(values, than, objectives), expected);
    });
});

describe('The loss', () => {
  it('and its gradient are those of tf.losses.softmaxCrossEntropy', () => {
    const logits = tf.randomNormal([6, 4], 0, 3, 'float32', 2);
    const labels = tf.softmax(tf.randomNormal([6, 4], 0, 1, 'float32', 3));
    const ours = tf.valueAndGrad((x) => softmaxCrossEntropy(backend, x, labels))(logits);
    const theirs = tf.valueAndGrad((x) => tf.losses.softmaxCrossEntropy(labels, x))(logits);
    assert.ok((ours.value.sub(theirs.value).abs().dataSync()[0] ?? 1) < 1e-5);
    assert.ok((ours.grad.sub(theirs.grad).abs().max().dataSync()[0] ?? 1) < 1e-6);
  });
});

describe('Latency', () => {
  it('is the positive time of one example', () => {
    const model = buildModel(backend, perceptron(30, 2), 1);
    const before = tf.memory().numTensors;
    const milliseconds = latencyMilliseconds(backend, model, {shape: [30], precision: 'precise'});
    assert.ok(milliseconds > 0 && milliseconds < 1000);
    assert.equal(tf.memory().numTensors, before);
  });
});
