import type {BenchOptions, BenchRow} from './bench.ts';
import {cellRows, cellRuns} from './strategies/cells.ts';
import {frugalRows} from './strategies/frugal.ts';
import {numericRows} from './strategies/numeric.ts';
import {operatorThreadRows} from './strategies/operator-thread.ts';
import {Findings} from './strategies/record.ts';
import {speedRows} from './strategies/speed.ts';
import {surrogateRows} from './strategies/surrogate.ts';

/** Seeds below the first were used to choose settings. */
const firstSeed = 1_000;
const seedsTo = (count: number): number[] => Array.from({length: count}, (_, at) => firstSeed + at);

interface Figure {
  readonly about: string;
  rows(quick: boolean, findings: Findings): BenchRow[] | Promise<BenchRow[]>;
}

/** One row per figure of docs/strategies.md, by number. */
const figures: readonly Figure[] = [
  {
    about: 'NAS-Bench-201',
    rows: async (quick, findings) => {
      const seeds = quick ? {light: seedsTo(40), heavy: seedsTo(4)} : {light: seedsTo(1_000), heavy: seedsTo(300)};
      const rows = await cellRows(findings, seeds);
      const plot = process.env['ARCHSEARCH_PLOT'];
      if (plot !== undefined) (await import('./strategies/regret-plot.ts')).plotRegret(plot, cellRuns(findings, seeds));
      return rows;
    },
  },
  {
    about: 'DARTS-like surrogate',
    rows: (quick, findings) => surrogateRows(findings, seedsTo(quick ? 2 : 50)),
  },
  {
    about: 'the Gaussian process of Bananas on numeric and mixed functions beside Optuna',
    rows: (quick, findings) =>
      numericRows(findings, {type: 'Bananas', seeds: seedsTo(quick ? 1 : 50), most: quick ? 50 : Infinity}),
  },
  {
    about: 'Tpe on numeric and mixed functions beside Optuna',
    rows: (quick, findings) =>
      numericRows(findings, {type: 'Tpe', seeds: seedsTo(quick ? 4 : 50), most: quick ? 50 : Infinity}),
  },
  {
    about: 'cost-aware search beside FLAML',
    rows: (quick, findings) => (quick ? frugalRows(findings, seedsTo(4), [1, 2]) : frugalRows(findings, seedsTo(50))),
  },
  {about: 'speed', rows: (quick) => speedRows(quick ? [100, 1_000] : [100, 1_000, 10_000])},
  {about: 'the operator beside its heavy strategies', rows: (quick) => operatorThreadRows(quick ? 1_000 : 10_000)},
];

const numberIn = (variable: string): number | undefined => {
  const text = process.env[variable];
  return text === undefined ? undefined : Number(text);
};

/**
 * The strategies on tables and functions instead of training, beside references written from their papers and beside peers. With
 * ARCHSEARCH_FIGURES=1,4 only those figures; with ARCHSEARCH_FINDINGS=FILE what was found is kept there and not measured again, so that
 * a long run can be interrupted; with ARCHSEARCH_SECONDS=600 nothing is begun after so long, and the rows are of the seeds that there are;
 * with ARCHSEARCH_PLOT=FILE.svg also the regret on NAS-Bench-201 against cost.
 */
export async function run({quick}: BenchOptions): Promise<BenchRow[]> {
  const asked = process.env['ARCHSEARCH_FIGURES']?.split(',').map(Number);
  const findings = new Findings({file: process.env['ARCHSEARCH_FINDINGS'], seconds: numberIn('ARCHSEARCH_SECONDS')});
  const rows: BenchRow[] = [];
  for (const [at, figure] of figures.entries()) {
    if (asked !== undefined && !asked.includes(at + 1)) continue;
    console.error(`figure ${String(at + 1)}: ${figure.about}`);
    rows.push(...(await figure.rows(quick, findings)));
  }
  return rows;
}
