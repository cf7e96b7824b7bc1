import type {Layer, Network, Operation, Shape} from '../../../search/network.ts';

export const image = [6, 6, 4];
export const table = [5];
/** A sequence: four places of six features. */
export const places = [4, 6];
export type Row = readonly [Operation, Shape];
export const convolution = {op: 'conv2d', filters: 3, kernel: 3, strides: 1, padding: 'same', bias: true} as const;
export const depthwise = {op: 'depthwiseConv2d', kernel: 3, strides: 1, padding: 'same', bias: false} as const;
export const rows: Row[] = [
  [convolution, image],
  [{...convolution, strides: 2, bias: false}, image],
  [{...convolution, padding: 'valid', kernel: 2}, image],
  [{...convolution, dilation: 2}, image],
  [depthwise, image],
  [{...depthwise, strides: 2, bias: true}, image],
  [{...depthwise, dilation: 2, padding: 'valid'}, image],
  [{op: 'avgPool2d', size: 3, strides: 1, padding: 'same'}, image],
  [{op: 'avgPool2d', size: 2, strides: 2, padding: 'same'}, [5, 5, 2]],
  [{op: 'maxPool2d', size: 2, strides: 2, padding: 'valid'}, image],
  [{op: 'globalAvgPool2d'}, image],
  [{op: 'flatten'}, image],
  [{op: 'flatten'}, table],
  [{op: 'zeros', strides: 1}, image],
  [{op: 'zeros', strides: 2}, [5, 5, 2]],
  [{op: 'dense', units: 7, bias: true}, table],
  [{op: 'dense', units: 7, bias: false}, table],
  [{op: 'batchNorm'}, image],
  [{op: 'batchNorm'}, table],
  [{op: 'layerNorm'}, table],
  [{op: 'layerNorm'}, image],
  [{op: 'layerNorm'}, places],
  [{op: 'dense', units: 7, bias: true}, places],
  [{op: 'lstm', units: 3, sequences: false}, places],
  [{op: 'lstm', units: 3, sequences: true}, places],
  [{op: 'gru', units: 3, sequences: false}, places],
  [{op: 'gru', units: 3, sequences: true}, places],
  [{op: 'selfAttention', heads: 1}, places],
  [{op: 'selfAttention', heads: 2}, places],
  [{op: 'globalAvgPool1d'}, places],
  [{op: 'dropout', rate: 0.5}, table],
  ...(['relu', 'relu6', 'elu', 'selu', 'gelu', 'swish', 'tanh', 'sigmoid', 'softmax', 'linear'] as const).map(
    (activation): Row => [{op: 'activation', activation}, table],
  ),
];

/** The primitive alone, between two layers with weights, so that its gradient is asked for. */
export const networkOf = (operation: Operation, input: Shape): Network => {
  const before: Layer =
    input.length === 3
      ? {
          op: 'conv2d',
          filters: input[2] ?? 1,
          kernel: 1,
          strides: 1,
          padding: 'same',
          bias: true,
          name: 'before',
          inputs: ['input'],
        }
      : {op: 'dense', units: input.at(-1) ?? 1, bias: true, name: 'before', inputs: ['input']};
  return {input, layers: [before, {...operation, name: 'it', inputs: ['before']}], output: 'it'};
};

export const title = (operation: Operation, input: Shape): string =>
  `${JSON.stringify(operation)} on [${String(input)}]`;
