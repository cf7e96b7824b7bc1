import type {Network, Operation, Shape} from '../../search/network.ts';
import {inputName, NetworkBuilder} from '../../search/network-builder.ts';
import {spaces} from '../../search/spaces/index.ts';

export const classes = 10;

export interface Case {
  readonly name: string;
  readonly network: Network;
  readonly batchSize: number;
  /** Steps of one measurement of a compiled step. */
  readonly steps: number;
}

const relu: Operation = {op: 'activation', activation: 'relu'};
const dense = (units: number): Operation => ({op: 'dense', units, bias: true});
const convolution = (filters: number, kernel: number, strides: number): Operation[] => [
  {op: 'conv2d', filters, kernel, strides, padding: 'same', bias: false},
  {op: 'batchNorm'},
];
const head: readonly Operation[] = [{op: 'globalAvgPool2d'}, dense(classes)];

const append = (network: NetworkBuilder, from: string, operations: readonly Operation[]): string =>
  operations.reduce((name, operation) => network.append(operation, name), from);

function chain(input: Shape, operations: readonly Operation[]): Network {
  const network = new NetworkBuilder(input);
  return network.finish(append(network, inputName, operations));
}

const convolutional = (input: Shape, widths: readonly number[]): Network =>
  chain(input, [...widths.flatMap((filters, index) => [...convolution(filters, 3, index > 1 ? 2 : 1), relu]), ...head]);

/** The best cell of NAS-Bench-201 on CIFAR-10 by its authors' count (Dong and Yang 2020), in a small skeleton. */
function cells(input: Shape, cellsPerStage: number, channels: number): Network {
  const row = spaces.find(({type}) => type === 'NasBench201');
  if (row === undefined) throw new Error('there is no search space NasBench201');
  const space = row.open(row.settings.parse({cellsPerStage, channels}));
  const genotype = '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';
  return space.network(space.parse(genotype), {input, outputs: classes});
}

/** Inverted residuals with depthwise convolutions, as in MobileNetV2 (Sandler et al. 2018), small. */
function mobile(input: Shape): Network {
  const network = new NetworkBuilder(input);
  let name = append(network, inputName, [...convolution(16, 3, 1), relu]);
  let width = 16;
  const blocks = [
    [16, 1],
    [24, 2],
    [24, 1],
    [40, 2],
    [40, 1],
  ] as const;
  for (const [filters, strides] of blocks) {
    const narrow = append(network, name, [
      ...convolution(width * 4, 1, 1),
      relu,
      {op: 'depthwiseConv2d', kernel: 3, strides, padding: 'same', bias: false},
      {op: 'batchNorm'},
      relu,
      ...convolution(filters, 1, 1),
    ]);
    name = filters === width && strides === 1 ? network.sum([name, narrow]) : narrow;
    width = filters;
  }
  return network.finish(append(network, name, head));
}

/** Words that the Transformer's input is made of. */
export const tokens = 1000;

/** A Transformer encoder of four layers, normalized before each part (Xiong et al. 2020, figure 1b), over sequences of tokens. */
function transformer(length: number, width: number): Network {
  const network = new NetworkBuilder([length]);
  let name = network.append({op: 'embedding', tokens, width}, inputName);
  for (let layer = 0; layer < 4; layer += 1) {
    const attended = append(network, name, [{op: 'layerNorm'}, {op: 'selfAttention', heads: 4}]);
    const middle = network.sum([name, attended]);
    const fed = append(network, middle, [{op: 'layerNorm'}, dense(4 * width), relu, dense(width)]);
    name = network.sum([middle, fed]);
  }
  return network.finish(append(network, name, [{op: 'layerNorm'}, {op: 'globalAvgPool1d'}, dense(classes)]));
}

export const cases: readonly Case[] = [
  {
    name: 'perceptron 30-64-64-10',
    network: chain([30], [dense(64), relu, dense(64), relu, dense(classes)]),
    batchSize: 64,
    steps: 200,
  },
  {name: 'convolutions 8×8', network: convolutional([8, 8, 1], [16, 16, 32]), batchSize: 64, steps: 50},
  {name: 'convolutions 28×28', network: convolutional([28, 28, 1], [16, 16, 32]), batchSize: 64, steps: 10},
  {name: 'convolutions 32×32×3', network: convolutional([32, 32, 3], [32, 32, 64, 64]), batchSize: 32, steps: 4},
  {name: 'cells of NAS-Bench-201, 32×32×3', network: cells([32, 32, 3], 2, 8), batchSize: 32, steps: 4},
  {name: 'inverted residuals 32×32×3', network: mobile([32, 32, 3]), batchSize: 32, steps: 4},
  {name: 'Transformer, 4 layers of width 64, 32 tokens', network: transformer(32, 64), batchSize: 32, steps: 10},
];

/** A network of more than twenty cells, as published: time until its first step. */
export const deep: Network = cells([32, 32, 3], 6, 16);
