import type {CellOperation} from './operation.ts';

/** The identity; where the sides shrink, the input is averaged down to them. */
export const skipConnect: CellOperation = (network, input, {strides}) =>
  strides === 1 ? input : network.append({op: 'avgPool2d', size: strides, strides, padding: 'same'}, input);
