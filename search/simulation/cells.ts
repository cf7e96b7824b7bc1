import type {Json} from '../json.ts';
import {nasBench201} from '../spaces/nas-bench-201.ts';
import type {Problem} from '../strategy.ts';
import {absent, bestReportOf, epochsOf, trainRow} from './table.ts';
import type {Goal, TableRow} from './table.ts';
import {guideMetric} from './world.ts';
import type {World} from './world.ts';

/**
 * The world of a table of NAS-Bench-201 cells. Isomorphic cells are one experiment, whose result is that of the first one trained; cells that the
 * table lacks fail.
 */
export function cellWorld(rows: readonly TableRow[], column: string, goal: Goal): World {
  const space = nasBench201.open({cellsPerStage: 5, channels: 16});
  const byCell = new Map(rows.map((row) => [row.cells[column] ?? '', row]));
  const proxyOf = (genotype: Json): number | undefined => finite(byCell.get(genotype as string)?.proxy);
  const problem: Problem = {
    space,
    training: {},
    objectives: [{metric: guideMetric, goal}],
    maxEpochs: epochsOf(rows),
    seed: 0,
    ...(rows.some(({proxy}) => finite(proxy) !== undefined) ? {proxy: proxyOf} : {}),
  };
  return {
    goal,
    bestReport: bestReportOf(rows, goal),
    problem: (seed) => ({...problem, seed}),
    train: ({genotype}, epochs, from) => {
      const row = byCell.get(genotype as string);
      const key = space.canonical(genotype as string);
      return row === undefined ? absent(key) : trainRow(row, key, {from, epochs});
    },
  };
}

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined;
