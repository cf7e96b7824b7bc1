import type {Values} from '../search/objectives.ts';
import type {Examples} from './data/raw.ts';
import type {Preprocessing} from './data/preprocessing.ts';

/** Metrics of a model's outputs ([count, outputs], row-major) and a score per example for paired comparisons. */
export interface Scored {
  readonly values: Values;
  /** Classification: 1 if right, 0 if not. Regression: squared error in the target's own unit. */
  readonly perExample: readonly number[];
}

type Targets = Preprocessing['targets'];

/** accuracy, balancedAccuracy (mean recall over the classes present) and crossEntropy (nats) · rmse, mae (target's unit) and r2. */
export function score(outputs: Float32Array, examples: Examples, targets: Targets): Scored {
  return targets.kind === 'classes'
    ? scoreClasses(outputs, examples, targets.names.length)
    : scoreNumbers(outputs, examples, targets);
}

function scoreClasses(logits: Float32Array, {count, targets}: Examples, classes: number): Scored {
  const perExample: number[] = [];
  const seen = new Float64Array(classes);
  const right = new Float64Array(classes);
  let entropy = 0;
  for (let example = 0; example < count; example += 1) {
    const row = logits.subarray(example * classes, (example + 1) * classes);
    const label = targets[example] ?? 0;
    const hit = Number(largest(row) === label);
    seen[label] = (seen[label] ?? 0) + 1;
    right[label] = (right[label] ?? 0) + hit;
    entropy += logSumExp(row) - (row[label] ?? 0);
    perExample.push(hit);
  }
  const recalls = [...seen].flatMap((total, label) => (total > 0 ? [(right[label] ?? 0) / total] : []));
  return {
    values: {accuracy: mean(perExample), balancedAccuracy: mean(recalls), crossEntropy: entropy / count},
    perExample,
  };
}

const largest = (row: Float32Array): number =>
  row.reduce((best, value, index) => (value > (row[best] ?? 0) ? index : best), 0);

function logSumExp(row: Float32Array): number {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  return top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

function scoreNumbers(
  outputs: Float32Array,
  {count, targets}: Examples,
  unit: Extract<Targets, {kind: 'number'}>,
): Scored {
  const truths = Array.from({length: count}, (_, index) => (targets[index] ?? 0) * unit.deviation + unit.mean);
  const errors = truths.map((truth, index) => (outputs[index] ?? 0) * unit.deviation + unit.mean - truth);
  const squares = errors.map((error) => error ** 2);
  const center = mean(truths);
  const spread = mean(truths.map((truth) => (truth - center) ** 2));
  const mse = mean(squares);
  return {
    values: {
      rmse: Math.sqrt(mse),
      mae: mean(errors.map(Math.abs)),
      // Constant targets leave nothing to explain; scikit-learn's convention: 1 if met exactly, else 0.
      r2: spread > 0 ? 1 - mse / spread : Number(mse === 0),
    },
    perExample: squares,
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
