import {oneArchitecture} from '../../search/simulation/one-architecture.ts';
import {simulate} from '../../search/simulation/simulate.ts';
import {guideMetric} from '../../search/simulation/world.ts';
import type {World} from '../../search/simulation/world.ts';
import {strategies} from '../../search/strategies/index.ts';
import {comparison, median} from '../bench.ts';
import type {BenchRow} from '../bench.ts';
import {pythonWith, runPeer} from '../python.ts';
import {cheapOf, costSurface, evaluateSurface, spaceOf} from './cost-surfaces.ts';
import type {CostSurface} from './cost-surfaces.ts';

const flaml = 'flaml[blendsearch]==2.7.0';

/** Surfaces that settings were tuned on have seeds from 101 on. */
const reportedSurfaces = [1, 2, 3, 4, 5, 6];
/** 1% of the range of the loss, which is 0 to 1. */
const target = 0.01;
const budget = 10_000;

const worldOf = (surface: CostSurface): World => ({
  goal: 'Minimize',
  bestReport: 0,
  problem: (seed) => ({
    space: oneArchitecture,
    training: spaceOf(surface),
    objectives: [{metric: guideMetric, goal: 'Minimize'}],
    maxEpochs: 1,
    seed,
  }),
  train: ({training}) => {
    const {loss, cost} = evaluateSurface(surface, training);
    return {key: JSON.stringify(training), guide: loss, report: loss, cost, epoch: 1};
  },
});

/** What one of our strategies pays until the loss is within the target, for each seed; the whole budget when it never is. */
export function paidByOurs(type: string, surface: CostSurface, seeds: readonly number[]): number[] {
  const row = strategies.find((candidate) => candidate.type === type);
  if (row === undefined) throw new Error(`There is no strategy ${type}.`);
  const settings = row.settings.parse({cheap: cheapOf(surface)});
  return seeds.map((seed) => {
    const search = {
      world: worldOf(surface),
      row,
      settings,
      seed,
      budgetSeconds: budget,
      evaluations: 1_000,
      parallel: 1,
    };
    return simulate({...search, target}).reached ?? budget;
  });
}

async function paidByPeer(searcher: string, surface: CostSurface, seeds: readonly number[]): Promise<number[]> {
  const python = await pythonWith([flaml]);
  const words = ['--searcher', searcher, '--surface', JSON.stringify(surface), '--target', `${target}`];
  const printed = await runPeer(
    python,
    'flaml_cost.py',
    ...words,
    '--budget',
    `${budget}`,
    '--seeds',
    `${seeds.length}`,
    '--offset',
    `${seeds[0] ?? 0}`,
  );
  return (JSON.parse(printed) as {readonly costs: number[]}).costs;
}

const pairs = [
  {type: 'CostFrugal', searcher: 'CFO'},
  {type: 'BlendSearch', searcher: 'BlendSearch'},
];

/** Cost until within 1% of the best, beside FLAML, on made-up functions whose cost spans two orders of magnitude. */
export async function frugalRows(seeds: readonly number[], surfaces = reportedSurfaces): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const {type, searcher} of pairs) {
    const all = {ours: [] as number[], peer: [] as number[]};
    for (const surface of surfaces.map(costSurface)) {
      const samples = {ours: paidByOurs(type, surface, seeds), peer: await paidByPeer(searcher, surface, seeds)};
      all.ours.push(...samples.ours);
      all.peer.push(...samples.peer);
      const label = {case: `${type}, ${surface.name}: median cost to 1%`, unit: 's', peerName: `FLAML ${searcher}`};
      rows.push(comparison(label, samples, {better: 'Less', centre: median}));
    }
    const label = {case: `${type}, all surfaces: median cost to 1%`, unit: 's', peerName: `FLAML ${searcher}`};
    rows.push(comparison(label, all, {better: 'Less', centre: median}));
  }
  return rows;
}
