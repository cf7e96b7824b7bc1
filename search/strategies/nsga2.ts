import {z} from 'zod';
import {cross} from '../choices.ts';
import {propose, sampleCandidate} from '../drawing.ts';
import type {Draw} from '../drawing.ts';
import {
  beginHistory,
  hasResult,
  observationOf,
  originOf,
  parentOf,
  ranked,
  recordObservation,
  recordProposal,
} from '../history.ts';
import type {History, Observation} from '../history.ts';
import {mutateBy, stepsAfter} from '../mutation.ts';
import {standings} from '../pareto.ts';
import type {Random} from '../random.ts';
import type {Problem, Strategy, StrategyType} from '../strategy.ts';

// The paper crosses nine of ten. With 150 trainings of NAS-Bench-201 cells, for accuracy after 12 epochs against FLOPs, half leaves a fifth
// less of the front's area uncovered.
const settings = z.strictObject({
  populationSize: z
    .int()
    .min(2)
    .max(1000)
    .default(20)
    .describe('Candidates that survive a generation, and children of each; the paper has 100, for 25,000 evaluations.'),
  crossover: z.number().min(0).max(1).default(0.5).describe('Share of children with two parents.'),
});
type Settings = z.output<typeof settings>;

/** A survivor with its place among the others, which decides tournaments. */
type Member = Observation & {readonly rank: number; readonly crowding: number};
type State = {
  readonly history: History;
  /** Survivors of the last selection; none before the first generation is complete. */
  readonly population: readonly Member[];
  /** Results since then. */
  readonly offspring: readonly Observation[];
};

/** JSON has no infinity; no finite crowding comes near it. */
const alone = Number.MAX_VALUE;

/** Smaller ranks first, then who is more alone (Deb et al. 2002, the crowded-comparison operator). */
const crowded = (a: Member, b: Member): number => a.rank - b.rank || b.crowding - a.crowding;

/** The best of parents and children together: whole fronts, and of the last one those that are most alone. */
function survivors(problem: Problem, candidates: readonly Observation[], size: number): Member[] {
  const standing = standings(problem.objectives, candidates);
  const members = candidates.map((candidate, at): Member => {
    const {rank = 0, crowding = 0} = standing[at] ?? {};
    return {...candidate, rank, crowding: Math.min(crowding, alone)};
  });
  return members.sort(crowded).slice(0, size);
}

/** The generation ends once it has as many results as the population is to have. */
function selected(problem: Problem, {populationSize}: Settings, state: State): State {
  if (state.offspring.length < populationSize) return state;
  const everyone = [...state.population, ...state.offspring];
  return {...state, population: survivors(problem, everyone, populationSize), offspring: []};
}

/** The better of two, drawn at random. */
function tournament(population: readonly Member[], random: Random): Member {
  const [a, b] = [random.pick(population), random.pick(population)];
  return crowded(a, b) <= 0 ? a : b;
}

function child(problem: Problem, {crossover}: Settings, state: State, by: {random: Random; steps: number}): Draw {
  const {random, steps} = by;
  const parent = tournament(state.population, random);
  const other = random.uniform() < crossover ? tournament(state.population, random) : parent;
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

const strategy: Strategy<Settings, State> = {
  version: 1,

  init: (problem, given, prior) => {
    const history = beginHistory(prior);
    const known = ranked(problem, history.told);
    // A whole generation that is known already is selected from at once; a part of one counts as its first members.
    return selected(problem, given, {history, population: [], offspring: known});
  },

  ask: (problem, given, state) => {
    if (state.population.length === 0)
      return propose(problem, state.history, 'first generation', (random) => ({
        candidate: sampleCandidate(problem, random),
        epochs: problem.maxEpochs,
        why: 'drawn at random for the first population',
      }));
    return propose(problem, state.history, 'child', (random, duplicates) =>
      child(problem, given, state, {random, steps: stepsAfter(duplicates)}),
    );
  },

  asked: (problem, _settings, state, proposal) => ({
    ...state,
    history: recordProposal(problem, state.history, proposal),
  }),

  tell: (problem, given, state, report) => {
    const observation = observationOf(state.history, report);
    if (observation === undefined) return state;
    const told = {...state, history: recordObservation(state.history, observation)};
    if (!hasResult(problem, observation)) return told;
    return selected(problem, given, {...told, offspring: [...state.offspring, observation]});
  },
};

/**
 * NSGA-II (Deb et al. 2002): parents and children are sorted into Pareto fronts, those of the better fronts survive, and within one
 * front those that are most alone. Limits are hard: what keeps them dominates what does not. Trials run side by side: a generation is
 * complete with its number of results, whichever they are.
 */
export const nsga2: StrategyType<Settings, State> = {type: 'Nsga2', settings, strategy};
