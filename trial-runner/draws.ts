import {createHash} from 'node:crypto';
import type {Backend, Tensor} from './backend.ts';

/** What random numbers are a function of: `key` says what they are for, and `step` [1] (int32) counts training steps. */
export interface DrawAt {
  readonly key: number;
  readonly step: Tensor;
}

/** A whole number that is this purpose's own under this seed. */
export const keyOf = (seed: number, purpose: string): number =>
  createHash('sha256')
    .update(`${String(seed)}/${purpose}`)
    .digest()
    .readInt32LE();

const attributes = [
  {name: 'dtype', kind: 'type', value: 'float32'},
  {name: 'T', kind: 'type', value: 'int32'},
  {name: 'Tseed', kind: 'type', value: 'int32'},
] as const;

const places = ({tf}: Backend, shape: readonly number[], {key, step}: DrawAt): [Tensor, Tensor] => [
  tf.tensor1d([...shape], 'int32'),
  tf.concat([tf.tensor1d([key], 'int32'), step]),
];

/** Uniform numbers in [0, 1). TensorFlow draws them, so that eager and compiled steps have the same. */
export function drawUniform(backend: Backend, shape: readonly number[], at: DrawAt): Tensor {
  const [drawn] = backend.native('StatelessRandomUniform', attributes, places(backend, shape, at), 1) as [Tensor];
  return drawn;
}

/** Numbers of the distribution Gamma(shape parameter `alpha`, scale 1). */
export function drawGamma(
  backend: Backend,
  shape: readonly number[],
  {alpha, ...at}: DrawAt & {readonly alpha: number},
): Tensor {
  const dtype = {name: 'dtype', kind: 'type', value: 'float32'} as const;
  const inputs = [...places(backend, shape, at), backend.tf.fill([...shape], alpha)];
  const others = attributes.slice(1);
  const [drawn] = backend.native('StatelessRandomGammaV2', [dtype, ...others], inputs, 1) as [Tensor];
  return drawn;
}
