import {z} from 'zod';
import {celRule, exactlyOne, rulesKey} from './rule.ts';
import type {CelRule} from './rule.ts';

const rangeRules: readonly CelRule[] = [
  celRule({
    rule: '[has(self.value), has(self.choices), has(self.min) || has(self.max)].filter(x, x).size() == 1',
    wrong: 'a setting is either fixed or searched',
    remedy: 'give one of value; choices; or min and max',
  }),
  celRule({
    rule: 'has(self.min) == has(self.max)',
    wrong: 'a range needs both its ends',
    remedy: 'give min and max',
  }),
  celRule({
    rule: '!has(self.min) || !has(self.max) || self.min < self.max',
    wrong: 'min is not below max',
    remedy: 'give a min below max, or a fixed value',
    fieldPath: '.min',
  }),
  celRule({
    rule: "!has(self.scale) || self.scale != 'Log' || !has(self.min) || double(self.min) > 0.0",
    wrong: 'a logarithm has no zero',
    remedy: 'with scale Log give a min above 0',
    fieldPath: '.min',
  }),
  celRule({
    rule: '!has(self.scale) || has(self.min) || has(self.max)',
    wrong: 'scale belongs to a range',
    remedy: 'remove scale, or give min and max',
    fieldPath: '.scale',
  }),
];

const searchable = (number: z.ZodNumber) =>
  z
    .strictObject({
      value: number.optional().describe('A fixed value.'),
      choices: z.array(number).min(1).max(32).optional().describe('Values to search among.'),
      min: number.optional().describe('Lower end of a range to search, included.'),
      max: number.optional().describe('Upper end of a range to search, included.'),
      scale: z.enum(['Linear', 'Log']).optional().describe('How a range is searched; Linear if left out.'),
    })
    .meta({[rulesKey]: rangeRules});

const searchableName = <const T extends readonly [string, ...string[]]>(names: T) =>
  z
    .strictObject({
      value: z.enum(names).optional().describe('A fixed choice.'),
      choices: z.array(z.enum(names)).min(1).max(16).optional().describe('Names to search among.'),
    })
    .meta({[rulesKey]: [exactlyOne(['value', 'choices'])]});

export const optimizers = ['Sgd', 'Momentum', 'RmsProp', 'Adam', 'AdamW'] as const;
export const schedules = ['Constant', 'Cosine'] as const;
export const augmentations = ['Identity', 'Shift', 'ShiftFlip'] as const;

export const training = z
  .strictObject({
    optimizer: searchableName(optimizers).default({value: 'Adam'}).describe('How weights follow the gradient.'),
    learningRate: searchable(z.number().gt(0).max(10)).default({value: 0.003}).describe('Step size at the start.'),
    schedule: searchableName(schedules)
      .default({value: 'Cosine'})
      .describe('How the learning rate falls over the epochs.'),
    weightDecay: searchable(z.number().min(0).max(1)).default({value: 0}).describe('Pull of the weights towards 0.'),
    batchSize: searchable(z.int().min(1).max(65536)).default({value: 64}).describe('Examples per training step.'),
    labelSmoothing: searchable(z.number().min(0).max(0.5))
      .default({value: 0})
      .describe('Part of the probability that is spread over all classes; classification only.'),
    augmentation: searchableName(augmentations)
      .default({value: 'Identity'})
      .describe('Random changes of the training images; images only.'),
    cutout: searchable(z.number().min(0).max(0.75))
      .optional()
      .describe(
        'Side of a square that is blanked out of each training image, as a part of the smaller side of the image; images only. None if left out or 0.',
      ),
    mixup: searchable(z.number().min(0).max(10))
      .optional()
      .describe(
        'Training on mixtures of two examples: their shares are drawn from Beta(mixup, mixup); 0.2 is usual. None if left out or 0.',
      ),
    dropPath: searchable(z.number().min(0).max(0.9))
      .optional()
      .describe(
        'Probability with which an input of a sum, other than a skip connection, is left out for an example in training. Never if left out or 0.',
      ),
    gradientClipping: searchable(z.number().min(0).max(1000))
      .optional()
      .describe('A gradient over all weights that is longer than this is shortened to it. No limit if left out or 0.'),
  })
  .prefault({})
  .describe('How candidates are trained: fixed values, or ranges that are searched together with the architecture.');

/** Rules of the search's spec: training settings that exist for one kind of data only. */
export const trainingRules: readonly CelRule[] = [
  celRule({
    rule:
      "self.task == 'ImageClassification' || ((!has(self.training.augmentation.value) || " +
      "self.training.augmentation.value == 'Identity') && (!has(self.training.augmentation.choices) || " +
      "self.training.augmentation.choices.all(c, c == 'Identity')))",
    wrong: 'only images are augmented',
    remedy: 'remove training.augmentation',
    fieldPath: '.training.augmentation',
  }),
  celRule({
    rule:
      "self.task == 'ImageClassification' || !has(self.training.cutout) || " +
      '(has(self.training.cutout.value) && self.training.cutout.value == 0.0)',
    wrong: 'only images have a part to cut out',
    remedy: 'remove training.cutout',
    fieldPath: '.training.cutout',
  }),
  celRule({
    rule:
      "self.task != 'TabularRegression' || ((!has(self.training.labelSmoothing.value) || " +
      'self.training.labelSmoothing.value == 0.0) && !has(self.training.labelSmoothing.choices) && ' +
      '!has(self.training.labelSmoothing.min))',
    wrong: 'regression has no labels to smooth',
    remedy: 'remove training.labelSmoothing',
    fieldPath: '.training.labelSmoothing',
  }),
];
