import {keyed} from '../../search/random.ts';
import {sizeOf, type Examples} from '../data/raw.ts';
import {augmentation} from './augmentation.ts';
import type {TrainingSettings} from './settings.ts';

export interface Batch {
  readonly count: number;
  /** [count, ...shape] */
  readonly inputs: Float32Array;
  /** [count, outputs]: 1 for the class and 0 for the others, or standardized values. */
  readonly targets: Float32Array;
}

export type BatchSettings = Pick<TrainingSettings, 'batchSize' | 'augmentation'>;

/** Batches of one epoch: order and augmentation are functions of (seed, epoch). A last batch of a single example is left out. */
export function* batches(
  examples: Examples,
  outputs: number,
  settings: BatchSettings,
  {seed, epoch}: {seed: number; epoch: number},
): Generator<Batch> {
  const order = keyed(seed, epoch, 'shuffle').shuffle(Array.from({length: examples.count}, (_, index) => index));
  const augment = augmentation(settings.augmentation, examples.shape, keyed(seed, epoch, 'augmentation'));
  const size = sizeOf(examples.shape);
  for (let start = 0; start < order.length; start += settings.batchSize) {
    const chosen = order.slice(start, start + settings.batchSize);
    if (chosen.length === 1 && start > 0 && settings.batchSize > 1) return;
    const inputs = new Float32Array(chosen.length * size);
    for (const [position, example] of chosen.entries())
      augment(examples.inputs, example * size, inputs, position * size);
    yield {count: chosen.length, inputs, targets: targetsOf(examples, chosen, outputs)};
  }
}

/** Number of batches that `batches` makes. */
export function batchCount(examples: number, batchSize: number): number {
  const full = Math.ceil(examples / batchSize);
  return full > 1 && batchSize > 1 && examples % batchSize === 1 ? full - 1 : full;
}

function targetsOf(examples: Examples, chosen: readonly number[], outputs: number): Float32Array {
  if (outputs === 1) return Float32Array.from(chosen, (example) => examples.targets[example] ?? 0);
  const targets = new Float32Array(chosen.length * outputs);
  for (const [position, example] of chosen.entries())
    targets[position * outputs + (examples.targets[example] ?? 0)] = 1;
  return targets;
}
