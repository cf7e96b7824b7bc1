import type {CellOperation} from './operation.ts';

/** Average over a window; the border's windows average over what lies inside the image. */
export const avgPool =
  (size: number): CellOperation =>
  (network, input, {strides}) =>
    network.append({op: 'avgPool2d', size, strides, padding: 'same'}, input);
