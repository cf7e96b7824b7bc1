import type {BenchOptions, BenchRow} from './bench.ts';
import {allCellRuns, cellRows} from './strategies/cells.ts';
import {frugalRows} from './strategies/frugal.ts';
import {numericRows} from './strategies/numeric.ts';
import {speedRows} from './strategies/speed.ts';
import {surrogateRows} from './strategies/surrogate.ts';

/** Seeds below the first were used to choose settings. */
const firstSeed = 1_000;
const seedsTo = (count: number): number[] => Array.from({length: count}, (_, at) => firstSeed + at);

interface Figure {
  readonly about: string;
  rows(quick: boolean): BenchRow[] | Promise<BenchRow[]>;
}

/** One row per figure of docs/strategies.md. */
const figures: readonly Figure[] = [
  {
    about: 'NAS-Bench-201',
    rows: async (quick) => {
      const seeds = quick ? {light: seedsTo(40), heavy: seedsTo(4)} : {light: seedsTo(1_000), heavy: seedsTo(300)};
      const runs = allCellRuns(seeds);
      const plot = process.env['ARCHSEARCH_PLOT'];
      if (plot !== undefined) (await import('./strategies/regret-plot.ts')).plotRegret(plot, runs);
      return cellRows(runs, seeds.light);
    },
  },
  {about: 'DARTS-like surrogate', rows: (quick) => surrogateRows(seedsTo(quick ? 2 : 50))},
  {
    about: 'numeric and mixed functions beside Optuna',
    rows: async (quick) => {
      const [tpe, gaussianProcess] = quick ? [seedsTo(4), seedsTo(1)] : [seedsTo(50), seedsTo(50)];
      const most = quick ? 50 : Infinity;
      return [...(await numericRows('Tpe', tpe, most)), ...(await numericRows('Bananas', gaussianProcess, most))];
    },
  },
  {
    about: 'cost-aware search beside FLAML',
    rows: (quick) => (quick ? frugalRows(seedsTo(4), [1, 2]) : frugalRows(seedsTo(50))),
  },
  {about: 'speed', rows: (quick) => speedRows(quick ? [100, 1_000] : [100, 1_000, 10_000])},
];

/**
 * The strategies on tables and functions instead of training, beside references written from their papers and beside peers. With
 * ARCHSEARCH_FIGURES=1,4 only those figures; with ARCHSEARCH_PLOT=FILE.svg also the regret on NAS-Bench-201 against cost.
 */
export async function run({quick}: BenchOptions): Promise<BenchRow[]> {
  const asked = process.env['ARCHSEARCH_FIGURES']?.split(',').map(Number);
  const rows: BenchRow[] = [];
  for (const [at, figure] of figures.entries()) {
    if (asked !== undefined && !asked.includes(at + 1)) continue;
    console.error(`figure ${String(at + 1)}: ${figure.about}`);
    rows.push(...(await figure.rows(quick)));
  }
  return rows;
}
