import type {Backend, Tensor} from '../backend.ts';
import {apply, only, overrideCall, type Builder} from './layer.ts';

/**
 * Dropout whose mask is a function of (layer key, step): tf.layers would draw the same mask at every step when seeded, and one from
 * Math.random when not.
 */
function drop(backend: Backend, x: Tensor, rate: number, {key, step}: {key: number; step: Tensor}): Tensor {
  const {tf} = backend;
  const [uniform] = backend.native(
    'StatelessRandomUniform',
    [
      {name: 'dtype', kind: 'type', value: 'float32'},
      {name: 'T', kind: 'type', value: 'int32'},
      {name: 'Tseed', kind: 'type', value: 'int32'},
    ],
    [tf.tensor1d(x.shape, 'int32'), tf.concat([tf.tensor1d([key], 'int32'), step])],
    1,
  ) as [Tensor];
  const mask = uniform
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
