import {keyed} from './random.ts';
import type {Random} from './random.ts';

export interface TestScores {
  /** One row per model (retrained with its own seed), one column per test example, in the same order for both sides. */
  readonly winner: readonly (readonly number[])[];
  readonly baseline: readonly (readonly number[])[];
  readonly higherIsBetter: boolean;
  readonly seed: number;
  /** How a model's examples become its metric: their mean, or the root of their mean (squared errors to RMSE). */
  readonly transform?: 'Mean' | 'RootMean';
}

export interface Comparison {
  /** Metric of the winner minus metric of the baseline, each averaged over its models. */
  readonly difference: number;
  /** 95% interval of the difference. */
  readonly interval: readonly [number, number];
  readonly conclusion: 'WinnerBetter' | 'BaselineBetter' | 'NoDifference';
}

const resamples = 2_000;
const transforms = {Mean: (mean: number) => mean, RootMean: (mean: number) => Math.sqrt(mean)} as const;

/** Checks that all models were scored on the same examples, and returns how many those are. */
function examplesOf({winner, baseline}: TestScores): number {
  const rows = [...winner.map((row) => ['winner', row] as const), ...baseline.map((row) => ['baseline', row] as const)];
  if (winner.length === 0 || baseline.length === 0)
    throw new RangeError(`${winner.length === 0 ? 'winner' : 'baseline'}: no models; give the scores of at least one`);
  const examples = winner[0]?.length ?? 0;
  if (examples === 0) throw new RangeError('winner: no test examples; give at least one');
  for (const [side, row] of rows) {
    if (row.length !== examples)
      throw new RangeError(
        `${side}: found ${String(row.length)} examples and ${String(examples)}; score all models on the same examples`,
      );
    if (!row.every(Number.isFinite)) throw new RangeError(`${side}: found a score that is not a number`);
  }
  return examples;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The value below which a share of the sorted values lies, interpolated. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return below + (above - below) * (at - Math.floor(at));
}

/** How often each example is drawn when as many are drawn as there are. */
function drawCounts(examples: number, random: Random): Uint32Array {
  const counts = new Uint32Array(examples);
  for (let draw = 0; draw < examples; draw += 1) {
    const at = random.integer(examples);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

function weightedMean(scores: readonly number[], counts: Uint32Array): number {
  let sum = 0;
  for (let at = 0; at < counts.length; at += 1) sum += (counts[at] ?? 0) * (scores[at] ?? 0);
  return sum / counts.length;
}

/**
 * Moves a few values apart so that drawing from them has the variance of the population that they came from: of three seeds a plain
 * bootstrap shows two thirds of it (the narrowness bias of Hesterberg 2015, What teachers should know about the bootstrap).
 */
function spread(values: readonly number[]): number[] {
  const centre = mean(values);
  const factor = values.length > 1 ? Math.sqrt(values.length / (values.length - 1)) : 1;
  return values.map((value) => centre + factor * (value - centre));
}

function concludes([low, high]: readonly [number, number], higherIsBetter: boolean): Comparison['conclusion'] {
  if (low <= 0 && high >= 0) return 'NoDifference';
  return low > 0 === higherIsBetter ? 'WinnerBetter' : 'BaselineBetter';
}

/**
 * Compares two sets of models on the same test examples. The interval is a percentile bootstrap (Efron & Tibshirani 1993, An introduction
 * to the bootstrap, chapter 13) that draws the examples, the same for both sides, and the models of each side anew, so that it covers
 * the luck of the test split and of the seeds. An interval that holds 0 is no difference. Throws a RangeError that names the side whose
 * scores do not fit.
 */
export function compareOnTest(scores: TestScores): Comparison {
  const {winner, baseline, higherIsBetter, seed, transform = 'Mean'} = scores;
  const examples = examplesOf(scores);
  const metric = transforms[transform];
  const differences = Array.from({length: resamples}, (_, resample) => {
    const random = keyed(seed, resample, 'bootstrap', 0);
    const counts = drawCounts(examples, random);
    const side = (models: readonly (readonly number[])[]): number => {
      const metrics = spread(models.map((row) => metric(weightedMean(row, counts))));
      return mean(models.map(() => random.pick(metrics)));
    };
    return side(winner) - side(baseline);
  }).sort((a, b) => a - b);
  const interval = [quantile(differences, 0.025), quantile(differences, 0.975)] as const;
  const whole = (models: readonly (readonly number[])[]): number => mean(models.map((row) => metric(mean(row))));
  return {
    difference: whole(winner) - whole(baseline),
    interval,
    conclusion: concludes(interval, higherIsBetter),
  };
}
