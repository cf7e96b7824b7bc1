import {apply, type Builder} from './layer.ts';

/** tf.layers wants two inputs or more; one input passes through. */
export const add: Builder<'add'> = (_operation, inputs, {backend, name}) =>
  inputs.length === 1
    ? apply(backend.tf.layers.activation({name, activation: 'linear'}), inputs)
    : apply(backend.tf.layers.add({name}), inputs);

export const concat: Builder<'concat'> = (_operation, inputs, {backend, name}) =>
  inputs.length === 1
    ? apply(backend.tf.layers.activation({name, activation: 'linear'}), inputs)
    : apply(backend.tf.layers.concatenate({name, axis: -1}), inputs);
