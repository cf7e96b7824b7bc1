import {guideMetric} from '../../search/simulation/world.ts';
import type {Run} from '../../search/simulation/simulate.ts';
import type {World} from '../../search/simulation/world.ts';
import type {BenchRow} from '../bench.ts';
import {pythonWith, runPeer} from '../python.ts';
import {runsOf} from './cells.ts';
import {numericFunctions} from './numeric-functions.ts';
import type {NumericFunction} from './numeric-functions.ts';
import {pairedRows} from './paired.ts';
import {versionOf} from './record.ts';
import type {Findings, Side} from './record.ts';

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

/** Optuna's samplers with their defaults, and the lengths of searches: each list is told of one search. Long ones of Gaussian processes are dear. */
const pairs = [
  {type: 'Tpe', settings: {}, sampler: 'TPE', peerName: 'Optuna TPESampler', lengths: [[50, 100, 200]]},
  {
    type: 'Bananas',
    settings: {predictor: 'GaussianProcess'},
    sampler: 'GP',
    peerName: 'Optuna GPSampler',
    lengths: [[50], [100]],
  },
];

interface Search {
  readonly of: NumericFunction;
  /** After how many evaluations the best is told, in ascending order. */
  readonly trials: readonly number[];
}

const sideName = ({of, trials}: Search, who: string): string =>
  `${of.name}, ${trials.join(' and ')} evaluations, ${who}`;

/** Optuna's best values: for each seed, one per number of trials. */
function peerSide(search: Search, sampler: string): Side<readonly number[]> {
  const {of, trials} = search;
  const words = ['--sampler', sampler, '--function', of.name.replace(' with kinds', '')];
  const numbers = ['--trials', ...trials.map(String), '--scale', `${of.space.size > 1 ? of.scale : 0}`];
  const measure = async (seeds: readonly number[]): Promise<(readonly number[])[]> => {
    const python = await pythonWith(optuna);
    const printed = await runPeer(python, 'optuna_functions.py', ...words, ...numbers, '--seeds', ...seeds.map(String));
    return (JSON.parse(printed) as {readonly best: (readonly number[])[]}).best;
  };
  return {name: sideName(search, `${optuna.join(', ')} ${sampler}`), measure};
}

/** Our best values, likewise. An evaluation costs 1, so that what was spent is how many there were. */
function ownSide(search: Search, strategy: {type: string; settings: object}): Side<readonly number[]> {
  const {of, trials} = search;
  const bests = ({trace}: Run): number[] =>
    trials.map((count) => trace.findLast(({spent}) => spent <= count)?.report ?? Infinity);
  return {
    name: sideName(search, `${versionOf(strategy.type)} ${JSON.stringify(strategy.settings)}`),
    measure: (seeds) => runsOf(worldOf(of), strategy, {seeds, evaluations: trials.at(-1) ?? 0}).map(bests),
  };
}

interface Duel {
  readonly search: Search;
  readonly ours: Side<readonly number[]>;
  readonly peer: Side<readonly number[]>;
}

/** Figures 3 and 4: numeric and mixed spaces, one strategy beside its peer. `most` leaves out what takes more evaluations. */
export async function numericRows(
  findings: Findings,
  {type, seeds, most = Infinity}: {type: string; seeds: readonly number[]; most?: number},
): Promise<BenchRow[]> {
  const pair = pairs.find((candidate) => candidate.type === type);
  if (pair === undefined) throw new Error(`There is no peer of ${type}.`);
  const {settings, sampler, peerName, lengths} = pair;
  const searches = lengths
    .map((trials) => trials.filter((count) => count <= most))
    .flatMap((trials) => (trials.length === 0 ? [] : numericFunctions.map((of): Search => ({of, trials}))));
  const duels = searches.map((search): Duel => ({
    search,
    ours: ownSide(search, {type, settings}),
    peer: peerSide(search, sampler),
  }));
  for (const {ours, peer} of duels) await findings.take([ours, peer], seeds);
  return duels.flatMap(({search: {of, trials}, ours, peer}) => {
    const bests = findings.paired(ours, peer, seeds);
    return trials.flatMap((evaluations, at) => {
      const regrets = (all: readonly (readonly number[])[]) => all.map((best) => (best[at] ?? Infinity) - of.least);
      const label = {
        case: `${of.name}, ${String(evaluations)} evaluations, ${type}`,
        unit: 'above the least',
        peerName,
      };
      return pairedRows(label, {ours: regrets(bests.ours), peer: regrets(bests.peer)});
    });
  });
}
