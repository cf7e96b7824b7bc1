import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {parse} from 'csv-parse/sync';
import {keyed} from '../../search/random.ts';
import {cellWorld} from '../../search/simulation/cells.ts';
import {simulate} from '../../search/simulation/simulate.ts';
import type {Run} from '../../search/simulation/simulate.ts';
import type {TableRow} from '../../search/simulation/table.ts';
import type {World} from '../../search/simulation/world.ts';
import {strategies} from '../../search/strategies/index.ts';
import type {BenchRow} from '../bench.ts';
import {Budgeted} from '../references/budgeted.ts';
import type {Cells, Reference} from '../references/budgeted.ts';
import {localSearch} from '../references/local-search.ts';
import {randomSearch} from '../references/random-search.ts';
import {deduplicatedEvolution, plainEvolution} from '../references/regularized-evolution.ts';
import {pairedRow} from './paired.ts';

/** Where the whole table lies, with the test accuracy after 200 epochs; left out, the 12-epoch accuracy is the report as well. */
const wholeTable = process.env['ARCHSEARCH_NAS_BENCH_201'];
const committed = new URL('../../test/data/nas-bench-201-cifar10.csv.gz', import.meta.url);
const guideColumn = 'valid_accuracy_12_epochs';
const reportColumn = wholeTable === undefined ? guideColumn : 'test_accuracy_200_epochs';
const budgetSeconds = 12_000;

export const reportIs = wholeTable === undefined ? 'validation accuracy, 12 epochs' : 'test accuracy, 200 epochs';

/** The cells of NAS-Bench-201 on CIFAR-10. */
export function readCells(): TableRow[] {
  const text = wholeTable === undefined ? gunzipSync(readFileSync(committed)) : readFileSync(wholeTable);
  const records = parse(text, {columns: true}) as unknown as Record<string, string>[];
  return records.map((cells) => ({
    cells,
    guide: [Number(cells[guideColumn])],
    cost: Number(cells['training_seconds_12_epochs']),
    report: Number(cells[reportColumn]),
  }));
}

const asCells = (rows: readonly TableRow[]): Cells =>
  new Map(
    rows.map(({cells, guide, cost, report}) => [cells['arch'] ?? '', {guide: guide[0] ?? Number.NaN, cost, report}]),
  );

/** Runs one of our strategies with its default settings once per seed. */
export function runsOf(
  world: World,
  {type, settings = {}}: {type: string; settings?: object},
  limits: {seeds: readonly number[]; budgetSeconds?: number; evaluations?: number; parallel?: number},
): Run[] {
  const row = strategies.find((candidate) => candidate.type === type);
  if (row === undefined) throw new Error(`There is no strategy ${type}.`);
  const opened = row.settings.parse(settings);
  const {seeds, budgetSeconds: seconds = Infinity, evaluations = Infinity, parallel = 1} = limits;
  return seeds.map((seed) =>
    simulate({world, row, settings: opened, seed, budgetSeconds: seconds, evaluations, parallel}),
  );
}

const references: Readonly<Record<string, Reference>> = {
  'random search': randomSearch,
  'regularized evolution': plainEvolution,
  'regularized evolution, deduplicated': deduplicatedEvolution,
  'local search, deduplicated': localSearch,
};

function referenceReports(cells: Cells, reference: Reference, seeds: readonly number[]): number[] {
  return seeds.map((seed) => {
    const budget = new Budgeted(cells, budgetSeconds);
    reference(budget, keyed(seed, 0, 'reference'));
    return budget.report;
  });
}

/** Which of ours is held against which reference. */
const pairs: readonly (readonly [type: string, peer: string])[] = [
  ['Random', 'random search'],
  ['RegularizedEvolution', 'regularized evolution'],
  ['RegularizedEvolution', 'regularized evolution, deduplicated'],
  ['LocalSearch', 'local search, deduplicated'],
  ['Reinforce', 'random search'],
  ['Tpe', 'random search'],
  ['Bananas', 'local search, deduplicated'],
  ['NetworkMorphism', 'random search'],
  ['Portfolio', 'local search, deduplicated'],
];
const cellStrategies: readonly string[] = [...new Set(pairs.map(([type]) => type))];

export interface SeedCounts {
  readonly light: readonly number[];
  /** Strategies that fit a model at every proposal. */
  readonly heavy: readonly number[];
}

const heavy = new Set(['Bananas', 'NetworkMorphism', 'Portfolio']);

const world = (): World => cellWorld(readCells(), 'arch', 'Maximize');

/** Searches of 12,000 simulated seconds, one per seed. */
const cellRuns = (type: string, {light, heavy: few}: SeedCounts, parallel = 1): Run[] =>
  runsOf(world(), {type}, {seeds: heavy.has(type) ? few : light, budgetSeconds, parallel});

/** Searches of every strategy, and those of Portfolio with 8 workers. */
export interface CellRuns {
  readonly single: ReadonlyMap<string, readonly Run[]>;
  readonly eight: readonly Run[];
}

export const allCellRuns = (seeds: SeedCounts): CellRuns => ({
  single: new Map(cellStrategies.map((type) => [type, cellRuns(type, seeds)])),
  eight: cellRuns('Portfolio', seeds, 8),
});

/** Figure 1: regret on NAS-Bench-201 after 12,000 simulated seconds. `seeds` are those of the references, the first of them those of the runs. */
export function cellRows({single, eight}: CellRuns, seeds: readonly number[]): BenchRow[] {
  const cells = asCells(readCells());
  const best = world().bestReport ?? Number.NaN;
  const regretsOf = (reports: readonly number[]): number[] => reports.map((report) => best - report);
  const ownRegrets = (runs: readonly Run[] = []): number[] => regretsOf(runs.map(({report}) => report));
  const peers = new Map(
    Object.entries(references).map(([name, reference]) => [name, regretsOf(referenceReports(cells, reference, seeds))]),
  );
  const label = (type: string): string => `NAS-Bench-201, 12,000 s, ${type}`;
  const unit = `points below the best (${reportIs})`;
  const rows = pairs.map(([type, peer]) => {
    const ours = ownRegrets(single.get(type));
    const samples = {ours, peer: (peers.get(peer) ?? []).slice(0, ours.length)};
    return pairedRow({case: label(type), unit, peerName: peer}, samples);
  });
  const row = pairedRow(
    {case: label('Portfolio with 8 workers'), unit, peerName: 'Portfolio with one'},
    {ours: ownRegrets(eight), peer: ownRegrets(single.get('Portfolio'))},
  );
  return [...rows, row];
}
