import assert from 'node:assert/strict';
import {test} from 'node:test';
import {measure} from '../../search/measure.ts';
import type {Operation, Shape} from '../../search/network.ts';

const one = (operation: Operation, ...inputs: Shape[]) => {
  const [input = [1], second] = inputs;
  // The second shape is made from the first by a convolution or a dense layer, since a network has one input.
  const side = second === undefined ? [] : [{...reshaping(second), name: 'side', inputs: ['input']}];
  const names = second === undefined ? ['input'] : ['input', 'side'];
  const measured = measure({input, layers: [...side, {...operation, name: 'it', inputs: names}], output: 'it'});
  return measured.layers.at(-1);
};
const reshaping = (shape: Shape): Operation =>
  shape.length === 1
    ? {op: 'dense', units: shape[0] ?? 1, bias: false}
    : {op: 'conv2d', filters: shape[2] ?? 1, kernel: 1, strides: 1, padding: 'same', bias: false};

const same = {strides: 1, padding: 'same', bias: false} as const;
const cases: {operation: Operation; inputs: Shape[]; shape: Shape; parameters: number; flops: number}[] = [
  {
    operation: {op: 'conv2d', filters: 16, kernel: 3, ...same},
    inputs: [[8, 8, 3]],
    shape: [8, 8, 16],
    parameters: 432,
    flops: 27_648,
  },
  {
    operation: {op: 'conv2d', filters: 16, kernel: 3, ...same, bias: true},
    inputs: [[8, 8, 3]],
    shape: [8, 8, 16],
    parameters: 448,
    flops: 27_648,
  },
  {
    operation: {op: 'conv2d', filters: 4, kernel: 3, ...same, strides: 2},
    inputs: [[7, 5, 1]],
    shape: [4, 3, 4],
    parameters: 36,
    flops: 432,
  },
  {
    operation: {op: 'conv2d', filters: 4, kernel: 3, ...same, padding: 'valid', dilation: 2},
    inputs: [[8, 8, 1]],
    shape: [4, 4, 4],
    parameters: 36,
    flops: 576,
  },
  {
    operation: {op: 'depthwiseConv2d', kernel: 5, ...same, bias: true},
    inputs: [[8, 8, 3]],
    shape: [8, 8, 3],
    parameters: 78,
    flops: 4_800,
  },
  {
    operation: {op: 'avgPool2d', size: 3, strides: 2, padding: 'same'},
    inputs: [[7, 7, 2]],
    shape: [4, 4, 2],
    parameters: 0,
    flops: 0,
  },
  {
    operation: {op: 'maxPool2d', size: 2, strides: 2, padding: 'valid'},
    inputs: [[7, 7, 2]],
    shape: [3, 3, 2],
    parameters: 0,
    flops: 0,
  },
  {operation: {op: 'globalAvgPool2d'}, inputs: [[7, 7, 2]], shape: [2], parameters: 0, flops: 0},
  {operation: {op: 'flatten'}, inputs: [[7, 7, 2]], shape: [98], parameters: 0, flops: 0},
  {operation: {op: 'zeros', strides: 2}, inputs: [[7, 7, 2]], shape: [4, 4, 2], parameters: 0, flops: 0},
  {operation: {op: 'zeros', strides: 1}, inputs: [[5]], shape: [5], parameters: 0, flops: 0},
  {operation: {op: 'dense', units: 10, bias: true}, inputs: [[64]], shape: [10], parameters: 650, flops: 640},
  {operation: {op: 'dense', units: 3, bias: true}, inputs: [[5, 4]], shape: [5, 3], parameters: 15, flops: 60},
  {operation: {op: 'embedding', tokens: 100, width: 8}, inputs: [[6]], shape: [6, 8], parameters: 800, flops: 0},
  {operation: {op: 'lstm', units: 3, sequences: true}, inputs: [[5, 4]], shape: [5, 3], parameters: 96, flops: 420},
  {operation: {op: 'gru', units: 3, sequences: false}, inputs: [[5, 4]], shape: [3], parameters: 72, flops: 315},
  {operation: {op: 'selfAttention', heads: 2}, inputs: [[5, 4]], shape: [5, 4], parameters: 80, flops: 520},
  {operation: {op: 'globalAvgPool1d'}, inputs: [[5, 4]], shape: [4], parameters: 0, flops: 0},
  {operation: {op: 'batchNorm'}, inputs: [[8, 8, 16]], shape: [8, 8, 16], parameters: 32, flops: 0},
  {operation: {op: 'layerNorm'}, inputs: [[64]], shape: [64], parameters: 128, flops: 0},
  {operation: {op: 'activation', activation: 'relu'}, inputs: [[8, 8, 16]], shape: [8, 8, 16], parameters: 0, flops: 0},
  {operation: {op: 'dropout', rate: 0.1}, inputs: [[64]], shape: [64], parameters: 0, flops: 0},
  {
    operation: {op: 'add'},
    inputs: [
      [4, 4, 2],
      [4, 4, 2],
    ],
    shape: [4, 4, 2],
    parameters: 0,
    flops: 0,
  },
  {
    operation: {op: 'concat'},
    inputs: [
      [4, 4, 2],
      [4, 4, 3],
    ],
    shape: [4, 4, 5],
    parameters: 0,
    flops: 0,
  },
];
for (const {operation, inputs, ...expected} of cases)
  test(`${JSON.stringify(operation)} on ${JSON.stringify(inputs)} gives ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(one(operation, ...inputs), {name: 'it', ...expected});
  });

test('a network costs what its layers cost together, also those that lead nowhere', () => {
  const {parameters, flops} = measure({
    input: [4],
    layers: [
      {op: 'dense', units: 3, bias: true, name: 'used', inputs: ['input']},
      {op: 'dense', units: 5, bias: false, name: 'unused', inputs: ['input']},
    ],
    output: 'used',
  });
  assert.deepEqual({parameters, flops}, {parameters: 15 + 20, flops: 12 + 20});
});

const broken: {operation: Operation; inputs: Shape[]; message: RegExp}[] = [
  {
    operation: {op: 'dense', units: 10, bias: true},
    inputs: [[8, 8, 3]],
    message: /layer it \(dense\) reads \[8, 8, 3\].*flatten/,
  },
  {
    operation: {op: 'conv2d', filters: 4, kernel: 3, ...same},
    inputs: [[64]],
    message: /layer it \(conv2d\) reads \[64\].*image/,
  },
  {
    operation: {op: 'maxPool2d', size: 9, strides: 1, padding: 'valid'},
    inputs: [[8, 8, 3]],
    message: /layer it \(maxPool2d\).*\[8, 8\].*window of 9/,
  },
  {
    operation: {op: 'add'},
    inputs: [
      [4, 4, 2],
      [4, 4, 3],
    ],
    message: /layer it \(add\).*\[4, 4, 2\] and \[4, 4, 3\]/,
  },
  {operation: {op: 'batchNorm'}, inputs: [[4], [4]], message: /layer it \(batchNorm\) reads 2 inputs/},
];
for (const {operation, inputs, message} of broken)
  test(`${operation.op} on ${JSON.stringify(inputs)} is refused by name and shape`, () => {
    assert.throws(() => one(operation, ...inputs), {name: 'ShapeError', message});
  });

const layer = {op: 'flatten', name: 'a', inputs: ['input']} as const;
const misnamed = [
  {
    what: 'a name that comes twice',
    network: {input: [4], layers: [layer, layer], output: 'a'},
    message: /two layers are called a/,
  },
  {
    what: 'an input that comes later',
    network: {input: [4], layers: [{...layer, inputs: ['b']}], output: 'a'},
    message: /reads b, which no earlier layer/,
  },
  {
    what: 'a layer without input',
    network: {input: [4], layers: [{...layer, inputs: []}], output: 'a'},
    message: /reads nothing/,
  },
  {what: 'an unknown output', network: {input: [4], layers: [layer], output: 'z'}, message: /output z is not a layer/},
];
for (const {what, network, message} of misnamed)
  test(`${what} is refused`, () => {
    assert.throws(() => measure(network), {name: 'ShapeError', message});
  });
