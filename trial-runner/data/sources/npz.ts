import {unzipSync} from 'fflate';
import {TrialFailure} from '../../failure.ts';
import {readMounted} from '../mounts.ts';
import {parseNpy, transposed, type NpyArray} from '../npy.ts';
import type {RawArrays} from '../raw.ts';
import type {Source} from './source.ts';

export interface ArrayNames {
  readonly inputs: string;
  readonly targets: string;
  /** ChannelsLast if left out. */
  readonly layout?: 'ChannelsLast' | 'ChannelsFirst';
}

/** Arrays of one .npz file: `inputs` [examples, …] and `targets` [examples], [examples, 1] or one-hot [examples, classes]. */
export function parseArrays(bytes: Uint8Array, file: string, names: ArrayNames): RawArrays {
  const entries = unzip(bytes, file);
  const inputs = channelsLast(arrayOf(entries, file, names.inputs), names.layout);
  const targets = classesOf(arrayOf(entries, file, names.targets));
  const [examples = 0, ...shape] = inputs.shape;
  const found = `${names.inputs} is [${String(inputs.shape)}], ${names.targets} is [${String(targets.shape)}]`;
  if (shape.length === 0 || shape.length > 3)
    throw new TrialFailure('WrongShape', `${file}: inputs must have 2 to 4 axes, examples first; ${found}`);
  if (targets.values.length !== examples || targets.shape[0] !== examples)
    throw new TrialFailure('WrongShape', `${file}: one target per example is needed; ${found}`);
  return {kind: 'arrays', name: file, shape, inputs: Float32Array.from(inputs.values), targets: targets.values};
}

const channelsLast = (array: NpyArray, layout: ArrayNames['layout']): NpyArray =>
  layout === 'ChannelsFirst' && array.shape.length === 4 ? transposed(array, [0, 2, 3, 1]) : array;

/** One-hot rows as the classes that they mean; any other array as it is. */
function classesOf(array: NpyArray): NpyArray {
  const [examples = 0, classes = 1] = array.shape;
  if (array.shape.length !== 2 || classes < 2) return array;
  const labels = new Float64Array(examples);
  for (let example = 0; example < examples; example += 1) {
    const row = array.values.subarray(example * classes, (example + 1) * classes);
    const hot = row.indexOf(1);
    if (hot < 0 || row.some((value, at) => value !== Number(at === hot))) return array;
    labels[example] = hot;
  }
  return {shape: [examples], values: labels};
}

/** Name → bytes of each array, without decoding it. */
export function unzip(bytes: Uint8Array, file: string): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes);
  } catch (cause) {
    throw new TrialFailure('BadData', `${file} is not an .npz archive; save it with numpy.savez`, {cause});
  }
}

function arrayOf(entries: Readonly<Record<string, Uint8Array>>, file: string, name: string): NpyArray {
  const entry = entries[`${name}.npy`];
  if (entry === undefined) {
    const held = Object.keys(entries).map((key) => key.replace(/\.npy$/, ''));
    throw new TrialFailure('BadData', `${file} has no array "${name}"; it holds ${held.join(', ') || 'nothing'}`);
  }
  try {
    return parseNpy(entry);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrialFailure('BadData', `${file}: array "${name}" ${why}`, {cause});
  }
}

export const npz: Source<'npz'> = {
  member: 'npz',
  read: ({volume, inputs, targets, layout}, {mounts}) =>
    parseArrays(readMounted(mounts, volume), volume.path, {inputs, targets, layout}),
};
