import {apply, only, type Builder} from './layer.ts';

export const dense: Builder<'dense'> = ({units, bias}, inputs, {backend, name, denseInitializer}) =>
  apply(backend.tf.layers.dense({name, units, useBias: bias, kernelInitializer: denseInitializer}), only(inputs, name));

/** A table is flat already, and tf.layers would refuse it. */
export const flatten: Builder<'flatten'> = (_operation, inputs, {backend, name}) => {
  const input = only(inputs, name);
  return input.shape.length === 2 ? input : apply(backend.tf.layers.flatten({name}), input);
};
