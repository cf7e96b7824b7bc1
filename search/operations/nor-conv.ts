import type {CellOperation} from './operation.ts';

/** ReLU, convolution, batch normalization, in this order. */
export const norConv =
  (kernel: number): CellOperation =>
  (network, input, {channels, strides}) => {
    const active = network.append({op: 'activation', activation: 'relu'}, input);
    const convolved = network.append(
      {op: 'conv2d', filters: channels, kernel, strides, padding: 'same', bias: false},
      active,
    );
    return network.append({op: 'batchNorm'}, convolved);
  };
