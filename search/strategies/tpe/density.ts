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
  /** Width of a kernel as a multiple of the points' standard deviation, before it shrinks with their number. */
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

/** Places at which the weight of a truncated kernel is computed; between them it is taken from the nearest. */
const normPlaces = 256;

/** Truncated normal kernels of one width around the points' positions; NaN where a point does not have the axis. */
class LineColumn {
  readonly #positions: Float64Array;
  readonly #norms: Float64Array;
  readonly #precision: number;

  constructor(positions: Float64Array, width: number) {
    const scale = Math.log(width * Math.sqrt(2 * Math.PI));
    const table = new Float64Array(normPlaces + 1).fill(NaN);
    this.#positions = positions;
    this.#norms = new Float64Array(positions.length);
    this.#precision = 0.5 / width ** 2;
    for (let at = 0; at < positions.length; at += 1) {
      const place = Math.round((positions[at] ?? 0) * normPlaces);
      let norm = table[place] ?? NaN;
      if (Number.isNaN(norm)) {
        norm = -scale - Math.log(mass(place / normPlaces, width));
        table[place] = norm;
      }
      this.#norms[at] = norm;
    }
  }

  /** Adds each kernel's log-density to its sum. Where a point does not have the axis, its kernel is the uniform one: 0. */
  add(position: number, sums: Float64Array): void {
    const [positions, norms, precision] = [this.#positions, this.#norms, this.#precision];
    for (let at = 0; at < sums.length; at += 1) {
      const distance = position - (positions[at] ?? NaN);
      if (distance === distance) sums[at] = (sums[at] ?? 0) + (norms[at] ?? 0) - distance * distance * precision;
    }
  }
}

/** How much of a normal kernel lies in [0, 1]. */
const mass = (centre: number, width: number): number => cumulative((1 - centre) / width) - cumulative(-centre / width);

/** Kernels over categories without an order (Aitchison & Aitken 1976): the point's own, and a little of all. */
class CategoryColumn {
  readonly #values: Float64Array;
  readonly #hit: number;
  readonly #miss: number;
  readonly #absent: number;

  constructor(values: Float64Array, size: number, smear: number) {
    this.#values = values;
    this.#hit = Math.log(1 - smear + smear / size);
    this.#miss = Math.log(smear / size);
    this.#absent = -Math.log(size);
  }

  add(value: number, sums: Float64Array): void {
    for (let at = 0; at < sums.length; at += 1) {
      const own = this.#values[at] ?? NaN;
      const other = own === own ? this.#miss : this.#absent;
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

/** No kernel is narrower: what lies this close together on a range is one value. */
const narrowest = 0.01;
const widest = 0.5;

/**
 * Width of the kernels on one axis: in proportion to how far the points are scattered, and for a few points no less than a good part of
 * what lies between them, so that the first good results do not seem to be the only ones.
 */
function widthOf(positions: Float64Array, perDeviation: number): number {
  const known = positions.filter((position) => !Number.isNaN(position));
  if (known.length < 2) return widest;
  const mean = known.reduce((sum, position) => sum + position, 0) / known.length;
  const variance = known.reduce((sum, position) => sum + (position - mean) ** 2, 0) / known.length;
  return clamp(perDeviation * Math.sqrt(variance), Math.max(narrowest, 0.5 / (1 + known.length)), widest);
}

/** What the points chose on one axis, NaN where it did not come up. */
function columnOf(points: readonly Point[], which: number): Float64Array {
  const values = new Float64Array(points.length);
  for (let at = 0; at < points.length; at += 1) values[at] = points[at]?.[which] ?? NaN;
  return values;
}

/**
 * Density over points with conditional axes. Each point has one kernel over all its axes together, so that the mixture keeps what belongs
 * together; on axes that the point does not have, its kernel is uniform.
 */
export function densityOf(axes: Axes, points: readonly Point[], {bandwidth, priorWeight}: Smoothing): Density {
  const shrink = shrinking(points.length, axes.length);
  const widths = new Map<string, number>();
  const smear = 1 / (1 + points.length / priorWeight);
  const smearOf = (size: number): number => clamp((size * smear) / (1 + (size - 1) * smear), 0.05, 1);
  const columns = axes.map((axis, which) => {
    const values = columnOf(points, which);
    if (!isLine(axis)) return new CategoryColumn(values, axis.size, smearOf(axis.size));
    const positions = values.map((value) => positionOn(axis, value));
    const width = widthOf(positions, bandwidth * shrink);
    widths.set(axis.name, width);
    return new LineColumn(positions, width);
  });
  const whole = points.length + priorWeight;
  const place = new Map(axes.map(({name}, at) => [name, at]));

  const drawLine = (axis: Axis, centre: number, random: Random): number => {
    for (let attempt = 0; attempt < 16; attempt += 1) {
      const position = centre + (widths.get(axis.name) ?? widest) * random.normal();
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
