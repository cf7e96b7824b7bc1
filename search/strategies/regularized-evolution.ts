import {z} from 'zod';
import {identityIn, propose, sampleCandidate} from '../drawing.ts';
import type {Draw} from '../drawing.ts';
import {compare, measured} from '../objectives.ts';
import type {Values} from '../objectives.ts';
import {mutateParameters, parameterBits} from '../parameters.ts';
import {standings} from '../pareto.ts';
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

/** Mutations in a row that were duplicates before a child is taken one step further from its parent. */
const patience = 25;

const steps = (duplicates: number): number => 1 + Math.floor(duplicates / patience);

/** No space counts as more than this, so that one without an end leaves the training settings a share. */
const maxBits = 64;

/** One step of the architecture or of one training setting, each as often as it has bits to choose. */
function mutate(problem: Problem, candidate: Candidate, random: Random): {candidate: Candidate; change: string} {
  const training = parameterBits(problem.training);
  const architecture = Math.min(Math.log2(problem.space.size), maxBits);
  if (random.uniform() * (training + architecture) < training) {
    const step = mutateParameters(problem.training, candidate.training, random);
    if (step !== undefined) return {candidate: {...candidate, training: step.values}, change: step.change};
  }
  const {genotype, change} = problem.space.mutate(candidate.genotype, random);
  return {candidate: {...candidate, genotype}, change};
}

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

function child(problem: Problem, parent: Member, distance: number, random: Random): Draw {
  let candidate = parent.candidate;
  const changes: string[] = [];
  for (let step = 0; step < distance; step += 1) {
    const mutated = mutate(problem, candidate, random);
    candidate = mutated.candidate;
    changes.push(mutated.change);
  }
  const origin = parent.index === undefined ? 'a known point' : `#${String(parent.index)}`;
  return {
    candidate,
    epochs: problem.maxEpochs,
    ...(parent.index === undefined ? {} : {parent: parent.index}),
    why: `mutated ${origin}: ${changes.join('; ')}`,
  };
}

/** The report's candidate joins the living, and the oldest goes when they are too many. */
function born(state: State, member: Member, populationSize: number): State {
  return {...state, population: [...state.population, member].slice(-populationSize), born: state.born + 1};
}

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

  ask: (problem, {populationSize, sampleSize = Math.ceil(populationSize / 2)}, state) => {
    if (state.population.length === 0 || state.born + state.pending.length < populationSize)
      return propose(problem, state, 'first generation', (random) => ({
        candidate: sampleCandidate(problem, random),
        epochs: problem.maxEpochs,
        why: 'drawn at random for the first population',
      }));
    const order = ranking(problem, state.population);
    return propose(problem, state, 'mutation', (random, duplicates) => {
      const parent = tournament(state.population, sampleSize, order, random);
      if (parent === undefined) throw new Error('the population is empty: nothing to mutate');
      return child(problem, parent, steps(duplicates), random);
    });
  },

  asked: (problem, _settings, state, proposal) => ({
    ...state,
    asked: state.asked + 1,
    seen: remember(state.seen, identityIn(problem, proposal)),
    pending: [...state.pending, {index: state.asked + 1, candidate: proposal.candidate}],
  }),

  tell: (problem, {populationSize}, state, report) => {
    const told = state.pending.find(({index}) => index === report.index);
    if (told === undefined || report.kind === 'rung') return state;
    const rest = {...state, pending: state.pending.filter((other) => other !== told)};
    return hasResult(problem, report) ? born(rest, {...told, values: report.values}, populationSize) : rest;
  },
};

/**
 * Aging evolution (Real et al. 2019, Regularized evolution for image classifier architecture search, algorithm 1): the best of a random
 * few becomes a parent, its mutated child joins the population, and the oldest leaves, however good. Trials run side by side: a child
 * joins when its result comes. Failed trials never join.
 */
export const regularizedEvolution: StrategyType<Settings, State> = {type: 'RegularizedEvolution', settings, strategy};
