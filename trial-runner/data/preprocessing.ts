import {z} from 'zod';
import type {DataShape} from '../../search/network.ts';
import {tasks, type Task} from '../../search/space.ts';
import {TrialFailure} from '../failure.ts';
import {encodeChannels, fitChannels} from './channels.ts';
import {columnEncoding, encodeColumns, featureCount, fitColumns, moments} from './columns.ts';
import type {Examples, Raw} from './raw.ts';
import {classNames, type Targets} from './targets.ts';
import {demands} from './tasks.ts';

/**
 * How raw inputs become a model's inputs and its outputs become answers. Written beside every saved model; enough to serve it.
 * Features stand in the order of `columns`: a number is one (and one more if it has an indicator), a text is one per category and one
 * for others.
 */
export const preprocessing = z.strictObject({
  version: z.literal(1),
  task: z.enum(tasks),
  inputs: z.discriminatedUnion('kind', [
    z.strictObject({kind: z.literal('columns'), columns: z.array(columnEncoding)}),
    z.strictObject({
      kind: z.literal('array'),
      shape: z.array(z.int()),
      mean: z.array(z.number()).describe('Per channel (last axis): model input = (value − mean) / deviation.'),
      deviation: z.array(z.number()),
    }),
  ]),
  targets: z.discriminatedUnion('kind', [
    z.strictObject({kind: z.literal('classes'), names: z.array(z.string()).describe('In the order of the logits.')}),
    z.strictObject({
      kind: z.literal('number'),
      mean: z.number().describe('Answer = output × deviation + mean.'),
      deviation: z.number(),
    }),
  ]),
});
export type Preprocessing = z.output<typeof preprocessing>;

/** Fits on the training examples alone; class names come from all, being part of the task. */
export function fit(raw: Raw, targets: Targets, train: readonly number[], task: Task): Preprocessing {
  return {version: 1, task, inputs: fitInputs(raw, train, task), targets: fitTargets(raw, targets, train)};
}

function fitInputs(raw: Raw, train: readonly number[], task: Task): Preprocessing['inputs'] {
  const kind = demands[task].inputs;
  if (raw.kind === 'arrays') {
    const {shape, mean, deviation} = fitChannels(raw, train, kind);
    return {kind: 'array', shape: [...shape], mean: [...mean], deviation: [...deviation]};
  }
  if (kind === 'image')
    throw new TrialFailure(
      'WrongShape',
      `${raw.name} is a table; task ${task} needs images (builtin digits, npz or imageFolder)`,
    );
  return {kind: 'columns', columns: fitColumns(raw, train)};
}

function fitTargets(raw: Raw, targets: Targets, train: readonly number[]): Preprocessing['targets'] {
  return targets.kind === 'classes'
    ? {kind: 'classes', names: [...classNames(raw, targets.labels)]}
    : {kind: 'number', ...moments(train.map((index) => targets.values[index] ?? 0))};
}

/** What the data asks of a network. */
export function shapeOf({inputs, targets}: Preprocessing): DataShape {
  return {
    input: inputs.kind === 'array' ? inputs.shape : [featureCount(inputs.columns)],
    outputs: targets.kind === 'classes' ? targets.names.length : 1,
  };
}

export function encode(raw: Raw, targets: Targets, indices: readonly number[], fitted: Preprocessing): Examples {
  return {
    count: indices.length,
    shape: shapeOf(fitted).input,
    inputs: encodeInputs(raw, indices, fitted.inputs),
    targets: Float32Array.from(indices, targetEncoder(raw, targets, fitted.targets)),
  };
}

function encodeInputs(raw: Raw, indices: readonly number[], inputs: Preprocessing['inputs']): Float32Array {
  if (inputs.kind === 'array' && raw.kind === 'arrays') return encodeChannels(raw, indices, inputs);
  if (inputs.kind === 'columns' && raw.kind === 'table') return encodeColumns(raw, indices, inputs.columns);
  throw new TrialFailure('WrongShape', `${raw.name} is not the kind of data that the model was trained on`);
}

function targetEncoder(raw: Raw, targets: Targets, fitted: Preprocessing['targets']): (index: number) => number {
  if (targets.kind === 'classes' && fitted.kind === 'classes') {
    const classes = new Map(fitted.names.map((name, index) => [name, index]));
    return (index) => {
      const label = targets.labels[index] ?? '';
      const found = classes.get(label);
      if (found === undefined)
        throw new TrialFailure('BadData', `${raw.name}: class "${label}" is unknown to the model`);
      return found;
    };
  }
  if (targets.kind === 'number' && fitted.kind === 'number')
    return (index) => ((targets.values[index] ?? 0) - fitted.mean) / fitted.deviation;
  throw new TrialFailure('WrongShape', `${raw.name} does not have the kind of target that the model was trained on`);
}
