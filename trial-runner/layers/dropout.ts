import type {Backend, Tensor} from '../backend.ts';
import {drawUniform, type DrawAt} from '../draws.ts';
import {apply, only, overrideCall, type Builder} from './layer.ts';

/**
 * Dropout whose mask is a function of (layer key, step): tf.layers would draw the same mask at every step when seeded, and one from
 * Math.random when not.
 */
function drop(backend: Backend, x: Tensor, rate: number, at: DrawAt): Tensor {
  const mask = drawUniform(backend, x.shape, at)
    .greaterEqual(rate)
    .cast('float32')
    .mul(1 / (1 - rate));
  return x.mul(mask);
}

export const dropout: Builder<'dropout'> = ({rate}, inputs, {backend, name, key}) => {
  const layer = backend.tf.layers.dropout({name, rate});
  overrideCall(layer, (x, {training, step}) =>
    training === true && rate > 0
      ? drop(backend, x, rate, {key, step: step ?? backend.tf.zeros([1], 'int32')})
      : x.clone(),
  );
  return apply(layer, only(inputs, name));
};
