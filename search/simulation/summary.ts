import type {Run} from './simulate.ts';
import type {World} from './world.ts';

/** What many seeds of one strategy come to. */
export interface SimulationSummary {
  readonly report: {
    readonly mean: number;
    /** Standard deviation over the seeds, and standard error of the mean. */
    readonly sd: number;
    readonly se: number;
    readonly perSeed: readonly number[];
  };
  readonly guide: {readonly mean: number};
  readonly evaluations: {readonly mean: number};
  readonly unique: {readonly mean: number};
  readonly spent: {readonly mean: number};
  readonly ownSeconds: number;
  /** Distance of the incumbent's report from the best there is, after so much was spent; from where every seed has an incumbent. */
  readonly regretByCost: readonly (readonly [number, number])[];
}

const points = 60;

/** Taken from the first value on, so that equal values have exactly their mean. */
export function mean(values: readonly number[]): number {
  const [first = NaN] = values;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

/** Standard deviation of a sample; 0 for a single value. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

const reportAt = ({trace}: Run, spent: number): number | undefined =>
  trace.findLast((step) => step.spent <= spent)?.report;

/** The best report that there is, or that any seed came to. */
function yardstick({bestReport, goal}: Pick<World, 'bestReport' | 'goal'>, runs: readonly Run[]): number {
  if (bestReport !== undefined) return bestReport;
  const all = runs.flatMap(({trace}) => trace.map(({report}) => report));
  return all.reduce(
    (best, report) => (goal === 'Maximize' ? Math.max(best, report) : Math.min(best, report)),
    all[0] ?? NaN,
  );
}

function regrets(world: Pick<World, 'bestReport' | 'goal'>, runs: readonly Run[]): [number, number][] {
  const best = yardstick(world, runs);
  const end = runs.reduce((most, {spent}) => Math.max(most, spent), 0);
  return Array.from({length: points}, (_, at) => ((at + 1) * end) / points).flatMap((spent) => {
    const reports = runs.map((run) => reportAt(run, spent));
    const known = reports.filter((report) => report !== undefined);
    return known.length < runs.length ? [] : [[spent, Math.abs(best - mean(known))] as [number, number]];
  });
}

/** Summarizes runs of one strategy over seeds. */
export function summarizeRuns(world: Pick<World, 'bestReport' | 'goal'>, runs: readonly Run[]): SimulationSummary {
  const perSeed = runs.map(({report}) => report);
  const sd = deviation(perSeed);
  const meanOf = (pick: (run: Run) => number) => ({mean: mean(runs.map(pick))});
  return {
    report: {mean: mean(perSeed), sd, se: sd / Math.sqrt(runs.length), perSeed},
    guide: meanOf(({guide}) => guide),
    evaluations: meanOf(({evaluations}) => evaluations),
    unique: meanOf(({unique}) => unique),
    spent: meanOf(({spent}) => spent),
    ownSeconds: runs.reduce((sum, {ownSeconds}) => sum + ownSeconds, 0),
    regretByCost: regrets(world, runs),
  };
}
