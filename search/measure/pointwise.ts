import type {Shape} from '../network.ts';
import {channelsOf, free, single} from './rule.ts';
import type {Cost, Rules} from './rule.ts';

/** A scale and an offset per channel; batch normalization's moving averages are not trained. */
function normalized(inputs: readonly [Shape, ...Shape[]]): Cost {
  const shape = single(inputs);
  return {shape, parameters: 2 * channelsOf(shape), flops: 0};
}

/** Layers that keep the shape of their input. */
export const pointwiseRules: Rules<'batchNorm' | 'layerNorm' | 'activation' | 'dropout'> = {
  batchNorm: (_, inputs) => normalized(inputs),
  layerNorm: (_, inputs) => normalized(inputs),
  activation: (_, inputs) => free(single(inputs)),
  dropout: (_, inputs) => free(single(inputs)),
};
