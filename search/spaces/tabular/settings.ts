import {z} from 'zod';

export const activations = ['relu', 'elu', 'selu', 'gelu', 'swish', 'tanh'] as const;
/** `Identity` normalizes nothing. */
export const normalizations = ['Identity', 'BatchNorm', 'LayerNorm'] as const;

export const settings = z.strictObject({
  layers: z
    .strictObject({
      min: z.int().min(0).max(16).default(1).describe('Fewest.'),
      max: z.int().min(0).max(16).default(4).describe('Most.'),
    })
    .meta({
      'x-kubernetes-validations': [
        {rule: 'self.min <= self.max', message: 'layers.min is above layers.max: give a min of at most max'},
      ],
    })
    .default({min: 1, max: 4})
    .describe('How many hidden layers; 0 is a linear model.'),
  widths: z
    .array(z.int().min(1).max(8192))
    .min(1)
    .max(16)
    .default([32, 64, 128, 256])
    .describe('Units that a hidden layer may have; every layer chooses its own.'),
  activations: z
    .array(z.enum(activations))
    .min(1)
    .max(activations.length)
    .default(['relu', 'gelu', 'tanh'])
    .describe('Shared by all layers.'),
  dropout: z
    .array(z.number().min(0).max(0.9))
    .min(1)
    .max(16)
    .default([0, 0.1, 0.25, 0.5])
    .describe('Shares of units that are dropped behind every hidden layer.'),
  normalization: z
    .array(z.enum(normalizations))
    .min(1)
    .max(normalizations.length)
    .default(['Identity', 'BatchNorm', 'LayerNorm'])
    .describe('What follows every dense layer.'),
  residual: z
    .array(z.boolean())
    .min(1)
    .max(2)
    .default([false, true])
    .describe('Whether a hidden layer as wide as its input is added to it.'),
});
export type TabularSettings = z.output<typeof settings>;
