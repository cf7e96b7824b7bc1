import type {Shape} from '../network.ts';
import {free, ShapeError, shapeText, single} from './rule.ts';
import type {Cost, Rules} from './rule.ts';

/** The only input, as a sequence: [length, features]. */
function sequence(inputs: readonly [Shape, ...Shape[]]): readonly [number, number] {
  const shape = single(inputs);
  const [length, features] = shape;
  if (shape.length !== 2 || length === undefined || features === undefined)
    throw new ShapeError(`reads ${shapeText(shape)}, and takes a sequence [length, features]`);
  return [length, features];
}

/** A recurrent layer of so many gates, each with a kernel for the input, one for its own last output, and a bias. */
function recurrent(
  gates: number,
  {units, sequences}: {units: number; sequences: boolean},
  inputs: Parameters<typeof sequence>[0],
): Cost {
  const [length, features] = sequence(inputs);
  const weights = gates * units * (features + units);
  return {shape: sequences ? [length, units] : [units], parameters: weights + gates * units, flops: length * weights};
}

/** Layers for sequences. */
export const sequenceRules: Rules<'embedding' | 'lstm' | 'gru' | 'selfAttention' | 'globalAvgPool1d'> = {
  embedding: ({tokens, width}, inputs) => {
    const shape = single(inputs);
    const [length] = shape;
    if (shape.length !== 1 || length === undefined)
      throw new ShapeError(`reads ${shapeText(shape)}, and takes a sequence of tokens [length]`);
    return {shape: [length, width], parameters: tokens * width, flops: 0};
  },
  lstm: (operation, inputs) => recurrent(4, operation, inputs),
  gru: (operation, inputs) => recurrent(3, operation, inputs),
  selfAttention: ({heads}, inputs) => {
    const [length, width] = sequence(inputs);
    if (width % heads !== 0)
      throw new ShapeError(`has ${String(heads)} heads for a width of ${String(width)}; use a number that divides it`);
    const projections = 4 * width * width;
    const parameters = projections + 4 * width;
    return {shape: [length, width], parameters, flops: length * projections + 2 * length * length * width};
  },
  globalAvgPool1d: (_, inputs) => free([sequence(inputs)[1]]),
};
