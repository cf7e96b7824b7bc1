import {z} from 'zod';
import type {DataShape} from '../search/network.ts';
import type {Task} from '../search/space.ts';
import {tasks} from '../search/space.ts';
import {celList, celRule, exactlyOne, rulesKey} from './rule.ts';
import type {CelRule} from './rule.ts';

export const builtinDatasets = ['digits', 'breastCancer'] as const;
export type BuiltinDataset = (typeof builtinDatasets)[number];

interface BuiltinRow {
  readonly tasks: readonly Task[];
  readonly data: DataShape;
}

/** What is known of built-in data before any trial has read it. */
export const builtinTable: Readonly<Record<BuiltinDataset, BuiltinRow>> = {
  digits: {tasks: ['ImageClassification'], data: {input: [8, 8, 1], outputs: 10}},
  breastCancer: {tasks: ['TabularClassification'], data: {input: [30], outputs: 2}},
};

const volume = z
  .strictObject({
    claim: z
      .string()
      .min(1)
      .max(253)
      .describe('Name of a PersistentVolumeClaim; locally, `run --mount CLAIM=DIRECTORY` stands for it.'),
    path: z.string().min(1).max(1024).describe('Path of the file inside the volume.'),
  })
  .describe('A file on a volume.');

const csv = z
  .strictObject({
    volume,
    target: z.string().min(1).max(256).describe('The column to predict.'),
    delimiter: z.string().length(1).default(',').describe('The character between two columns.'),
    decimalMark: z
      .enum(['Point', 'Comma'])
      .default('Point')
      .describe('What stands before the fraction of a number: 1.5 or 1,5.'),
    ignore: z
      .array(z.string().max(256))
      .max(256)
      .default([])
      .describe('Columns that are not features, such as identifiers.'),
  })
  .describe('A table with a header row; columns of numbers and dates are standardized, text columns one-hot encoded.');

const npz = z
  .strictObject({
    volume,
    inputs: z
      .string()
      .min(1)
      .max(128)
      .default('x')
      .describe(
        'Array of the inputs: [examples, features], [examples, height, width] or [examples, height, width, channels].',
      ),
    targets: z
      .string()
      .min(1)
      .max(128)
      .default('y')
      .describe('Array of the targets: [examples], or for classes one-hot [examples, classes].'),
    layout: z
      .enum(['ChannelsLast', 'ChannelsFirst'])
      .default('ChannelsLast')
      .describe('Order of the axes of color images: [height, width, channels] or [channels, height, width].'),
  })
  .describe('NumPy arrays in one .npz file.');

/** Sides of pictures: below the least, nothing is left after the spaces' reductions. */
const side = z.int().min(4).max(1024);

const imageFolder = z
  .strictObject({
    volume: volume
      .extend({
        path: z
          .string()
          .min(1)
          .max(1024)
          .describe('Path of the folder inside the volume; "." (quoted) is the volume itself.'),
      })
      .describe('A folder on a volume.'),
    size: z
      .array(side)
      .min(1)
      .max(2)
      .optional()
      .describe(
        'Pixels that every picture is resized to: [height, width], or [side]; left out, the median of the pictures, at most 64.',
      ),
  })
  .describe(
    'Pictures (.png, .jpg, .jpeg, .bmp, .gif) in a folder that has one sub-folder per class, called as the class is; gray or color as most of them are.',
  );

const share = z.number().gt(0).lt(1);
const split = z
  .strictObject({
    validation: share.default(0.2).describe('Part kept to compare candidates by.'),
    test: share.default(0.2).describe('Part kept for the final score; no candidate ever sees it.'),
  })
  .default({validation: 0.2, test: 0.2})
  .describe(
    'Shares of the examples kept for validation and test; stratified for classification. Built-in data has fixed splits.',
  )
  .meta({
    [rulesKey]: [
      celRule({
        rule: 'self.validation + self.test < 1.0',
        wrong: 'nothing is left to train on',
        remedy: 'choose split.validation and split.test with a sum below 1',
      }),
    ],
  });

export const dataset = z
  .strictObject({
    builtin: z.enum(builtinDatasets).optional().describe('A data set that ships with archsearch.'),
    csv: csv.optional(),
    npz: npz.optional(),
    imageFolder: imageFolder.optional(),
    split,
    seed: z.int().min(0).max(2147483647).default(0).describe('Seed of the split.'),
    maxExamples: z
      .int()
      .min(10)
      .max(100000000)
      .optional()
      .describe('Of more examples only so many are used, drawn at random, each class in its share.'),
  })
  .describe('The data: exactly one source, and how it is split.')
  .meta({
    [rulesKey]: [
      exactlyOne(['builtin', 'csv', 'npz', 'imageFolder']),
      celRule({
        rule: '!has(self.builtin) || !has(self.maxExamples)',
        wrong: 'built-in data has a fixed split of all its examples',
        remedy: 'remove maxExamples',
        fieldPath: '.maxExamples',
      }),
    ],
  });

/** Rules of the search's spec: the data fits the task. */
export const datasetRules: readonly CelRule[] = [
  ...tasks.map((task) => {
    const fitting = builtinDatasets.filter((name) => builtinTable[name].tasks.includes(task));
    return celRule({
      rule: `self.task != '${task}' || !has(self.dataset.builtin) || self.dataset.builtin in ${celList(fitting)}`,
      wrong: `this built-in data set is not for task ${task}`,
      remedy: fitting.length === 0 ? 'give a csv or npz file' : `use ${fitting.join(', ')}, or a file of your own`,
      fieldPath: '.dataset.builtin',
    });
  }),
  celRule({
    rule: "self.task != 'ImageClassification' || !has(self.dataset.csv)",
    wrong: 'a CSV file holds tables, not images',
    remedy: 'give the images as files in dataset.imageFolder, or as arrays in dataset.npz',
    fieldPath: '.dataset.csv',
  }),
  celRule({
    rule: "self.task == 'ImageClassification' || !has(self.dataset.imageFolder)",
    wrong: 'a folder of pictures is for task ImageClassification',
    remedy: 'set task to ImageClassification, or give a table in dataset.csv',
    fieldPath: '.dataset.imageFolder',
  }),
];

type Dataset = z.output<typeof dataset>;

/** Kinds of data that lie on a volume. */
const volumeMembers = ['csv', 'npz', 'imageFolder'] as const;

/** Where the data lies on a volume, and the member of `dataset` that says so; undefined for built-in data. */
export function datasetVolume(of: Dataset): DatasetVolume | undefined {
  const member = volumeMembers.find((name) => of[name] !== undefined);
  const volume = member === undefined ? undefined : of[member]?.volume;
  return member === undefined || volume === undefined ? undefined : {member, ...volume};
}

export interface DatasetVolume {
  readonly member: (typeof volumeMembers)[number];
  readonly claim: string;
  readonly path: string;
}
