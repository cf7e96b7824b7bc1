import type {ArchitectureSearch, SearchSpec} from '../../api/search.ts';
import {keyed} from '../../search/random.ts';
import type {Random} from '../../search/random.ts';
import {aSearch, unsaved} from '../builders.ts';
import type {WorldOptions} from './world.ts';

type Scenario = Omit<WorldOptions, 'seed' | 'build'>;

const strategies: readonly object[] = [
  {type: 'Random'},
  {type: 'RegularizedEvolution', regularizedEvolution: {populationSize: 3, sampleSize: 2}},
  {type: 'Portfolio'},
  {type: 'Bananas', bananas: {startTrials: 2, candidates: 10, members: 2, units: 4}},
  {type: 'Reinforce', reinforce: {units: 4, batchSize: 2}},
];

const tiny = {
  layers: {min: 1, max: 2},
  widths: [16, 32],
  activations: ['relu'],
  dropout: [0],
  normalization: ['Identity'],
  residual: [false],
};
/** Six architectures, and a training that is fixed: the searches of it repeat themselves and run out. */
const spaces: readonly object[] = [{type: 'Tabular'}, {type: 'Tabular', tabular: tiny}];

const some = <T>(random: Random, value: T, probability = 0.5): T | undefined =>
  random.uniform() < probability ? value : undefined;

function limitsOf(random: Random, ample: boolean): SearchSpec['limits'] {
  const duration = some(random, '20m', 0.1);
  const target = some(random, 0.75, 0.1);
  const cost = some(random, random.pick(ample ? ['7'] : ['0.6', '3']), 0.2);
  return {
    trials: 3 + random.integer(6),
    parallelTrials: 1 + random.integer(3),
    failedTrials: random.pick([3, 10]),
    gpuHours: random.pick(ample ? [2] : [0.15, 0.4]),
    ...(duration !== undefined && {duration}),
    ...(target !== undefined && {target}),
    ...(cost !== undefined && {cost}),
  };
}

/** Small searches of every shape: with and without preflight, baseline, selection, early stopping; ample and tight budgets. */
function searchOf(random: Random, name: string): ArchitectureSearch {
  const preflight = random.uniform() < 0.3;
  const trialDuration = preflight ? some(random, '1m') : '1m';
  const baseline = some(random, {type: 'Mlp', share: 0.25}, 0.3);
  const selection = some(random, {retrain: 2, seeds: 2, share: 0.5}, 0.3);
  const shared = preflight || baseline !== undefined || selection !== undefined;
  return unsaved(
    aSearch({
      metadata: {name},
      spec: {
        searchSpace: random.pick(spaces) as SearchSpec['searchSpace'],
        strategy: random.pick(strategies) as SearchSpec['strategy'],
        estimation: {
          maxEpochs: 4,
          earlyStopping: random.pick([[], [{type: 'Median', median: {minEpochs: 1, minTrials: 1}}]]),
          ...(trialDuration !== undefined && {trialDuration}),
        },
        limits: limitsOf(random, shared || random.uniform() < 0.5),
        preflight: {mode: preflight ? 'Enabled' : 'Disabled', trials: 2, dataFraction: 0.1, gpuHours: 0.06},
        template: {gpus: random.pick([1, 1, 2]), threads: 1, pricePerGpuHour: '3.06'},
        randomSeed: random.integer(1000),
        ...(baseline !== undefined && {baseline}),
        ...(selection !== undefined && {selection}),
      },
    }),
  );
}

/** A team's budget of a part of what its searches together would like to spend; perhaps within one of the organisation. */
function budgetsOver(random: Random, searches: readonly ArchitectureSearch[]): Scenario['budgets'] {
  const wanted = searches.reduce((sum, {spec}) => sum + (spec.limits.gpuHours ?? 0), 0);
  const team = {team: wanted * random.pick([0.1, 0.2, 0.5])};
  return random.uniform() < 0.3 ? {organisation: wanted, ...team} : team;
}

/** What a seed stands for: which searches within which budget, how many operators, how big a cluster, how rough it is. */
export function scenarioOf(seed: number): Scenario {
  const random = keyed(seed, 0, 'scenario');
  const within = random.uniform() < 0.4;
  const names = within || random.uniform() < 0.2 ? ['first', 'second'] : ['search'];
  const searches = names.map((name) => searchOf(random, name));
  const ways = Array.from({length: 1 + random.integer(3)}, () =>
    random.pick(['Reading', 'Mirroring', 'Mirroring'] as const),
  );
  return {
    searches,
    operators: ways,
    budgets: within ? budgetsOver(random, searches) : {},
    size: {nodes: 1 + random.integer(3), gpus: 2 + random.integer(3)},
    force: random.uniform() < 0.2,
    forgets: random.uniform() < 0.5,
    deletes: random.uniform() < 0.3,
    refuses: random.uniform() < 0.3,
    unguarded: random.uniform() < 0.2,
    pressure: random.pick([{}, {podDeletions: 0.5, standstills: 0.5}, {losses: 0.3}]),
    uninstalls: random.uniform() < 0.25,
    stormySteps: 2000,
    calmSteps: 8000,
  };
}
