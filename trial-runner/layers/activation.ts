import {apply, only, type Builder} from './layer.ts';

export const activation: Builder<'activation'> = (operation, inputs, {backend, name}) =>
  apply(backend.tf.layers.activation({name, activation: operation.activation}), only(inputs, name));
