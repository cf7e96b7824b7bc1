import {at, backward, dot, factorize, forward} from '../../cholesky.ts';
import type {Model, Samples} from './model.ts';

/**
 * Parameters of the kernel as logarithms: the length scale of each input, then the noise as a share of the signal's variance. The signal's
 * variance is fitted in closed form.
 */
export type KernelParameters = readonly number[];

/** An input that a length scale of this does not matter at all. */
const bounds = {length: [Math.log(0.03), Math.log(30)], noise: [Math.log(1e-6), Math.log(0.5)]} as const;
/** Where parameters begin, and what they are drawn towards: half the range of an input, and next to no noise. */
const expected = {length: Math.log(0.5), noise: Math.log(1e-4)};
/** Standard deviations of the prior: lengths within a factor of e each way, noise anywhere. */
const spread = {length: 1, noise: 4};

export const initialParameters = (inputs: number): number[] => [
  ...Array.from({length: inputs}, () => expected.length),
  expected.noise,
];

const root5 = Math.sqrt(5);

interface Data {
  readonly n: number;
  readonly width: number;
  /** n × inputs, row by row. */
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
}

function dataOf({inputs, targets}: Samples): Data {
  const width = inputs[0]?.length ?? 0;
  const flat = new Float64Array(inputs.length * width);
  for (const [row, input] of inputs.entries()) flat.set(input, row * width);
  return {n: inputs.length, width, inputs: flat, targets: Float64Array.from(targets)};
}

/** Matérn kernel with ν = 5/2 of a distance (Rasmussen & Williams 2006, equation 4.17). */
const matern = (distance: number): number =>
  (1 + root5 * distance + (5 / 3) * distance * distance) * Math.exp(-root5 * distance);

interface Fitted {
  readonly factor: Float64Array;
  /** Inverse of the kernel matrix times the targets. */
  readonly weights: Float64Array;
  readonly variance: number;
  readonly distances: Float64Array;
  /** Logarithm of the marginal likelihood times the prior, but for a constant. */
  readonly posterior: number;
}

const inverseLengths = (parameters: KernelParameters, width: number): Float64Array =>
  Float64Array.from({length: width}, (_, input) => Math.exp(-(parameters[input] ?? 0)));

function priorOf(parameters: KernelParameters): number {
  const last = parameters.length - 1;
  return parameters.reduce((sum, value, which) => {
    const [mean, deviation] = which === last ? [expected.noise, spread.noise] : [expected.length, spread.length];
    return sum - 0.5 * ((value - mean) / deviation) ** 2;
  }, 0);
}

function scaledDistances({n, width, inputs}: Data, scales: Float64Array): Float64Array {
  const distances = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j < i; j += 1) {
      let sum = 0;
      for (let input = 0; input < width; input += 1) {
        const difference = (at(inputs, i * width + input) - at(inputs, j * width + input)) * at(scales, input);
        sum += difference * difference;
      }
      distances[i * n + j] = Math.sqrt(sum);
    }
  return distances;
}

/** Fits the process for given parameters; `undefined` when the matrix has no factor. */
function fitted(data: Data, parameters: KernelParameters): Fitted | undefined {
  const {n, width, targets} = data;
  const distances = scaledDistances(data, inverseLengths(parameters, width));
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) matrix[i * n + j] = matern(at(distances, i * n + j));
    matrix[i * n + i] = 1 + Math.exp(parameters.at(-1) ?? expected.noise);
  }
  const factor = factorize(matrix, n);
  if (factor === undefined) return undefined;
  const half = forward(factor, targets);
  const variance = Math.max(1e-10, dot(half, half) / n);
  let determinant = 0;
  for (let i = 0; i < n; i += 1) determinant += Math.log(at(factor, i * n + i));
  const posterior = -0.5 * n * Math.log(variance) - determinant + priorOf(parameters);
  return {factor, weights: backward(factor, half), variance, distances, posterior};
}

/** The inverse of the matrix whose factor this is: lower triangle, row by row. */
function inverseOf(factor: Float64Array, n: number): Float64Array {
  // Rows of the inverse factor first: only what lies below the diagonal is there.
  const lower = new Float64Array(n * n);
  for (let j = 0; j < n; j += 1) {
    lower[j * n + j] = 1 / at(factor, j * n + j);
    for (let i = j + 1; i < n; i += 1) {
      let sum = 0;
      for (let k = j; k < i; k += 1) sum -= at(factor, i * n + k) * at(lower, k * n + j);
      lower[i * n + j] = sum / at(factor, i * n + i);
    }
  }
  const inverse = new Float64Array(n * n);
  for (let k = 0; k < n; k += 1)
    for (let i = 0; i <= k; i += 1) {
      const value = at(lower, k * n + i);
      for (let j = 0; j <= i; j += 1) inverse[i * n + j] = at(inverse, i * n + j) + value * at(lower, k * n + j);
    }
  return inverse;
}

/** Slopes of the posterior in the parameters (Rasmussen & Williams 2006, equation 5.9). */
function slopesOf({n, width, inputs}: Data, parameters: KernelParameters, fit: Fitted): Float64Array {
  const {factor, weights, variance, distances} = fit;
  const inverse = inverseOf(factor, n);
  const squares = inverseLengths(parameters, width).map((scale) => scale * scale);
  const slopes = new Float64Array(parameters.length);
  const noise = Math.exp(parameters.at(-1) ?? expected.noise);
  for (let i = 0; i < n; i += 1) {
    const own = (at(weights, i) * at(weights, i)) / variance - at(inverse, i * n + i);
    slopes[width] = at(slopes, width) + 0.5 * own * noise;
    for (let j = 0; j < i; j += 1) {
      const pull = (at(weights, i) * at(weights, j)) / variance - at(inverse, i * n + j);
      const distance = at(distances, i * n + j);
      const bend = pull * (5 / 3) * (1 + root5 * distance) * Math.exp(-root5 * distance);
      for (let input = 0; input < width; input += 1) {
        const difference = at(inputs, i * width + input) - at(inputs, j * width + input);
        slopes[input] = at(slopes, input) + bend * difference * difference * at(squares, input);
      }
    }
  }
  return slopes.map((slope, which) => {
    const [mean, deviation] = which === width ? [expected.noise, spread.noise] : [expected.length, spread.length];
    return slope - ((parameters[which] ?? 0) - mean) / deviation ** 2;
  });
}

/** Steps of resilient propagation: how they begin, grow and shrink (Riedmiller & Braun 1993, RPROP). */
const rprop = {first: 0.15, grow: 1.2, shrink: 0.5, most: 0.6};

const bounded = (value: number, which: number, last: number): number => {
  const [low, high] = which === last ? bounds.noise : bounds.length;
  return Math.min(high, Math.max(low, value));
};

/** Parameters of a higher posterior, reached from others in so many steps up its slopes; the best on the way. */
export function improved(samples: Samples, from: KernelParameters, steps: number): number[] {
  const data = dataOf(samples);
  const last = from.length - 1;
  let parameters = from.map((value, which) => bounded(value, which, last));
  let best = {parameters, posterior: -Infinity};
  let sizes = parameters.map(() => rprop.first);
  let before = new Float64Array(parameters.length);
  for (let step = 0; step <= steps; step += 1) {
    const fit = fitted(data, parameters);
    if (fit === undefined) break;
    if (fit.posterior > best.posterior) best = {parameters, posterior: fit.posterior};
    if (step === steps) break;
    const slopes = slopesOf(data, parameters, fit);
    sizes = sizes.map((size, which) => {
      const turn = at(slopes, which) * at(before, which);
      if (turn === 0) return size;
      return turn > 0 ? Math.min(rprop.most, size * rprop.grow) : size * rprop.shrink;
    });
    parameters = parameters.map((value, which) =>
      bounded(value + Math.sign(at(slopes, which)) * (sizes[which] ?? 0), which, last),
    );
    before = Float64Array.from(slopes);
  }
  return best.parameters;
}

/** The process of these parameters (Rasmussen & Williams 2006, algorithm 2.1). */
export function processOf(samples: Samples, parameters: KernelParameters): Model {
  const data = dataOf(samples);
  const {n, width, inputs} = data;
  const last = parameters.length - 1;
  const noisier = (by: number): number[] => parameters.map((value, which) => (which === last ? value + by : value));
  // Samples that agree but for rounding need more noise before the matrix has a factor.
  let more = 0;
  let fit = fitted(data, parameters);
  while (fit === undefined) {
    more += Math.LN10;
    fit = fitted(data, noisier(more));
  }
  const {factor, weights, variance} = fit;
  const scales = inverseLengths(parameters, width);
  return (input) => {
    const near = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      let sum = 0;
      for (let which = 0; which < width; which += 1) {
        const difference = ((input[which] ?? 0) - at(inputs, i * width + which)) * at(scales, which);
        sum += difference * difference;
      }
      near[i] = matern(Math.sqrt(sum));
    }
    const half = forward(factor, near);
    return {
      mean: dot(near, weights),
      deviation: Math.sqrt(variance * Math.max(1e-12, 1 - dot(half, half))),
    };
  };
}
