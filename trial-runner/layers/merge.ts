import type {Backend, SymbolicTensor, Tensor} from '../backend.ts';
import {drawUniform, type DrawAt} from '../draws.ts';
import {apply, overrideCalls, type Builder, type LayerContext} from './layer.ts';

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

/** Everything that a tensor is computed from. */
function ancestors(of: SymbolicTensor): Set<SymbolicTensor> {
  const found = new Set<SymbolicTensor>();
  const open = [of];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const source of next.sourceLayer.inboundNodes[next.nodeIndex]?.inputTensors ?? [])
      if (!found.has(source)) {
        found.add(source);
        open.push(source);
      }
  return found;
}

/** Which inputs of a sum are paths; one that others are computed from skips them. */
function pathsOf(inputs: readonly SymbolicTensor[]): boolean[] {
  const sources = inputs.map(ancestors);
  return inputs.map((input, index) => inputs.indexOf(input) === index && !sources.some((source) => source.has(input)));
}

/**
 * Factors [batch, 1] on the paths of a sum, whose mean is 1: a path is dropped with probability `rate` for each example (Larsson et al.
 * 2017, FractalNet, section 3.1). A sum that nothing skips keeps all where all would be dropped, so that no example is lost.
 */
function pathMasks(
  {backend, at}: {backend: Backend; at: DrawAt},
  rate: number,
  {batch, paths, skipped}: {batch: number; paths: number; skipped: boolean},
): Tensor[] {
  const {tf} = backend;
  const kept = drawUniform(backend, [batch, paths], at).greaterEqual(rate).cast('float32');
  const none = tf.scalar(1).sub(kept.max<Tensor>(1, true));
  const masks = skipped ? kept.div(1 - rate) : kept.add(none).div(1 - rate + rate ** paths);
  return tf.split(masks, paths, 1);
}

function dropped(
  {backend, key}: LayerContext,
  inputs: readonly Tensor[],
  {isPath, rate, step}: {isPath: readonly boolean[]; rate: number; step: Tensor},
): Tensor[] {
  const [batch = 1, ...sides] = inputs[0]?.shape ?? [];
  const paths = isPath.filter(Boolean).length;
  if (paths === 0) return [...inputs];
  const masks = pathMasks({backend, at: {key, step}}, rate, {batch, paths, skipped: paths < inputs.length});
  return inputs.map((input, index) => {
    const mask = isPath[index] === true ? masks.shift() : undefined;
    return mask === undefined ? input : input.mul(mask.reshape([batch, ...sides.map(() => 1)]));
  });
}

/** tf.layers wants two inputs or more; one passes as it is. */
export const add: Builder<'add'> = (_operation, inputs, context) => {
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return only;
  const {backend, name} = context;
  const layer = backend.tf.layers.add({name});
  const isPath = pathsOf(inputs);
  const sum = layer.call.bind(layer);
  overrideCalls(layer, (given, {training, step, dropPath: rate = 0}) => {
    const drops = training === true && rate > 0 && step !== undefined;
    return sum(drops ? dropped(context, given, {isPath, rate, step}) : [...given], {}) as Tensor;
  });
  return apply(layer, distinct(inputs, context));
};

export const concat: Builder<'concat'> = (_operation, inputs, context) => {
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return only;
  return apply(context.backend.tf.layers.concatenate({name: context.name, axis: -1}), distinct(inputs, context));
};
