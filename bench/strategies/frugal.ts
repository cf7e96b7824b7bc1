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
import {versionOf} from './record.ts';
import type {Findings, Side} from './record.ts';

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

/** What was paid until the target was reached, or until the search ended without it. */
interface Paid {
  readonly paid: number;
  /** Cut: it was ended by the clock, so that `paid` is less than it would have come to. */
  readonly end: 'Reached' | 'Spent' | 'Cut';
}

/** Processor time of one search of FLAML's; a few ask their model for hours. */
const patienceSeconds = 60;

function peerSide(searcher: string, surface: CostSurface): Side<Paid> {
  const words = ['--searcher', searcher, '--surface', JSON.stringify(surface), '--target', `${target}`];
  const limits = ['--budget', `${budget}`, '--patience', `${patienceSeconds}`];
  const measure = async (seeds: readonly number[]): Promise<Paid[]> => {
    const python = await pythonWith([flaml]);
    const printed = await runPeer(python, 'flaml_cost.py', ...words, ...limits, '--seeds', ...seeds.map(String));
    return (JSON.parse(printed) as {readonly searches: Paid[]}).searches;
  };
  return {name: `${surface.name}, ${flaml} ${searcher}, ${String(patienceSeconds)} s at most`, measure};
}

const ownSide = (type: string, surface: CostSurface): Side<number> => ({
  name: `${surface.name}, ${versionOf(type)}`,
  measure: (seeds) => paidByOurs(type, surface, seeds),
});

const pairs = [
  {type: 'CostFrugal', searcher: 'CFO'},
  {type: 'BlendSearch', searcher: 'BlendSearch'},
];

interface Both {
  readonly ours: readonly number[];
  readonly peer: readonly Paid[];
}

/** What was cut counts as what had been paid by then: in the peer's favour. */
function rowsOf(about: string, searcher: string, {ours, peer}: Both): BenchRow[] {
  if (ours.length === 0) return [];
  const count = (which: Paid['end']) => String(peer.filter(({end}) => end === which).length);
  const never = `never reached ${String(ours.filter((paid) => paid >= budget).length)} / ${count('Spent')}, cut 0 / ${count('Cut')}`;
  const label = {case: `${about}: median cost to 1% (${never})`, unit: 's', peerName: `FLAML ${searcher}`};
  return [comparison(label, {ours, peer: peer.map(({paid}) => paid)}, {better: 'Less', centre: median})];
}

/** Cost until within 1% of the best, beside FLAML, on made-up functions whose cost spans two orders of magnitude. */
export async function frugalRows(
  findings: Findings,
  seeds: readonly number[],
  surfaces = reportedSurfaces,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const {type, searcher} of pairs) {
    const duels = surfaces.map(costSurface).map((surface) => ({
      about: `${type}, ${surface.name}`,
      ours: ownSide(type, surface),
      peer: peerSide(searcher, surface),
    }));
    await findings.take(
      duels.flatMap(({ours, peer}) => [ours, peer]),
      seeds,
    );
    const found = duels.map(({ours, peer}) => findings.paired(ours, peer, seeds));
    rows.push(...duels.flatMap(({about}, at) => rowsOf(about, searcher, found[at] ?? {ours: [], peer: []})));
    const all = {ours: found.flatMap(({ours}) => ours), peer: found.flatMap(({peer}) => peer)};
    rows.push(...rowsOf(`${type}, all surfaces`, searcher, all));
  }
  return rows;
}
