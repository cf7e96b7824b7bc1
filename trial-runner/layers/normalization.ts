import type {Backend, Attribute, Tensor, Variable} from '../backend.ts';
import {apply, only, overrideCall, type Builder} from './layer.ts';

/** The published NAS-Bench-201 settings; a moving average with 0.99 would not settle within the few hundred steps of a small trial. */
const momentum = 0.9;
const epsilon = 1e-5;

const attributes = (inTraining: boolean): Attribute[] => [
  {name: 'T', kind: 'type', value: 'float32'},
  {name: 'U', kind: 'type', value: 'float32'},
  {name: 'epsilon', kind: 'float', value: epsilon},
  {name: 'data_format', kind: 'string', value: 'NHWC'},
  {name: 'is_training', kind: 'bool', value: inTraining},
];

interface BatchNormVariables {
  readonly gamma: Variable;
  readonly beta: Variable;
  readonly movingMean: Variable;
  readonly movingVariance: Variable;
}

/**
 * Batch normalization in training as TensorFlow's own fused operation and its gradient: two kernels where tf.layers needs about forty.
 * The moving averages come out of the same kernel (`exponential_avg_factor`). The variance in them is the unbiased one, as in Keras.
 */
function fusedBatchNorm(backend: Backend, input: Tensor, variables: BatchNormVariables): Tensor {
  const {tf} = backend;
  const {gamma, beta, movingMean, movingVariance} = variables;
  const normalize = tf.customGrad((...given: unknown[]) => {
    const [x, scale, offset, save] = given as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const flat = asImages(x);
    const outputs = backend.native(
      'FusedBatchNormV3',
      [...attributes(true), {name: 'exponential_avg_factor', kind: 'float', value: 1 - momentum}],
      [flat, scale, offset, movingMean, movingVariance],
      6,
    );
    const [y, mean, variance, ...reserved] = outputs as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    movingMean.assign(mean);
    movingVariance.assign(variance);
    save([flat, scale, ...reserved]);
    return {value: likewise(y, x), gradFunc: (dy: Tensor, saved: Tensor[]) => gradient(backend, dy, saved)};
  });
  return normalize(input, gamma, beta);
}

function gradient(backend: Backend, dy: Tensor, saved: Tensor[]): Tensor[] {
  const [dx, dScale, dOffset] = backend.native(
    'FusedBatchNormGradV3',
    attributes(true),
    [asImages(dy), ...saved],
    5,
  ) as [Tensor, Tensor, Tensor];
  return [likewise(dx, dy), dScale, dOffset];
}

/** The fused kernels know images only: a table becomes images of one pixel. */
const asImages = (x: Tensor): Tensor => (x.rank === 4 ? x : x.reshape([-1, 1, 1, x.shape.at(-1) ?? 1]));

const likewise = (image: Tensor, x: Tensor): Tensor => (x.rank === 4 ? image : image.reshape(x.shape));

export const batchNorm: Builder<'batchNorm'> = (_operation, inputs, {backend, name}) => {
  const layer = backend.tf.layers.batchNormalization({name, momentum, epsilon});
  const infer = layer.call.bind(layer);
  overrideCall(layer, (x, given) => {
    if (given.training !== true) return infer(x, given) as Tensor;
    const [gamma, beta, movingMean, movingVariance] = layer.weights.map((weight) => weight.read() as Variable) as [
      Variable,
      Variable,
      Variable,
      Variable,
    ];
    return fusedBatchNorm(backend, x, {gamma, beta, movingMean, movingVariance});
  });
  return apply(layer, only(inputs, name));
};

/**
 * Layer normalization over the last axis in training (Ba et al. 2016, Layer Normalization), with the gradient in closed form: tfjs's own
 * takes as many operations as the batch has examples.
 */
function trainedLayerNorm({tf}: Backend, input: Tensor, [gamma, beta]: readonly [Variable, Variable]): Tensor {
  const meanOf = (values: Tensor): Tensor => values.mean(-1, true);
  const normalize = tf.customGrad((...given: unknown[]) => {
    const [x, scale, offset, save] = given as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const centred = x.sub(meanOf(x));
    const inverse = meanOf(centred.square()).add(epsilon).rsqrt<Tensor>();
    const normal = centred.mul(inverse);
    save([scale, inverse, normal]);
    return {
      value: normal.mul(scale).add(offset),
      gradFunc(dy: Tensor, saved: Tensor[]) {
        const [weight, spread, unit] = saved as [Tensor, Tensor, Tensor];
        const leading = Array.from({length: dy.rank - 1}, (_, axis) => axis);
        const inner = dy.mul(weight);
        const along = unit.mul(meanOf(inner.mul(unit)));
        return [inner.sub(meanOf(inner)).sub(along).mul(spread), dy.mul(unit).sum(leading), dy.sum(leading)];
      },
    };
  });
  return normalize(input, gamma, beta);
}

export const layerNorm: Builder<'layerNorm'> = (_operation, inputs, {backend, name}) => {
  const layer = backend.tf.layers.layerNormalization({name, epsilon});
  const infer = layer.call.bind(layer);
  overrideCall(layer, (x, given) =>
    given.training === true
      ? trainedLayerNorm(backend, x, layer.weights.map((weight) => weight.read()) as [Variable, Variable])
      : (infer(x, given) as Tensor),
  );
  return apply(layer, only(inputs, name));
};
