import type {Shape} from '../network.ts';
import {channelsOf, free, image, ShapeError, shapeText, single, sizeOf} from './rule.ts';
import type {Rules} from './rule.ts';

/** All inputs must agree in these sides. */
function agree(inputs: readonly [Shape, ...Shape[]], sides: (shape: Shape) => Shape): void {
  const wanted = sides(inputs[0]).join();
  if (inputs.some((shape) => sides(shape).join() !== wanted))
    throw new ShapeError(`reads shapes that do not fit together: ${inputs.map(shapeText).join(' and ')}`);
}

/** Layers that join inputs or turn images into features. */
export const joiningRules: Rules<'add' | 'concat' | 'globalAvgPool2d' | 'flatten' | 'dense'> = {
  add: (_, inputs) => {
    agree(inputs, (shape) => shape);
    return free(inputs[0]);
  },
  concat: (_, inputs) => {
    agree(inputs, (shape) => shape.slice(0, -1));
    const channels = inputs.reduce((sum, shape) => sum + channelsOf(shape), 0);
    return free([...inputs[0].slice(0, -1), channels]);
  },
  globalAvgPool2d: (_, inputs) => free([image(inputs)[2]]),
  flatten: (_, inputs) => free([sizeOf(single(inputs))]),
  dense: ({units, bias}, inputs) => {
    const shape = single(inputs);
    if (shape.length !== 1 && shape.length !== 2)
      throw new ShapeError(`reads ${shapeText(shape)}, and takes features; put flatten or globalAvgPool2d before it`);
    const weights = channelsOf(shape) * units;
    const places = sizeOf(shape.slice(0, -1));
    return {
      shape: [...shape.slice(0, -1), units],
      parameters: weights + (bias ? units : 0),
      flops: weights * places,
    };
  },
};
