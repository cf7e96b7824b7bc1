import type {Backend, LayersModel, Tensor} from './backend.ts';
import {sizeOf, type Examples} from './data/raw.ts';

const evaluationBatch = 512;

/** A model's outputs for all examples, [count, outputs] row-major. */
export function predict({tf}: Backend, model: LayersModel, examples: Examples): Float32Array {
  const size = sizeOf(examples.shape);
  const parts: Float32Array[] = [];
  for (let start = 0; start < examples.count; start += evaluationBatch) {
    const count = Math.min(evaluationBatch, examples.count - start);
    const inputs = examples.inputs.subarray(start * size, (start + count) * size);
    const outputs = tf.tidy(() => (model.apply(tf.tensor(inputs, [count, ...examples.shape])) as Tensor).dataSync());
    parts.push(outputs as Float32Array);
  }
  return joined(parts);
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** How often the forward pass is timed: often where the search is ranked or limited by it, else just enough to tell. */
const passes = {precise: {warmUp: 5, repetitions: 25}, rough: {warmUp: 2, repetitions: 5}} as const;

/** Median wall-clock time of one example's forward pass, milliseconds. */
export function latencyMilliseconds(
  {tf}: Backend,
  model: LayersModel,
  {shape, precision}: {shape: readonly number[]; precision: keyof typeof passes},
): number {
  const {warmUp, repetitions} = passes[precision];
  const input = tf.zeros([1, ...shape]);
  const times = Array.from({length: warmUp + repetitions}, () => {
    const start = performance.now();
    tf.tidy(() => (model.apply(input) as Tensor).dataSync());
    return performance.now() - start;
  }).slice(warmUp);
  input.dispose();
  return times.sort((a, b) => a - b)[repetitions >> 1] ?? 0;
}
