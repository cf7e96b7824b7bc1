import type {ActivationName, Layer as NetworkLayer, Network} from '../search/network.ts';
import type {Backend, LayersModel, SymbolicTensor} from './backend.ts';
import {keyOf} from './draws.ts';
import {failureOf, TrialFailure} from './failure.ts';
import {builders} from './layers/index.ts';
import type {Builder, LayerContext} from './layers/layer.ts';

/** Activations that map zero to zero. */
const zeroPreserving: ReadonlySet<ActivationName> = new Set<ActivationName>([
  'relu',
  'relu6',
  'elu',
  'selu',
  'gelu',
  'swish',
  'tanh',
  'linear',
]);

/** May this layer make something other than zeros, given that some of its inputs are all zeros? */
const survives: {readonly [Op in NetworkLayer['op']]?: (layer: Extract<NetworkLayer, {op: Op}>) => boolean} = {
  conv2d: ({bias}) => bias,
  depthwiseConv2d: ({bias}) => bias,
  dense: ({bias}) => bias,
  avgPool2d: () => false,
  maxPool2d: () => false,
  globalAvgPool2d: () => false,
  flatten: () => false,
  dropout: () => false,
  add: () => false,
  concat: () => false,
  activation: ({activation}) => !zeroPreserving.has(activation),
};

/** Names of the layers whose output is all zeros whatever the weights are: NAS-Bench-201's `none` and what only reads it. */
export function deadLayers(network: Network): ReadonlySet<string> {
  const dead = new Set<string>();
  for (const layer of network.layers) {
    const lives = survives[layer.op] as ((layer: NetworkLayer) => boolean) | undefined;
    const starved = layer.inputs.every((input) => dead.has(input)) && lives?.(layer) === false;
    if (layer.op === 'zeros' || starved) dead.add(layer.name);
  }
  return dead;
}

/**
 * Builds the tf.layers model of a network, weights drawn from (seed, layer name). Only layers that reach the output are built; zeros are
 * left out of sums that have other inputs. The model is made of stock layers: `tf.loadLayersModel` reads it without any code of ours.
 *
 * @returns a model from [batch, ...network.input] to [batch, outputs]
 * @throws TrialFailure `UnsupportedArchitecture` if a layer cannot be built.
 */
export function buildModel(backend: Backend, network: Network, seed: number): LayersModel {
  const {tf} = backend;
  const input = tf.input({name: 'input', shape: [...network.input]});
  const built = new Map<string, SymbolicTensor>([['input', input]]);
  const inputsOf = livingInputs(network);
  for (const layer of reaching(network, inputsOf)) {
    const inputs = inputsOf(layer).map((name) => lookUp(built, name, layer.name));
    built.set(layer.name, buildLayer(layer, inputs, contextOf(backend, layer.name, seed)));
  }
  return tf.model({inputs: input, outputs: lookUp(built, network.output, 'output')});
}

function livingInputs(network: Network): (layer: NetworkLayer) => readonly string[] {
  const dead = deadLayers(network);
  return (layer) => {
    if (layer.op !== 'add') return layer.inputs;
    const living = layer.inputs.filter((input) => !dead.has(input));
    return living.length > 0 ? living : layer.inputs;
  };
}

function reaching(network: Network, inputsOf: (layer: NetworkLayer) => readonly string[]): NetworkLayer[] {
  const needed = new Set([network.output]);
  for (const layer of network.layers.toReversed())
    if (needed.has(layer.name)) for (const input of inputsOf(layer)) needed.add(input);
  return network.layers.filter((layer) => needed.has(layer.name));
}

function buildLayer(layer: NetworkLayer, inputs: readonly SymbolicTensor[], context: LayerContext): SymbolicTensor {
  // The table holds for each operation the builder of that operation, which the compiler cannot see through the lookup.
  const build = builders[layer.op] as Builder<NetworkLayer['op']>;
  try {
    return build(layer, inputs, context);
  } catch (cause) {
    const failure = failureOf(cause);
    if (failure.reason !== 'RunnerError') throw failure;
    const what = `layer ${layer.name} (${layer.op}) cannot be built`;
    throw new TrialFailure('UnsupportedArchitecture', `${what}: ${failure.message}`, {cause});
  }
}

function contextOf(backend: Backend, name: string, seed: number): LayerContext {
  const key = keyOf(seed, name);
  const {initializers} = backend.tf;
  return {
    backend,
    name,
    key,
    kernelInitializer: initializers.heNormal({seed: key}),
    denseInitializer: initializers.glorotUniform({seed: key}),
    part: (part) => contextOf(backend, `${name}-${part}`, seed),
  };
}

function lookUp(built: ReadonlyMap<string, SymbolicTensor>, name: string, reader: string): SymbolicTensor {
  const tensor = built.get(name);
  if (tensor === undefined)
    throw new TrialFailure('UnsupportedArchitecture', `${reader} reads ${name}, which no earlier layer makes`);
  return tensor;
}
