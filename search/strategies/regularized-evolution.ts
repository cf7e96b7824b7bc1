import {z} from 'zod';
import {cross} from '../choices.ts';
import {identityIn, propose, sampleCandidate} from '../drawing.ts';
import type {Draw} from '../drawing.ts';
import {originOf, parentOf} from '../history.ts';
import {compare, measured} from '../objectives.ts';
import type {Values} from '../objectives.ts';
import {mutateBy, stepsAfter} from '../mutation.ts';
import {standings} from '../pareto.ts';
import {keyed} from '../random.ts';
import type {Random} from '../random.ts';
import {nothingSeen, remember} from '../seen.ts';
import type {Seen} from '../seen.ts';
import type {Candidate, Problem, Report, Strategy, StrategyType} from '../strategy.ts';

// The paper has a population of 100 and samples of 25 for 20,000 candidates. Searches here train about a hundred: with those the first
// population would be the whole search. On NAS-Bench-201 with 100 trainings, 20 and 10 find better cells than 100 and 25, or 10 and 3.
const settings = z
  .strictObject({
    populationSize: z
      .int()
      .min(2)
      .max(1000)
      .default(20)
      .describe(
        'Candidates that live; each new one ends the oldest. More explores longer: 100 for thousands of trials.',
      ),
    sampleSize: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Living candidates that compete to become a parent; half the population if left out.'),
    crossover: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('Share of children with two parents: choices of either at random, and then one mutation.'),
    removal: z
      .enum(['Oldest', 'WorstOfSample'])
      .default('Oldest')
      .describe(
        'Who makes room for a child: the oldest, or the worst of a random few, as for the Evolved Transformer.',
      ),
  })
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '!has(self.sampleSize) || self.sampleSize <= self.populationSize',
        message: 'sampleSize is above populationSize: give at most populationSize, or leave it out',
        fieldPath: '.sampleSize',
      },
    ],
  });
type Settings = z.output<typeof settings>;

/** A candidate with its result; `index` is that of its proposal, none for one known from before. */
type Member = {readonly index?: number; readonly candidate: Candidate; readonly values: Values};
type Pending = {readonly index: number; readonly candidate: Candidate};
type State = {
  readonly asked: number;
  readonly seen: Seen;
  /** The living, oldest first. */
  readonly population: readonly Member[];
  /** How many were ever born: the population is filled at random until it has had its size. */
  readonly born: number;
  /** Asked and not told yet. */
  readonly pending: readonly Pending[];
};

/** Orders the living, best first: by the objective, or by Pareto rank, then by how alone a candidate is, then by the first objective. */
function ranking(problem: Problem, population: readonly Member[]): (a: number, b: number) => number {
  const valuesOf = (at: number): Values => population[at]?.values ?? {};
  const byObjective = (a: number, b: number): number => compare(problem.objectives, valuesOf(a), valuesOf(b));
  if (problem.objectives.length === 1) return byObjective;
  const standing = standings(problem.objectives, population);
  const rank = (at: number): number => standing[at]?.rank ?? Infinity;
  const crowding = (at: number): number => standing[at]?.crowding ?? 0;
  return (a, b) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    if (crowding(a) !== crowding(b)) return crowding(b) - crowding(a);
    return byObjective(a, b);
  };
}

/** The best of a few living candidates, drawn without repetition. */
function tournament(
  population: readonly Member[],
  sampleSize: number,
  order: (a: number, b: number) => number,
  random: Random,
): Member | undefined {
  const drawn = random.shuffle(population.map((_, at) => at)).slice(0, sampleSize);
  const [best] = drawn.sort(order);
  return best === undefined ? undefined : population[best];
}

/** Who may have children, and how often two have one together. */
interface Breeding {
  readonly crossover: number;
  readonly select: (random: Random) => Member;
}

/** A child of one parent, or of two different ones. */
function child(problem: Problem, {crossover, select}: Breeding, steps: number, random: Random): Draw {
  const parent = select(random);
  const other = crossover > 0 && random.uniform() < crossover ? select(random) : parent;
  const crossed = other === parent ? parent.candidate : cross(problem, [parent.candidate, other.candidate], random);
  const {candidate, change} = mutateBy(problem, crossed, steps, random);
  const origin = originOf(parent);
  return {
    candidate,
    epochs: problem.maxEpochs,
    ...parentOf(parent),
    why: other === parent ? `mutated ${origin}: ${change}` : `crossed ${origin} with ${originOf(other)}: ${change}`,
  };
}

/** Who leaves a population that has one too many. */
type Leaver = (problem: Problem, settings: Settings, population: readonly Member[], born: number) => number;

const leavers: Readonly<Record<Settings['removal'], Leaver>> = {
  Oldest: () => 0,
  WorstOfSample: (problem, settings, population, born) => {
    const random = keyed(problem.seed, born, 'removal');
    const drawn = random.shuffle(population.map((_, at) => at)).slice(0, sampleSizeOf(settings));
    return drawn.sort(ranking(problem, population)).at(-1) ?? 0;
  },
};

/** The report's candidate joins the living, and when they are too many one leaves. */
function joined(problem: Problem, settings: Settings, state: State, member: Member): State {
  const born = state.born + 1;
  const population = [...state.population, member];
  if (population.length <= settings.populationSize) return {...state, population, born};
  return {
    ...state,
    population: population.toSpliced(leavers[settings.removal](problem, settings, population, born), 1),
    born,
  };
}

const sampleSizeOf = ({populationSize, sampleSize}: Settings): number => sampleSize ?? Math.ceil(populationSize / 2);

const hasResult = (problem: Problem, {kind, values}: Report): boolean =>
  kind !== 'failed' && measured([problem.objectives[0]], values) && !Object.values(values).some(Number.isNaN);

const strategy: Strategy<Settings, State> = {
  version: 1,

  init: (problem, {populationSize}, prior) => {
    const known = prior
      .filter(({values}) => measured([problem.objectives[0]], values))
      .toSorted((a, b) => compare(problem.objectives, a.values, b.values))
      .slice(0, populationSize);
    // The best is put last: age removes the first.
    const population = known.map(({candidate, values}) => ({candidate, values})).reverse();
    return {asked: 0, seen: nothingSeen, population, born: population.length, pending: []};
  },

  ask: (problem, settings, state) => {
    const {populationSize, crossover} = settings;
    if (state.population.length === 0 || state.born + state.pending.length < populationSize)
      return propose(problem, state, 'first generation', (random) => ({
        candidate: sampleCandidate(problem, random),
        epochs: problem.maxEpochs,
        why: 'drawn at random for the first population',
      }));
    const order = ranking(problem, state.population);
    const select = (random: Random): Member => {
      const parent = tournament(state.population, sampleSizeOf(settings), order, random);
      if (parent === undefined) throw new Error('the population is empty: nothing to mutate');
      return parent;
    };
    return propose(problem, state, 'mutation', (random, duplicates) =>
      child(problem, {crossover, select}, stepsAfter(duplicates), random),
    );
  },

  asked: (problem, _settings, state, proposal) => ({
    ...state,
    asked: state.asked + 1,
    seen: remember(state.seen, identityIn(problem, proposal)),
    pending: [...state.pending, {index: state.asked + 1, candidate: proposal.candidate}],
  }),

  tell: (problem, settings, state, report) => {
    const told = state.pending.find(({index}) => index === report.index);
    if (told === undefined || report.kind === 'rung') return state;
    const rest = {...state, pending: state.pending.filter((other) => other !== told)};
    return hasResult(problem, report) ? joined(problem, settings, rest, {...told, values: report.values}) : rest;
  },
};

/**
 * Aging evolution (Real et al. 2019, Regularized evolution for image classifier architecture search, algorithm 1): the best of a random
 * few becomes a parent, its mutated child joins the population, and the oldest leaves, however good. Trials run side by side: a child
 * joins when its result comes. Failed trials never join. With `removal: WorstOfSample` and `crossover` it is the tournament of So, Liang &
 * Le 2019, The Evolved Transformer (section 3): the best of a sample breeds, the worst of another dies.
 */
export const regularizedEvolution: StrategyType<Settings, State> = {type: 'RegularizedEvolution', settings, strategy};
