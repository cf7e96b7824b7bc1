import type {Shape} from '../../search/network.ts';
import {TrialFailure} from '../failure.ts';
import {moments} from './columns.ts';
import {sizeOf, type RawArrays} from './raw.ts';

/** How an array's values are standardized: per channel (the last axis), with the statistics of the training examples. */
export interface ChannelEncoding {
  readonly shape: Shape;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Images are [height, width, channels], gray ones may leave the channel out; tables are [features]. */
export function fitChannels(arrays: RawArrays, train: readonly number[], kind: 'image' | 'table'): ChannelEncoding {
  const shape = shapeFor(arrays, kind);
  const channels = shape.at(-1) ?? 1;
  const size = sizeOf(shape);
  checkFinite(arrays, size);
  const statistics = Array.from({length: channels}, (_, channel) =>
    moments(valuesOf(arrays.inputs, train, {size, channel, channels})),
  );
  return {
    shape,
    mean: statistics.map(({mean}) => mean),
    deviation: statistics.map(({deviation}) => deviation),
  };
}

const remedies = {
  image: 'task ImageClassification needs [examples, height, width] or [examples, height, width, channels]',
  table: 'tabular tasks need [examples, features]; for images use task ImageClassification',
};

function shapeFor({name, shape}: RawArrays, kind: 'image' | 'table'): Shape {
  const fits = kind === 'table' ? shape.length === 1 : shape.length === 2 || shape.length === 3;
  if (!fits || sizeOf(shape) === 0)
    throw new TrialFailure('WrongShape', `${name}: one example has shape [${String(shape)}]; ${remedies[kind]}`);
  return kind === 'image' && shape.length === 2 ? [...shape, 1] : shape;
}

function valuesOf(
  inputs: Float32Array,
  examples: readonly number[],
  {size, channel, channels}: {size: number; channel: number; channels: number},
): Float64Array {
  const values = new Float64Array((examples.length * size) / channels);
  let next = 0;
  for (const example of examples)
    for (let at = example * size + channel; at < (example + 1) * size; at += channels) {
      values[next] = inputs[at] ?? 0;
      next += 1;
    }
  return values;
}

function checkFinite({name, inputs}: RawArrays, size: number): void {
  const at = inputs.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new TrialFailure(
      'BadData',
      `${name}: example ${String(Math.floor(at / size))}, element ${String(at % size)} of the inputs is ${String(inputs[at])}; inputs must be finite numbers`,
    );
}

/** @returns [examples, ...shape], row-major. */
export function encodeChannels(
  {name, inputs, shape}: RawArrays,
  examples: readonly number[],
  encoding: ChannelEncoding,
): Float32Array {
  const size = sizeOf(encoding.shape);
  if (sizeOf(shape) !== size)
    throw new TrialFailure(
      'WrongShape',
      `${name}: one example has shape [${String(shape)}], the model was trained on [${String(encoding.shape)}]`,
    );
  const channels = encoding.mean.length;
  const encoded = new Float32Array(examples.length * size);
  for (const [position, example] of examples.entries())
    for (let element = 0; element < size; element += 1) {
      const channel = element % channels;
      const value = (inputs[example * size + element] ?? 0) - (encoding.mean[channel] ?? 0);
      encoded[position * size + element] = value / (encoding.deviation[channel] ?? 1);
    }
  return encoded;
}
