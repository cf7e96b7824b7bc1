import {fail} from 'node:assert/strict';
import {baselines} from '../../../search/baselines/index.ts';
import type {DataShape, Layer, Network} from '../../../search/network.ts';
import {keyed} from '../../../search/random.ts';
import {spaces} from '../../../search/spaces/index.ts';
import type {Backend, Tensor} from '../../../trial-runner/backend.ts';
import {buildModel} from '../../../trial-runner/model.ts';
import type {Batch} from '../../../trial-runner/training/batches.ts';
import {softmaxCrossEntropy} from '../../../trial-runner/training/loss.ts';
import type {TrainingSettings} from '../../../trial-runner/training/settings.ts';
import {createTrainer, type Trainer} from '../../../trial-runner/training/trainer.ts';

export const images: DataShape = {input: [8, 8, 1], outputs: 10};
export const table: DataShape = {input: [12], outputs: 3};

/** Settings that keep the networks of a space small; those of other spaces are their own. */
const small: Readonly<Record<string, unknown>> = {
  NasBench201: {cellsPerStage: 1, channels: 4},
};

/** A network of each space that exists, drawn at random. */
export function randomNetworks(seed: number): [string, Network][] {
  return spaces.map((row) => {
    const space = row.open(row.settings.parse(small[row.type] ?? {}));
    const genotype = space.sample(keyed(seed, 0, 'test/network'));
    return [row.type, space.network(genotype, row.tasks.includes('ImageClassification') ? images : table)];
  });
}

export function baseline(type: string): Network {
  const row = baselines.find((candidate) => candidate.type === type) ?? fail(type);
  return row.network(row.genotype, row.tasks.includes('ImageClassification') ? images : table);
}

/** Dense layers with dropout and without any normalization. */
export const plainPerceptron: Network = {
  input: [12],
  layers: [
    {op: 'dense', units: 16, bias: true, name: 'hidden', inputs: ['input']},
    {op: 'activation', activation: 'relu', name: 'relu', inputs: ['hidden']},
    {op: 'dropout', rate: 0.3, name: 'drop', inputs: ['relu']},
    {op: 'dense', units: 3, bias: true, name: 'out', inputs: ['drop']},
  ],
  output: 'out',
};

/** Convolutions and pools of every kind, without any normalization. */
export const plainConvolutions: Network = (() => {
  const conv = {filters: 4, kernel: 3, strides: 1, padding: 'same', bias: true} as const;
  const layers: Layer[] = [
    {op: 'conv2d', ...conv, name: 'a', inputs: ['input']},
    {op: 'activation', activation: 'swish', name: 'b', inputs: ['a']},
    {op: 'depthwiseConv2d', kernel: 3, strides: 1, padding: 'same', bias: true, dilation: 2, name: 'c', inputs: ['b']},
    {op: 'conv2d', ...conv, kernel: 1, name: 'd', inputs: ['c']},
    {op: 'maxPool2d', size: 2, strides: 2, padding: 'valid', name: 'e', inputs: ['d']},
    {op: 'avgPool2d', size: 3, strides: 1, padding: 'same', name: 'f', inputs: ['e']},
    {op: 'concat', name: 'g', inputs: ['e', 'f']},
    {op: 'conv2d', ...conv, filters: 8, dilation: 2, name: 'h', inputs: ['g']},
    {op: 'add', name: 'i', inputs: ['g', 'h']},
    {op: 'activation', activation: 'gelu', name: 'j', inputs: ['i']},
    {op: 'flatten', name: 'k', inputs: ['j']},
    {op: 'layerNorm', name: 'l', inputs: ['k']},
    {op: 'dense', units: 10, bias: true, name: 'm', inputs: ['l']},
  ];
  return {input: [8, 8, 1], layers, output: 'm'};
})();

const tokens = 20;

/** Sequences of tokens through the given layers, which end in features. */
const sequenceNetwork = (length: number, width: number, layers: Layer[], last: string): Network => ({
  input: [length],
  layers: [
    {op: 'embedding', tokens, width, name: 'embedding', inputs: ['input']},
    ...layers,
    {op: 'dense', units: table.outputs, bias: true, name: 'out', inputs: [last]},
  ],
  output: 'out',
});

const block = (index: number, input: string, width: number): Layer[] => {
  const name = (what: string): string => `${what}${String(index)}`;
  return [
    {op: 'layerNorm', name: name('norm-a'), inputs: [input]},
    {op: 'selfAttention', heads: 2, name: name('attention'), inputs: [name('norm-a')]},
    {op: 'add', name: name('sum-a'), inputs: [input, name('attention')]},
    {op: 'layerNorm', name: name('norm-b'), inputs: [name('sum-a')]},
    {op: 'dense', units: 2 * width, bias: true, name: name('wide'), inputs: [name('norm-b')]},
    {op: 'activation', activation: 'relu', name: name('relu'), inputs: [name('wide')]},
    {op: 'dense', units: width, bias: true, name: name('narrow'), inputs: [name('relu')]},
    {op: 'dropout', rate: 0.1, name: name('drop'), inputs: [name('narrow')]},
    {op: 'add', name: name('block'), inputs: [name('sum-a'), name('drop')]},
  ];
};

/** Four layers with attention of two heads, normalized before each part. */
export const transformer: Network = sequenceNetwork(
  6,
  8,
  [
    ...[1, 2, 3, 4].flatMap((index) => block(index, index === 1 ? 'embedding' : `block${String(index - 1)}`, 8)),
    {op: 'globalAvgPool1d', name: 'pool', inputs: ['block4']},
  ],
  'pool',
);

/** Two recurrent layers, the first with its output at every place. */
export const recurrent = (op: 'lstm' | 'gru'): Network =>
  sequenceNetwork(
    5,
    6,
    [
      {op, units: 7, sequences: true, name: 'one', inputs: ['embedding']},
      {op, units: 5, sequences: false, name: 'two', inputs: ['one']},
    ],
    'two',
  );

/** The same batch for the same number. */
export function batchOf({input, layers}: Network, outputs: number, count: number, number: number): Batch {
  const random = keyed(5, number, 'test/batch');
  const size = input.reduce((product, side) => product * side, 1);
  const targets = new Float32Array(count * outputs);
  for (let example = 0; example < count; example += 1) targets[example * outputs + random.integer(outputs)] = 1;
  const draw = layers[0]?.op === 'embedding' ? () => random.integer(tokens) : () => random.normal();
  return {count, inputs: Float32Array.from({length: count * size}, draw), targets};
}

export const batchSize = 16;
export const remainder = 7;

interface Given {
  readonly optimizer: TrainingSettings['optimizer'];
  readonly eager: boolean;
  /** Changes of examples, network and gradient, drawn at random. */
  readonly changes?: Partial<TrainingSettings>;
  /** Factor on the first weights. */
  readonly perturbed?: number;
}

export function trainerOf(
  backend: Backend,
  network: Network,
  {optimizer, eager, changes = {}, perturbed = 1}: Given,
): Trainer {
  const model = buildModel(backend, network, 3);
  if (perturbed !== 1) model.setWeights(model.getWeights().map((weight) => weight.mul(perturbed)));
  return createTrainer(
    backend,
    model,
    {weightDecay: 0.001, seed: 11, ...changes, optimizer, loss: softmaxCrossEntropy},
    {eager, log: (message) => fail(message)},
  );
}

export const outputsOf = (network: Network): number => (network.input.length === 1 ? table.outputs : images.outputs);

/** Trains so many steps, one of them on a remainder, and tells loss and weights after each. */
export function* steps(
  trainer: Trainer,
  network: Network,
  count: number,
): Generator<{loss: number; weights: Tensor[]}> {
  for (let step = 0; step < count; step += 1) {
    const size = step % 3 === 1 ? remainder : batchSize;
    trainer.step(batchOf(network, outputsOf(network), size, step), {step, rate: 0.003});
    yield {loss: trainer.loss(), weights: trainer.snapshot()};
  }
}

/** The largest difference of two lists of tensors, each relative to the norm of the first one. */
export function distance(ours: readonly Tensor[], theirs: readonly Tensor[]): number {
  const each = ours.map((tensor, index) => {
    const other = theirs[index] ?? fail('the lists have different lengths');
    const norm = Math.max(1e-3, tensor.norm().dataSync()[0] ?? 0);
    return (tensor.sub(other).norm().dataSync()[0] ?? Number.NaN) / norm;
  });
  return each.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a), 0);
}
