import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {measure} from '../../../search/measure.ts';
import type {Layer, Network, Operation, Shape} from '../../../search/network.ts';
import {openBackend, type Tensor, type Variable} from '../../../trial-runner/backend.ts';
import {buildModel} from '../../../trial-runner/model.ts';
import {convolution, image, networkOf, rows, table, title} from './rows.ts';

const backend = await openBackend(1);
const {tf} = backend;
/** A step as the training loop tells it. */
const at = (step: number): Tensor => tf.tensor1d([step], 'int32');

describe('Each primitive', () => {
  for (const [operation, input] of rows)
    it(`has the shape that measure infers and finite gradients: ${title(operation, input)}`, () => {
      const network = networkOf(operation, input);
      const model = buildModel(backend, network, 1);
      const x = tf.randomNormal([3, ...input], 0, 1, 'float32', 7);
      const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
      for (const training of [true, false]) {
        const output = model.apply(x, {training, step: at(0)}) as Tensor;
        assert.deepEqual(output.shape.slice(1), measure(network).layers.at(-1)?.shape);
        const {grads} = tf.variableGrads(
          () => (model.apply(x, {training, step: at(0)}) as Tensor).square().sum().asScalar(),
          variables,
        );
        for (const [name, gradient] of Object.entries(grads))
          assert.ok([...gradient.dataSync()].every(Number.isFinite), `gradient of ${name}`);
      }
    });

  it('embedding gives each token its row, and the gradient to the rows that were used', () => {
    const network: Network = {
      input: [3],
      layers: [{op: 'embedding', tokens: 5, width: 2, name: 'it', inputs: ['input']}],
      output: 'it',
    };
    const model = buildModel(backend, network, 1);
    const table = model.getWeights()[0]?.arraySync() as number[][];
    const x = tf.tensor2d([[1, 4, 1]]);
    const [found] = (model.apply(x) as Tensor).arraySync() as number[][][];
    assert.deepEqual(
      found,
      [1, 4, 1].map((row) => table[row]),
    );
    const weight = model.trainableWeights[0]?.read() as Variable;
    const {grads} = tf.variableGrads(() => (model.apply(x, {training: true}) as Tensor).sum().asScalar(), [weight]);
    assert.deepEqual(
      grads[weight.name]?.arraySync(),
      [0, 2, 0, 0, 1].map((times) => [times, times]),
    );
  });

  it('add and concat take any number of inputs', () => {
    for (const op of ['add', 'concat'] as const)
      for (const count of [1, 2, 3]) {
        const network: Network = {
          input: table,
          layers: [{op, name: 'it', inputs: Array.from({length: count}, () => 'input')}],
          output: 'it',
        };
        const model = buildModel(backend, network, 1);
        assert.deepEqual(model.outputs[0]?.shape.slice(1), measure(network).layers.at(-1)?.shape);
      }
  });
});

/** Largest difference between a weight's gradient and central finite differences of the loss. */
function gradientError(operation: Operation, input: Shape): number {
  const model = buildModel(backend, networkOf(operation, input), 3);
  const x = tf.randomNormal([4, ...input], 0, 1, 'float32', 11);
  const aim = tf.randomNormal(
    model.apply(x) instanceof tf.Tensor ? (model.apply(x) as Tensor).shape : [],
    0,
    1,
    'float32',
    5,
  );
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const loss = (): Tensor => (model.apply(x, {training: true, step: at(2)}) as Tensor).mul(aim).sum();
  const {grads} = tf.variableGrads(() => loss().asScalar(), variables);
  let worst = 0;
  for (const variable of variables) {
    const values = Float32Array.from(variable.dataSync());
    const gradient = grads[variable.name]?.dataSync() ?? new Float32Array(values.length);
    for (const at of [0, values.length - 1]) {
      const moved = [0.01, -0.01].map((step) => {
        const changed = Float32Array.from(values);
        changed[at] = (values[at] ?? 0) + step;
        variable.assign(tf.tensor(changed, variable.shape));
        return loss().dataSync()[0] ?? NaN;
      });
      variable.assign(tf.tensor(values, variable.shape));
      const slope = ((moved[0] ?? NaN) - (moved[1] ?? NaN)) / 0.02;
      worst = Math.max(worst, Math.abs(slope - (gradient[at] ?? NaN)) / (1 + Math.abs(slope)));
    }
  }
  return worst;
}

describe('Each primitive in training', () => {
  for (const [operation, input] of rows)
    it(`has the gradient that finite differences have: ${title(operation, input)}`, () => {
      const error = gradientError(operation, input);
      assert.ok(error < 0.02, String(error));
    });
});

describe('What computes in another way than tf.layers does', () => {
  it('batch normalization gives the output and moving averages that tf.layers gives', () => {
    const x = tf.randomNormal([8, 5, 5, 3], 2, 3, 'float32', 1);
    const model = buildModel(
      backend,
      {input: [5, 5, 3], layers: [{op: 'batchNorm', name: 'it', inputs: ['input']}], output: 'it'},
      1,
    );
    const stock = tf.layers.batchNormalization({momentum: 0.9, epsilon: 1e-5});
    const theirs = stock.apply(x, {training: true}) as Tensor;
    const ours = model.apply(x, {training: true, step: at(0)}) as Tensor;
    assert.ok((ours.sub(theirs).abs().max().dataSync()[0] ?? 1) < 1e-4);
    const [, , mean, variance] = model.getWeights();
    const [, , theirMean, theirVariance] = stock.getWeights();
    assert.ok(mean && variance && theirMean && theirVariance);
    assert.ok((mean.sub(theirMean).abs().max().dataSync()[0] ?? 1) < 1e-5);
    // The fused kernel keeps the unbiased variance: 200 / 199 of the other.
    const unbiased = theirVariance
      .sub(0.9)
      .mul(200 / 199)
      .add(0.9);
    assert.ok((variance.sub(unbiased).abs().max().dataSync()[0] ?? 1) < 1e-4);
  });

  it('layer normalization gives what it gives outside training', () => {
    const network: Network = {input: image, layers: [{op: 'layerNorm', name: 'it', inputs: ['input']}], output: 'it'};
    const model = buildModel(backend, network, 1);
    const [gamma, beta] = [tf.tensor1d([1, 2, -1, 0.5]), tf.tensor1d([0, 1, 3, -2])];
    model.setWeights([gamma, beta]);
    const x = tf.randomNormal([3, ...image], 4, 2, 'float32', 1);
    const [ours, theirs] = [true, false].map((training) => model.apply(x, {training, step: at(0)}) as Tensor);
    assert.ok(ours !== undefined && theirs !== undefined);
    assert.ok((ours.sub(theirs).abs().max().dataSync()[0] ?? 1) < 1e-5);
  });

  it('dilated convolutions equal TensorFlow’s own', () => {
    const x = tf.randomNormal([2, 6, 6, 4], 0, 1, 'float32', 1);
    const network = {
      input: image,
      layers: [{...convolution, bias: false, dilation: 2, name: 'it', inputs: ['input']}],
      output: 'it',
    };
    const model = buildModel(backend, network, 1);
    const [wide] = model.getWeights();
    assert.ok(wide !== undefined);
    const narrow = tf.gather(tf.gather(wide, [0, 2, 4], 0), [0, 2, 4], 1);
    const theirs = tf.conv2d(x as never, narrow as never, 1, 'same', 'NHWC', 2);
    for (const training of [true, false]) {
      const ours = model.apply(x, {training, step: at(0)}) as Tensor;
      assert.ok((ours.sub(theirs).abs().max().dataSync()[0] ?? 1) < 1e-5);
    }
  });

  it('dropout draws by step and layer, keeps the mean, and does nothing outside training', () => {
    const layers: Layer[] = [
      {op: 'dropout', rate: 0.25, name: 'one', inputs: ['input']},
      {op: 'dropout', rate: 0.25, name: 'two', inputs: ['input']},
      {op: 'concat', name: 'both', inputs: ['one', 'two']},
    ];
    const model = buildModel(backend, {input: [2000], layers, output: 'both'}, 1);
    const x = tf.ones([1, 2000]);
    const draw = (step: number): number[] => [
      ...(model.apply(x, {training: true, step: at(step)}) as Tensor).dataSync(),
    ];
    const [first, again, next] = [draw(0), draw(0), draw(1)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, next);
    assert.notDeepEqual(first.slice(0, 2000), first.slice(2000));
    const mean = first.reduce((sum, value) => sum + value, 0) / 4000;
    assert.ok(Math.abs(mean - 1) < 0.05, String(mean));
    assert.ok([...(model.apply(x) as Tensor).dataSync()].every((value) => value === 1));
  });
});
