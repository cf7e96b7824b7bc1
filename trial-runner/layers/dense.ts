import {apply, only, type Builder} from './layer.ts';

export const dense: Builder<'dense'> = ({units, bias}, inputs, {backend, name, denseInitializer}) =>
  apply(backend.tf.layers.dense({name, units, useBias: bias, kernelInitializer: denseInitializer}), only(inputs, name));

export const flatten: Builder<'flatten'> = (_operation, inputs, {backend, name}) =>
  apply(backend.tf.layers.flatten({name}), only(inputs, name));
