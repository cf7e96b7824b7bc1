import {at, backward, dot, factorize, forward} from './cholesky.ts';

/** What a model says of a point: mean and standard deviation of the target there. */
export interface Prediction {
  readonly mean: number;
  readonly deviation: number;
}

/** Squared distance of two items, on any scale: the model finds the length that matters. */
export type SquaredDistance<T> = (a: T, b: T) => number;

/** Kernels tried: lengths as multiples of the median distance, and noise as a share of the signal's variance. */
const lengths = [0.25, 0.5, 1, 2, 4];
const noises = [0.02, 0.1, 0.4];
/** The kernel is chosen on at most so many items: factorizing takes the cube of their number. */
const maxForKernel = 60;

interface Kernel {
  /** In squared distance. */
  readonly length: number;
  readonly noise: number;
}

interface Fit {
  readonly factor: Float64Array;
  readonly solved: Float64Array;
  /** Variance of the signal that fits the targets best. */
  readonly variance: number;
  readonly likelihood: number;
}

function fitKernel(distances: Float64Array, targets: Float64Array, {length, noise}: Kernel): Fit | undefined {
  const n = targets.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) matrix[i * n + j] = Math.exp(-at(distances, i * n + j) / (2 * length));
    matrix[i * n + i] = 1 + noise;
  }
  const factor = factorize(matrix, n);
  if (factor === undefined) return undefined;
  const solved = forward(factor, targets);
  const variance = Math.max(1e-12, dot(solved, solved) / n);
  let logDeterminant = 0;
  for (let i = 0; i < n; i += 1) logDeterminant += Math.log(at(factor, i * n + i));
  return {factor, solved, variance, likelihood: -0.5 * n * Math.log(variance) - logDeterminant};
}

/** Lower triangle of all distances, row by row. */
function distancesOf<T>(items: readonly T[], distance: SquaredDistance<T>): Float64Array {
  const n = items.length;
  const distances = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j < i; j += 1) distances[i * n + j] = distance(items[i] as T, items[j] as T);
  return distances;
}

function medianOf(distances: Float64Array): number {
  const sorted = distances.filter((distance) => distance > 0).sort();
  return sorted[sorted.length >> 1] ?? 1;
}

/** The kernel of the highest marginal likelihood (Rasmussen & Williams 2006, section 5.4.1), the signal's variance fitted with it. */
function chooseKernel(distances: Float64Array, targets: Float64Array): Kernel {
  const median = medianOf(distances);
  let best: {kernel: Kernel; likelihood: number} = {kernel: {length: median, noise: 0.1}, likelihood: -Infinity};
  for (const share of lengths)
    for (const noise of noises) {
      const kernel = {length: share * median, noise};
      const likelihood = fitKernel(distances, targets, kernel)?.likelihood ?? -Infinity;
      if (likelihood > best.likelihood) best = {kernel, likelihood};
    }
  return best.kernel;
}

/** Every so many items, so that at most `most` are left. */
const thinned = (n: number, most: number): number[] => {
  const stride = Math.max(1, n / most);
  return Array.from({length: Math.min(n, most)}, (_, index) => Math.floor(index * stride));
};

/**
 * Gaussian-process regression with a squared-exponential kernel over any distance (Rasmussen & Williams 2006, algorithm 2.1); length and
 * noise by marginal likelihood. Takes targets of about mean 0; n items cost n³ to fit and n² to predict. Written out on flat arrays: a
 * search asks for it at every proposal, and a matrix library's accessors take most of that time.
 */
export class GaussianProcess<T> {
  readonly #items: readonly T[];
  readonly #distance: SquaredDistance<T>;
  readonly #kernel: Kernel;
  readonly #fit: Fit;
  readonly #weights: Float64Array;

  private constructor(items: readonly T[], distance: SquaredDistance<T>, {kernel, fit}: {kernel: Kernel; fit: Fit}) {
    this.#items = items;
    this.#distance = distance;
    this.#kernel = kernel;
    this.#fit = fit;
    this.#weights = backward(fit.factor, fit.solved);
  }

  /** Fits a model. Throws a RangeError without items, or when there are not as many targets. */
  static fit<T>(items: readonly T[], targets: readonly number[], distance: SquaredDistance<T>): GaussianProcess<T> {
    if (items.length === 0 || items.length !== targets.length)
      throw new RangeError(
        `a model needs as many targets as items, and one at least: found ${String(items.length)} items and ${String(targets.length)} targets`,
      );
    const few = thinned(items.length, maxForKernel);
    const kernel = chooseKernel(
      distancesOf(
        few.map((index) => items[index] as T),
        distance,
      ),
      Float64Array.from(few, (index) => targets[index] ?? 0),
    );
    const distances = distancesOf(items, distance);
    // Items that agree but for rounding need more noise before the factor exists.
    for (let noise = kernel.noise; ; noise *= 10) {
      const fit = fitKernel(distances, Float64Array.from(targets), {...kernel, noise});
      if (fit !== undefined) return new GaussianProcess(items, distance, {kernel: {...kernel, noise}, fit});
    }
  }

  predict(item: T): Prediction {
    const near = new Float64Array(this.#items.length);
    for (const [index, other] of this.#items.entries())
      near[index] = Math.exp(-this.#distance(other, item) / (2 * this.#kernel.length));
    const solved = forward(this.#fit.factor, near);
    const left = Math.max(1e-9, 1 - dot(solved, solved));
    return {mean: dot(near, this.#weights), deviation: Math.sqrt(this.#fit.variance * left)};
  }
}
