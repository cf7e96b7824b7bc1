import type {SymbolicTensor} from '../backend.ts';
import {apply, type Builder, type LayerContext} from './layer.ts';

/**
 * tf.layers frees an intermediate tensor too early when a layer reads it twice and another one reads it later: what is read again comes
 * as a copy.
 */
const distinct = (inputs: readonly SymbolicTensor[], {backend, name}: LayerContext): SymbolicTensor[] =>
  inputs.map((input, index) =>
    inputs.indexOf(input) === index
      ? input
      : apply(backend.tf.layers.rescaling({name: `${name}-copy${String(index)}`, scale: 1}), input),
  );

/** tf.layers wants two inputs or more; one passes as it is. */
export const add: Builder<'add'> = (_operation, inputs, context) => {
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return only;
  return apply(context.backend.tf.layers.add({name: context.name}), distinct(inputs, context));
};

export const concat: Builder<'concat'> = (_operation, inputs, context) => {
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return only;
  return apply(context.backend.tf.layers.concatenate({name: context.name, axis: -1}), distinct(inputs, context));
};
