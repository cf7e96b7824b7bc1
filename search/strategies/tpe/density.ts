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

/** Places per kernel width at which the weight of a truncated kernel is computed; between them it is taken from the nearest. */
const placesPerWidth = 24;
/** Kernels this many widths from both ends are not cut off. */
const reach = 4;

/** Truncated normal kernels of one width around the points' positions; NaN where a point does not have the axis. */
class LineColumn {
  readonly #positions: Float64Array;
  readonly #norms: Float64Array;
  readonly #scale: number;

  constructor(positions: Float64Array, width: number) {
    const whole = -Math.log(width * Math.sqrt(2 * Math.PI));
    const scale = Math.SQRT1_2 / width;
    const [scaled, norms] = [new Float64Array(positions.length), new Float64Array(positions.length)];
    const places = Math.ceil(placesPerWidth / width);
    const table = new Float64Array(places + 1).fill(NaN);
    for (let at = 0; at < positions.length; at += 1) {
      const position = positions[at] as number;
      scaled[at] = position * scale;
      norms[at] = whole;
      if (position > reach * width && position < 1 - reach * width) continue;
      const place = Math.round(position * places);
      if (Number.isNaN(table[place])) table[place] = Math.log(mass(place / places, width));
      norms[at] = whole - (table[place] ?? NaN);
    }
    [this.#positions, this.#norms, this.#scale] = [scaled, norms, scale];
  }

  /** Adds each kernel's log-density to its sum. Where a point does not have the axis, its kernel is the uniform one: 0. */
  add(position: number, sums: Float64Array): void {
    const [positions, norms, scaled] = [this.#positions, this.#norms, position * this.#scale];
    for (let at = 0; at < sums.length; at += 1) {
      const distance = scaled - (positions[at] as number);
      const term = (norms[at] as number) - distance * distance;
      // NaN for a point without the axis.
      if (term === term) (sums[at] as number) += term;
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
    const [values, hit, miss, absent] = [this.#values, this.#hit, this.#miss, this.#absent];
    for (let at = 0; at < sums.length; at += 1) {
      const own = values[at] as number;
      const other = own === own ? miss : absent;
      (sums[at] as number) += own === value ? hit : other;
    }
  }
}

/** Terms this far below the largest change a density by less than a millionth: most kernels are, and cost no exponential. */
const negligible = 20;

/** Logarithm of the sum of the exponentials of `sums` and `more`. */
function logSum(sums: Float64Array, more: number): number {
  let most = more;
  for (const sum of sums) if (sum > most) most = sum;
  let total = Math.exp(more - most);
  for (const sum of sums) if (sum > most - negligible) total += Math.exp(sum - most);
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
  let [count, sum, squares] = [0, 0, 0];
  for (const position of positions) {
    if (Number.isNaN(position)) continue;
    count += 1;
    sum += position;
    squares += position * position;
  }
  if (count < 2) return widest;
  const variance = Math.max(0, squares / count - (sum / count) ** 2);
  return clamp(perDeviation * Math.sqrt(variance), Math.max(narrowest, 0.5 / (1 + count)), widest);
}

/** A kernel on ordered categories reaches those beside it: where all good results chose one, the next would never be tried otherwise. */
const leastWidthOn = ({kind, size}: Axis): number => (kind === 'range' ? 0 : 0.5 / size);

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
    const positions = axis.kind === 'range' ? values : values.map((value) => positionOn(axis, value));
    const width = Math.max(widthOf(positions, bandwidth * shrink), leastWidthOn(axis));
    widths.set(axis.name, width);
    return new LineColumn(positions, width);
  });
  const whole = points.length + priorWeight;
  // One array for all questions: thousands of short-lived ones would cost more than the sums.
  const sums = new Float64Array(points.length);
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
      sums.fill(0);
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
