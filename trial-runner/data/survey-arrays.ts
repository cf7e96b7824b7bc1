import {describeNpy} from './npy.ts';
import type {RawArrays} from './raw.ts';
import {unzip} from './sources/npz.ts';

export interface ArrayDescription {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
}

/** The arrays of an .npz file; what is no plain array of it is left out. Throws a TrialFailure for another file. */
export const describeArrays = (bytes: Uint8Array, file: string): readonly ArrayDescription[] =>
  Object.entries(unzip(bytes, file)).flatMap(([entry, content]) => {
    try {
      const {shape, descr} = describeNpy(content);
      return [{name: entry.replace(/\.npy$/, ''), shape, type: descr}];
    } catch {
      return [];
    }
  });

/** The likeliest first; case does not matter. */
const inputNames = ['x', 'x_train', 'images', 'train_images', 'inputs', 'data', 'features', 'arr_0'];
const targetNames = ['y', 'y_train', 'labels', 'train_labels', 'targets', 'target', 'label', 'arr_1'];

const named = (arrays: readonly ArrayDescription[], names: readonly string[]): ArrayDescription | undefined =>
  names.map((name) => arrays.find((array) => array.name.toLowerCase() === name)).find((array) => array !== undefined);

export interface ArrayChoice {
  readonly inputs: ArrayDescription;
  readonly targets: ArrayDescription;
  readonly layout: 'ChannelsLast' | 'ChannelsFirst';
}

/** Which arrays hold inputs and targets; undefined when no two fit together. */
export function chooseArrays(arrays: readonly ArrayDescription[], target?: string): ArrayChoice | undefined {
  const targets = target === undefined ? named(arrays, targetNames) : arrays.find(({name}) => name === target);
  const others = arrays.filter(({name, shape}) => name !== targets?.name && shape.length >= 2 && shape.length <= 4);
  const inputs = named(others, inputNames) ?? others.toSorted((a, b) => elements(b) - elements(a))[0];
  if (inputs === undefined) return undefined;
  const fitting =
    targets ??
    arrays.find(({name, shape}) => name !== inputs.name && shape.length === 1 && shape[0] === inputs.shape[0]);
  return fitting === undefined ? undefined : {inputs, targets: fitting, layout: layoutOf(inputs.shape)};
}

const elements = ({shape}: ArrayDescription): number => shape.reduce((product, side) => product * side, 1);

/** Few on the second axis and many on the last: channels come first, as PyTorch keeps them. */
function layoutOf(shape: readonly number[]): ArrayChoice['layout'] {
  const [, second = 0, , last = 0] = shape;
  return shape.length === 4 && second <= 4 && last > 4 ? 'ChannelsFirst' : 'ChannelsLast';
}

/** More whole numbers than these are amounts and not classes. */
const mostNumberClasses = 100;

/** Targets as classes with their counts, undefined when they are amounts. */
export function classCounts({
  targets,
}: RawArrays): readonly {readonly name: string; readonly count: number}[] | undefined {
  const counts = new Map<number, number>();
  for (const target of targets) counts.set(target, (counts.get(target) ?? 0) + 1);
  if (counts.size > mostNumberClasses || ![...counts.keys()].every(Number.isInteger)) return undefined;
  return [...counts].map(([name, count]) => ({name: String(name), count})).sort((a, b) => b.count - a.count);
}
