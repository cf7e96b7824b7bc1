import type {Padding} from '../network.ts';
import {free, image, ShapeError, shapeText} from './rule.ts';
import type {Rules} from './rule.ts';

interface Window {
  readonly size: number;
  readonly strides: number;
  readonly padding: Padding;
  readonly dilation?: number;
}

/** How many places a sliding window has along one side. */
function places(side: number, {size, strides, padding, dilation = 1}: Window): number {
  const reach = (size - 1) * dilation + 1;
  const room = padding === 'same' ? side : side - reach + 1;
  return Math.ceil(room / strides);
}

function slide(height: number, width: number, window: Window): readonly [number, number] {
  const [rows, columns] = [places(height, window), places(width, window)];
  if (rows < 1 || columns < 1)
    throw new ShapeError(
      `reads ${shapeText([height, width])}, smaller than its window of ${String(window.size)}; use padding 'same'`,
    );
  return [rows, columns];
}

/** Layers that slide a window over an image. */
export const windowRules: Rules<'conv2d' | 'depthwiseConv2d' | 'avgPool2d' | 'maxPool2d' | 'zeros'> = {
  conv2d: ({kernel, filters, bias, ...rest}, inputs) => {
    const [height, width, channels] = image(inputs);
    const [rows, columns] = slide(height, width, {size: kernel, ...rest});
    const weights = kernel * kernel * channels * filters;
    return {
      shape: [rows, columns, filters],
      parameters: weights + (bias ? filters : 0),
      flops: weights * rows * columns,
    };
  },
  depthwiseConv2d: ({kernel, bias, ...rest}, inputs) => {
    const [height, width, channels] = image(inputs);
    const [rows, columns] = slide(height, width, {size: kernel, ...rest});
    const weights = kernel * kernel * channels;
    return {
      shape: [rows, columns, channels],
      parameters: weights + (bias ? channels : 0),
      flops: weights * rows * columns,
    };
  },
  avgPool2d: (operation, inputs) => pooled(operation, inputs),
  maxPool2d: (operation, inputs) => pooled(operation, inputs),
  zeros: ({strides}, inputs) => {
    if (strides === 1 && inputs.length === 1) return free(inputs[0]);
    return pooled({size: 1, strides, padding: 'same'}, inputs);
  },
};

function pooled(window: Window, inputs: Parameters<typeof image>[0]) {
  const [height, width, channels] = image(inputs);
  return free([...slide(height, width, window), channels]);
}
