import {unzipSync} from 'fflate';
import {TrialFailure} from '../../failure.ts';
import {readMounted} from '../mounts.ts';
import {parseNpy, type NpyArray} from '../npy.ts';
import type {RawArrays} from '../raw.ts';
import type {Source} from './source.ts';

/** Arrays of one .npz file: `inputs` [examples, …] and `targets` [examples] or [examples, 1]. */
export function parseArrays(bytes: Uint8Array, file: string, names: {inputs: string; targets: string}): RawArrays {
  const entries = unzip(bytes, file);
  const inputs = arrayOf(entries, file, names.inputs);
  const targets = arrayOf(entries, file, names.targets);
  const [examples = 0, ...shape] = inputs.shape;
  const found = `${names.inputs} is [${String(inputs.shape)}], ${names.targets} is [${String(targets.shape)}]`;
  if (shape.length === 0 || shape.length > 3)
    throw new TrialFailure('WrongShape', `${file}: inputs must have 2 to 4 axes, examples first; ${found}`);
  if (targets.values.length !== examples || targets.shape[0] !== examples)
    throw new TrialFailure('WrongShape', `${file}: one target per example is needed; ${found}`);
  return {kind: 'arrays', name: file, shape, inputs: Float32Array.from(inputs.values), targets: targets.values};
}

function unzip(bytes: Uint8Array, file: string): Readonly<Record<string, Uint8Array>> {
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
  read: ({volume, inputs, targets}, mounts) => parseArrays(readMounted(mounts, volume), volume.path, {inputs, targets}),
};
