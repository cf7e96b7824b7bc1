import type {Axes, Point} from '../../axes.ts';
import type {Axis} from '../../choices.ts';
import type {Random} from '../../random.ts';

/** A mixture of kernels, one per point, and one that is uniform: the prior. */
export interface Density {
  /** Logarithm of the density at a point. */
  log(point: Point): number;
  /** A kernel of the mixture, as what draws the value of an axis from it. */
  kernel(random: Random): (axis: Axis) => number;
}

export interface Smoothing {
  /** Standard deviation of a kernel on a range of length 1, for one point; it shrinks with more points. */
  readonly bandwidth: number;
  /** What the uniform kernel weighs beside that of one point. */
  readonly priorWeight: number;
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Distribution of the standard normal (Abramowitz & Stegun 1964, 26.2.17; error below 1e-7). */
function cumulative(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))) *
    Math.exp((-x * x) / 2) *
    0.3989422804014327;
  return x >= 0 ? 1 - tail : tail;
}

/** Axes whose near values are alike have normal kernels, cut off at the ends of [0, 1]; the values of ordered categories lie evenly in it. */
const isLine = ({kind, ordered}: Axis): boolean => kind === 'range' || ordered;

const positionOn = ({kind, size}: Axis, value: number): number => (kind === 'range' ? value : (value + 0.5) / size);

const valueOn = ({kind, size}: Axis, position: number): number =>
  kind === 'range' ? position : Math.min(size - 1, Math.floor(position * size));

/** Truncated normal kernels of one width around the points' positions. */
class LineColumn {
  readonly #positions: Float64Array;
  readonly #norms: Float64Array;
  readonly #precisions: Float64Array;

  constructor(positions: readonly (number | undefined)[], width: number) {
    this.#positions = Float64Array.from(positions, (position) => position ?? 0);
    this.#norms = Float64Array.from(positions, (position) =>
      position === undefined ? 0 : -Math.log(width * Math.sqrt(2 * Math.PI) * mass(position, width)),
    );
    this.#precisions = Float64Array.from(positions, (position) => (position === undefined ? 0 : 0.5 / width ** 2));
  }

  /** Adds each kernel's log-density to its sum. Where a point does not have the axis, its kernel is the uniform one: 0. */
  add(position: number, sums: Float64Array): void {
    for (let at = 0; at < sums.length; at += 1) {
      const distance = position - (this.#positions[at] ?? 0);
      sums[at] = (sums[at] ?? 0) + (this.#norms[at] ?? 0) - distance * distance * (this.#precisions[at] ?? 0);
    }
  }
}

/** How much of a normal kernel lies in [0, 1]. */
const mass = (centre: number, width: number): number => cumulative((1 - centre) / width) - cumulative(-centre / width);

/** Kernels over categories without an order (Aitchison & Aitken 1976): the point's own, and a little of all. */
class CategoryColumn {
  readonly #values: Int32Array;
  readonly #hit: number;
  readonly #miss: number;
  readonly #absent: number;

  constructor(values: readonly (number | undefined)[], size: number, smear: number) {
    this.#values = Int32Array.from(values, (value) => value ?? -1);
    this.#hit = Math.log(1 - smear + smear / size);
    this.#miss = Math.log(smear / size);
    this.#absent = -Math.log(size);
  }

  add(value: number, sums: Float64Array): void {
    for (let at = 0; at < sums.length; at += 1) {
      const own = this.#values[at] ?? -1;
      const other = own < 0 ? this.#absent : this.#miss;
      sums[at] = (sums[at] ?? 0) + (own === value ? this.#hit : other);
    }
  }
}

/** Logarithm of the sum of the exponentials of `sums` and `more`. */
function logSum(sums: Float64Array, more: number): number {
  let most = more;
  for (const sum of sums) if (sum > most) most = sum;
  let total = Math.exp(more - most);
  for (const sum of sums) if (sum > most - 40) total += Math.exp(sum - most);
  return most + Math.log(total);
}

/** A kernel gets narrower with the number of points, the slower the more axes there are (Scott 1992, Multivariate density estimation, 6.3). */
const shrinking = (points: number, axes: number): number => Math.max(points, 1) ** (-1 / (axes + 4));

/**
 * Density over points with conditional axes. Each point has one kernel over all its axes together, so that the mixture keeps what belongs
 * together; on axes that the point does not have, its kernel is uniform.
 */
export function densityOf(axes: Axes, points: readonly Point[], {bandwidth, priorWeight}: Smoothing): Density {
  const width = bandwidth * shrinking(points.length, axes.length);
  const smear = 1 / (1 + points.length / priorWeight);
  const smearOf = (size: number): number => clamp((size * smear) / (1 + (size - 1) * smear), 0.05, 1);
  const columns = axes.map((axis, which) => {
    const values = points.map((point) => point[which] ?? undefined);
    if (!isLine(axis)) return new CategoryColumn(values, axis.size, smearOf(axis.size));
    const positions = values.map((value) => (value === undefined ? undefined : positionOn(axis, value)));
    return new LineColumn(positions, width);
  });
  const whole = points.length + priorWeight;
  const place = new Map(axes.map(({name}, at) => [name, at]));

  const drawLine = (axis: Axis, centre: number, random: Random): number => {
    for (let attempt = 0; attempt < 16; attempt += 1) {
      const position = centre + width * random.normal();
      if (position >= 0 && position < 1) return valueOn(axis, position);
    }
    return valueOn(axis, centre);
  };
  const drawUniform = (axis: Axis, random: Random): number =>
    axis.kind === 'range' ? random.uniform() : random.integer(axis.size);

  return {
    log: (point) => {
      const sums = new Float64Array(points.length);
      let prior = Math.log(priorWeight);
      for (const [which, axis] of axes.entries()) {
        const value = point[which] ?? undefined;
        if (value === undefined) continue;
        columns[which]?.add(isLine(axis) ? positionOn(axis, value) : value, sums);
        if (!isLine(axis)) prior -= Math.log(axis.size);
      }
      return logSum(sums, prior) - Math.log(whole);
    },
    kernel: (random) => {
      const drawn = Math.floor(random.uniform() * whole);
      const point = points[drawn];
      return (axis) => {
        const own = point?.[place.get(axis.name) ?? -1] ?? undefined;
        if (own === undefined) return drawUniform(axis, random);
        if (isLine(axis)) return drawLine(axis, positionOn(axis, own), random);
        return random.uniform() < smearOf(axis.size) ? random.integer(axis.size) : own;
      };
    },
  };
}
