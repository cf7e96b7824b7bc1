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

async function peerBests(
  {name, space}: NumericFunction,
  {sampler, scale}: {sampler: string; scale: number},
  {trials, seeds}: {trials: number; seeds: readonly number[]},
): Promise<number[]> {
  const python = await pythonWith(optuna);
  const words = ['--sampler', sampler, '--function', name.replace(' with kinds', '')];
  const limits = ['--trials', `${trials}`, '--seeds', `${seeds.length}`, '--offset', `${seeds[0] ?? 0}`];
  const kinds = ['--scale', `${space.size > 1 ? scale : 0}`];
  const printed = await runPeer(python, 'optuna_functions.py', ...words, ...limits, ...kinds);
  return (JSON.parse(printed) as {readonly best: number[]}).best;
}

/** Figure 3: numeric and mixed spaces. `most` leaves out what takes more trials. */
export async function numericRows(
  {tpe, gaussianProcess}: {tpe: readonly number[]; gaussianProcess: readonly number[]},
  most = Infinity,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const {type, settings, sampler, peerName, trials} of pairs)
    for (const each of numericFunctions)
      for (const evaluations of trials.filter((count) => count <= most)) {
        const seeds = type === 'Tpe' ? tpe : gaussianProcess;
        const ours = runsOf(worldOf(each), {type, settings}, {seeds, evaluations}).map(({report}) => report);
        const peer = await peerBests(each, {sampler, scale: each.scale}, {trials: evaluations, seeds});
        const regrets = (values: readonly number[]): number[] => values.map((value) => value - each.least);
        const label = {
          case: `${each.name}, ${String(evaluations)} evaluations, ${type}`,
          unit: 'above the least',
          peerName,
        };
        rows.push(pairedRow(label, {ours: regrets(ours), peer: regrets(peer)}));
      }
  return rows;
}
