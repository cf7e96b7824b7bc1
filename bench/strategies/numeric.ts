import {guideMetric} from '../../search/simulation/world.ts';
import type {World} from '../../search/simulation/world.ts';
import type {BenchRow} from '../bench.ts';
import {pythonWith, runPeer} from '../python.ts';
import {runsOf} from './cells.ts';
import {numericFunctions} from './numeric-functions.ts';
import type {NumericFunction} from './numeric-functions.ts';
import {pairedRow} from './paired.ts';

const optuna = ['optuna==5.0.0', 'scipy==1.16.3', 'torch==2.9.0'];

const worldOf = ({space, parameters, value, least}: NumericFunction): World => ({
  goal: 'Minimize',
  bestReport: least,
  problem: (seed) => ({
    space,
    training: parameters,
    objectives: [{metric: guideMetric, goal: 'Minimize'}],
    maxEpochs: 1,
    seed,
  }),
  train: ({genotype, training}) => {
    const found = value(training as Readonly<Record<string, number>>, genotype);
    return {key: JSON.stringify([genotype, training]), guide: found, report: found, cost: 1, epoch: 1};
  },
});

/** Optuna's samplers with their defaults. The Gaussian process costs a cube of the trials, so that it has fewer. */
const pairs = [
  {type: 'Tpe', settings: {}, sampler: 'TPE', peerName: 'Optuna TPESampler', trials: [50, 100, 200]},
  {
    type: 'Bananas',
    settings: {predictor: 'GaussianProcess'},
    sampler: 'GP',
    peerName: 'Optuna GPSampler',
    trials: [50, 100],
  },
];

interface Search {
  readonly seeds: readonly number[];
  /** After how many evaluations the best is told, in ascending order. */
  readonly trials: readonly number[];
}

/** Optuna's best values: for each number of trials, one per seed. */
async function peerBests(
  {name, space, scale}: NumericFunction,
  sampler: string,
  {seeds, trials}: Search,
): Promise<readonly (readonly number[])[]> {
  const python = await pythonWith(optuna);
  const words = ['--sampler', sampler, '--function', name.replace(' with kinds', '')];
  const limits = ['--seeds', `${seeds.length}`, '--offset', `${seeds[0] ?? 0}`, '--trials', ...trials.map(String)];
  const kinds = ['--scale', `${space.size > 1 ? scale : 0}`];
  const printed = await runPeer(python, 'optuna_functions.py', ...words, ...kinds, ...limits);
  return (JSON.parse(printed) as {readonly best: readonly (readonly number[])[]}).best;
}

/** Our best values, likewise. An evaluation costs 1, so that what was spent is how many there were. */
function ownBests(
  of: NumericFunction,
  strategy: {type: string; settings: object},
  {seeds, trials}: Search,
): readonly (readonly number[])[] {
  const runs = runsOf(worldOf(of), strategy, {seeds, evaluations: trials.at(-1) ?? 0});
  return trials.map((count) => runs.map(({trace}) => trace.findLast(({spent}) => spent <= count)?.report ?? Infinity));
}

/** Figure 3: numeric and mixed spaces, one strategy beside its peer. `most` leaves out what takes more evaluations. */
export async function numericRows(type: string, seeds: readonly number[], most = Infinity): Promise<BenchRow[]> {
  const pair = pairs.find((candidate) => candidate.type === type);
  if (pair === undefined) throw new Error(`There is no peer of ${type}.`);
  const {settings, sampler, peerName} = pair;
  const search = {seeds, trials: pair.trials.filter((count) => count <= most)};
  const rows: BenchRow[] = [];
  for (const each of numericFunctions) {
    const ours = ownBests(each, {type, settings}, search);
    const peer = await peerBests(each, sampler, search);
    const regrets = (values: readonly number[] = []): number[] => values.map((value) => value - each.least);
    for (const [at, evaluations] of search.trials.entries()) {
      const label = {
        case: `${each.name}, ${String(evaluations)} evaluations, ${type}`,
        unit: 'above the least',
        peerName,
      };
      rows.push(pairedRow(label, {ours: regrets(ours[at]), peer: regrets(peer[at])}));
    }
  }
  return rows;
}
