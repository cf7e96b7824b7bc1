import {keyed} from '../search/random.ts';

export interface BenchOptions {
  /** Fewer repetitions: a smoke run, not a figure to quote. */
  readonly quick: boolean;
}

/** One line of a bench's table: a measurement of ours beside a peer's. */
export interface BenchRow {
  readonly case: string;
  /** Unit of `ours` and `peer`. */
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  /** The peer with its version, or the limit that is compared with. */
  readonly peerName: string;
  /** How many times better ours is: above 1 ours is better, whether less or more is better in this unit. */
  readonly ratio: number;
  /** 95% interval of the ratio; equal to [ratio, ratio] when nothing was repeated. */
  readonly interval: readonly [number, number];
  /** Measurements on each side. */
  readonly n: number;
}

/** What each file of bench/ exports. Throws an Error with the remedy when its peer is not installed. */
export type Bench = (options: BenchOptions) => Promise<BenchRow[]>;

/** Whether a smaller or a larger measurement is the better one. */
export type Better = 'Less' | 'More';

export interface Samples {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

/** Takes one measurement (seconds, say) each time it is called; peers in another language measure themselves and hand back the number. */
export type Measure = () => number | Promise<number>;

export interface Interleaving {
  readonly ours: Measure;
  readonly peer: Measure;
  readonly rounds: number;
  /** Rounds that are run first and thrown away; 1 when left out. */
  readonly warmup?: number;
}

/**
 * Measures both sides in turn, in the order ours-peer, peer-ours, ours-peer, …, so that a machine that slows down or speeds up
 * meanwhile does so for both.
 */
export async function interleaved({ours, peer, rounds, warmup = 1}: Interleaving): Promise<Samples> {
  const samples = {ours: [] as number[], peer: [] as number[]};
  for (let round = -warmup; round < rounds; round++) {
    const sides = [
      {measure: ours, kept: samples.ours},
      {measure: peer, kept: samples.peer},
    ];
    if (round % 2 !== 0) sides.reverse();
    for (const {measure, kept} of sides) {
      const value = await measure();
      if (round >= 0) kept.push(value);
    }
  }
  return samples;
}

/** Seconds that `work` takes. */
export async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Throws on an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new Error('The median of no measurements does not exist.');
  return (lower + upper) / 2;
}

export interface RatioSettings {
  readonly better: Better;
  /** What stands for a side's measurements; the median when left out. */
  readonly centre?: (values: readonly number[]) => number;
  readonly resamples?: number;
  readonly seed?: number;
}

/**
 * The ratio of the two sides' centres, above 1 when ours is better, with its 95% percentile-bootstrap interval (Efron & Tibshirani,
 * An Introduction to the Bootstrap, chapter 13). Both sides are resampled independently; seeded, so the same samples give the same interval.
 */
export function ratioInterval(
  {ours, peer}: Samples,
  {better, centre = median, resamples = 2000, seed = 1}: RatioSettings,
): Pick<BenchRow, 'ratio' | 'interval'> {
  const ratioOf = (mine: readonly number[], theirs: readonly number[]) =>
    better === 'Less' ? centre(theirs) / centre(mine) : centre(mine) / centre(theirs);
  const ratios = Array.from({length: resamples}, (_, index) => {
    const random = keyed(seed, index, 'bench/bootstrap');
    const resampled = (values: readonly number[]) => values.map(() => random.pick(values));
    return ratioOf(resampled(ours), resampled(peer));
  }).sort((a, b) => a - b);
  const quantile = (q: number) => ratios[Math.round(q * (resamples - 1))] ?? Number.NaN;
  return {ratio: ratioOf(ours, peer), interval: [quantile(0.025), quantile(0.975)]};
}

/** A row from both sides' measurements. */
export function comparison(
  label: Pick<BenchRow, 'case' | 'unit' | 'peerName'>,
  samples: Samples,
  settings: RatioSettings,
): BenchRow {
  const {centre = median} = settings;
  return {
    ...label,
    ours: centre(samples.ours),
    peer: centre(samples.peer),
    ...ratioInterval(samples, settings),
    n: Math.min(samples.ours.length, samples.peer.length),
  };
}
