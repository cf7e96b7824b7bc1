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
import {pairedRows} from './paired.ts';
import {versionOf} from './record.ts';
import type {Findings, Side} from './record.ts';

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

/** Which of ours is held against which reference. */
const pairs: readonly (readonly [type: string, reference: string])[] = [
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

export interface SeedCounts {
  readonly light: readonly number[];
  /** For strategies that fit a model at every proposal. */
  readonly heavy: readonly number[];
}

const heavy = new Set(['Bananas', 'NetworkMorphism', 'Portfolio']);
const seedsOf = (type: string, {light, heavy: few}: SeedCounts): readonly number[] => (heavy.has(type) ? few : light);

const sideName = (who: string): string => `NAS-Bench-201, ${String(budgetSeconds)} s, ${reportIs}, ${who}`;

/** Searches of 12,000 simulated seconds. */
function ownSide(world: World, type: string, parallel = 1): Side<Run> {
  const workers = parallel === 1 ? '' : `, ${String(parallel)} workers`;
  return {
    name: sideName(`${versionOf(type)}${workers}`),
    measure: (seeds) => runsOf(world, {type}, {seeds, budgetSeconds, parallel}),
  };
}

function referenceSide(cells: Cells, name: string): Side<{readonly report: number}> {
  const reference = references[name];
  if (reference === undefined) throw new Error(`There is no reference ${name}.`);
  const run = (seed: number) => {
    const budget = new Budgeted(cells, budgetSeconds);
    reference(budget, keyed(seed, 0, 'reference'));
    return {report: budget.report};
  };
  return {name: sideName(name), measure: (seeds) => seeds.map(run)};
}

const worldOf = (rows: readonly TableRow[]): World => cellWorld(rows, 'arch', 'Maximize');

/** The searches of each strategy that have been measured, for the plot of regret against cost. */
export function cellRuns(findings: Findings, seeds: SeedCounts): ReadonlyMap<string, readonly Run[]> {
  const world = worldOf(readCells());
  const types = [...new Set(pairs.map(([type]) => type))];
  return new Map(types.map((type) => [type, findings.found(ownSide(world, type), seedsOf(type, seeds))]));
}

/** Figure 1: regret on NAS-Bench-201 after 12,000 simulated seconds. */
export async function cellRows(findings: Findings, counts: SeedCounts): Promise<BenchRow[]> {
  const table = readCells();
  const world = worldOf(table);
  const cells = asCells(table);
  const duels = pairs.map(([type, reference]) => ({
    case: type,
    peerName: reference,
    ours: ownSide(world, type),
    peer: referenceSide(cells, reference),
    seeds: seedsOf(type, counts),
  }));
  const parallel = {
    case: 'Portfolio with 8 workers',
    peerName: 'Portfolio with one',
    ours: ownSide(world, 'Portfolio', 8),
    peer: ownSide(world, 'Portfolio'),
    seeds: counts.heavy,
  };
  const best = world.bestReport ?? Number.NaN;
  const regrets = (all: readonly {readonly report: number}[]) => all.map(({report}) => best - report);
  const rows: BenchRow[] = [];
  for (const {case: who, peerName, ours, peer, seeds} of [...duels, parallel]) {
    await findings.take([ours, peer], seeds);
    const found = findings.paired(ours, peer, seeds);
    const label = {case: `NAS-Bench-201, 12,000 s, ${who}`, unit: `points below the best (${reportIs})`, peerName};
    rows.push(...pairedRows(label, {ours: regrets(found.ours), peer: regrets(found.peer)}));
  }
  return rows;
}
