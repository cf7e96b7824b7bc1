import type {Backend, Layer, Tensor} from '../backend.ts';
import {apply, only, overrideCall, type Builder} from './layer.ts';

type Convolve = (backend: Backend, x: Tensor, kernel: Tensor) => Tensor;

/** Side of a kernel once `dilation - 1` zeros stand between its taps. */
const extent = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/**
 * A dilated convolution as a plain one with the wider kernel, zero between the taps: TensorFlow's eager gradient of dilated convolutions
 * fails in tfjs-node, and `tf.layers` reads a saved depthwise layer without its dilation. The zeros get no gradient, so they stay.
 */
function dilate(backend: Backend, layer: Layer, dilation: number, convolve: Convolve): void {
  const {tf} = backend;
  const variables = layer.weights.map((weight) => weight.read());
  const [kernel, bias] = variables;
  if (kernel === undefined) throw new Error(`layer ${layer.name} has no kernel`);
  const mask = tf.keep(tapMask(backend, kernel.shape, dilation));
  tf.tidy(() => {
    layer.setWeights([kernel.mul(mask), ...variables.slice(1)]);
  });
  const infer = layer.call.bind(layer);
  overrideCall(layer, (x, given) => {
    if (given.training !== true) return infer(x, given) as Tensor;
    const y = convolve(backend, x, kernel.mul(mask));
    return bias === undefined ? y : y.add(bias);
  });
}

/** 1 at the taps, [height, width, 1, 1]. */
function tapMask({tf}: Backend, shape: readonly number[], dilation: number): Tensor {
  const [height = 1, width = 1] = shape;
  const taps = Array.from({length: height * width}, (_, index) =>
    Number(Math.floor(index / width) % dilation === 0 && (index % width) % dilation === 0),
  );
  return tf.tensor4d(taps, [height, width, 1, 1]);
}

export const conv2d: Builder<'conv2d'> = (operation, inputs, {backend, name, kernelInitializer}) => {
  const {filters, strides, padding, bias, dilation = 1} = operation;
  const layer = backend.tf.layers.conv2d({
    name,
    filters,
    kernelSize: extent(operation.kernel, dilation),
    strides,
    padding,
    useBias: bias,
    kernelInitializer,
  });
  const output = apply(layer, only(inputs, name));
  if (dilation > 1)
    dilate(backend, layer, dilation, ({tf}, x, kernel) => tf.conv2d(x as never, kernel as never, strides, padding));
  return output;
};

export const depthwiseConv2d: Builder<'depthwiseConv2d'> = (operation, inputs, {backend, name, kernelInitializer}) => {
  const {strides, padding, bias, dilation = 1} = operation;
  const layer = backend.tf.layers.depthwiseConv2d({
    name,
    kernelSize: extent(operation.kernel, dilation),
    strides,
    padding,
    useBias: bias,
    depthwiseInitializer: kernelInitializer,
  });
  const output = apply(layer, only(inputs, name));
  if (dilation > 1)
    dilate(backend, layer, dilation, ({tf}, x, kernel) =>
      tf.depthwiseConv2d(x as never, kernel as never, strides, padding),
    );
  return output;
};
