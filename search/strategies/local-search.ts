import {z} from 'zod';
import {identityIn, propose, sampleCandidate, withinLimits} from '../drawing.ts';
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
import type {Json} from '../json.ts';
import {mutateBy, stepsAfter} from '../mutation.ts';
import type {Mutation} from '../mutation.ts';
import {neighboursOf} from '../neighbourhood.ts';
import {keyed} from '../random.ts';
import {drawWeights, scalarized} from '../scalarization.ts';
import {remembers} from '../seen.ts';
import type {Ask, Problem, Proposal, Strategy, StrategyType} from '../strategy.ts';

// Tuned on the guide of NAS-Bench-201 (validation accuracy after 12 epochs) with about 95 trainings: 20 samples before each climb find
// better cells than 1, 5, 10, 30 or 40, and the first better neighbour is a better step than the best of all.
const settings = z.strictObject({
  step: z
    .enum(['FirstBetter', 'BestOfAll'])
    .default('FirstBetter')
    .describe('Move to the first neighbour that is better, or train all neighbours and move to the best.'),
  startSamples: z
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .describe('Candidates drawn at random before each climb, which begins at the best of them.'),
});
type Settings = z.output<typeof settings>;

type State = {
  readonly history: History;
  /** Identity of each result in `history.told`, at the same place. */
  readonly identities: readonly string[];
  readonly climb: number;
  /** Proposals that this climb may begin at. */
  readonly starts: readonly number[];
  /** Place in `history.told` of where the climb is, `null` before it has begun. */
  readonly centre: number | null;
};

/** What a proposal remembers: its climb, and where that was; `null` for a candidate that the climb may begin at. */
type Tag = {readonly climb: number; readonly centre: number | null};

function tagOf(tag: Json | undefined): Tag {
  const {climb, centre} = tag as Tag;
  return {climb, centre};
}

/** Where an observation lies in the history, with what it is. */
interface Place {
  readonly at: number;
  readonly observation: Observation;
}

interface Neighbour extends Mutation {
  readonly identity: string;
}

const epochsOf = (problem: Problem): {readonly epochs: number} => ({epochs: problem.maxEpochs});

/** The neighbours that keep the limits, in an order of their own for every place. */
function neighbourhood(problem: Problem, {at, observation}: Place): Neighbour[] {
  const all = [...neighboursOf(problem, observation.candidate)].filter(({candidate}) =>
    withinLimits(problem, candidate),
  );
  const identified = all.map((step) => ({...step, identity: identityIn(problem, {...step, ...epochsOf(problem)})}));
  return keyed(problem.seed, at, 'neighbours').shuffle(identified);
}

/** The best of some places, in the eyes of this climb: with several objectives each climb weighs them in its own way. */
function best(problem: Problem, climb: number, places: readonly Place[]): Place | undefined {
  const weights = drawWeights(problem.objectives, keyed(problem.seed, climb, 'weights'));
  const scores = scalarized(
    problem.objectives,
    places.map(({observation}) => observation),
    weights,
  );
  return places.reduce<{place?: Place; score: number}>(
    (leader, place, which) => {
      const score = scores[which] ?? -Infinity;
      return score > leader.score ? {place, score} : leader;
    },
    {score: -Infinity},
  ).place;
}

const placeAt = ({history}: State, at: number | undefined): Place[] => {
  const observation = at === undefined ? undefined : history.told[at];
  return at === undefined || observation === undefined ? [] : [{at, observation}];
};

/** Where the climb is, or may begin once it has its samples. */
function centreOf(problem: Problem, {startSamples}: Settings, state: State): Place | undefined {
  if (state.centre !== null) return placeAt(state, state.centre)[0];
  if (state.starts.length < startSamples) return undefined;
  const starts = state.starts.flatMap((start) =>
    placeAt(
      state,
      state.history.told.findLastIndex(({index}) => index === start),
    ),
  );
  return best(
    problem,
    state.climb,
    starts.filter(({observation}) => hasResult(problem, observation)),
  );
}

const start = (problem: Problem, state: State, climb: number): Ask =>
  propose(problem, state.history, 'start', (random) => ({
    candidate: sampleCandidate(problem, random),
    ...epochsOf(problem),
    tag: {climb, centre: null},
    why: `drawn at random: a start for climb ${String(climb)}`,
  }));

function beside(problem: Problem, state: State, centre: Place, {candidate, change}: Mutation): Draw {
  return {
    candidate,
    ...epochsOf(problem),
    ...parentOf(centre.observation),
    tag: {climb: state.climb, centre: centre.at},
    why: `climb ${String(state.climb)}, beside ${originOf(centre.observation)}: ${change}`,
  };
}

/** The next neighbour that was not asked; else a climb elsewhere, or two steps away while neighbours are under way. */
function goOn(problem: Problem, state: State, centre: Place, neighbours: readonly Neighbour[]): Ask {
  const {history} = state;
  const at = neighbours.findIndex(({identity}) => !remembers(history.seen, identity));
  const next = neighbours[at];
  if (next !== undefined) return {kind: 'Propose', ...beside(problem, state, centre, next), skipped: at};
  const near = new Set(neighbours.map(({identity}) => identity));
  const underWay = history.pending.some(({candidate}) =>
    near.has(identityIn(problem, {candidate, ...epochsOf(problem)})),
  );
  if (!underWay) return start(problem, state, state.climb + 1);
  return propose(problem, history, 'beyond', (random, duplicates) =>
    beside(problem, state, centre, mutateBy(problem, centre.observation.candidate, 1 + stepsAfter(duplicates), random)),
  );
}

/** Climbs over what is known for nothing, until a neighbour has to be trained. */
function climb(problem: Problem, {step}: Settings, state: State, from: Place): Ask {
  const placeOf = new Map(state.identities.map((identity, at) => [identity, at]));
  let centre = from;
  // Several objectives are scaled to the places that are compared, so that two places may each be the better one.
  const visited = new Set<number>();
  for (;;) {
    visited.add(centre.at);
    const neighbours = neighbourhood(problem, centre);
    const known = neighbours.flatMap(({identity}) => placeAt(state, placeOf.get(identity)));
    const settled = step === 'FirstBetter' || neighbours.every(({identity}) => remembers(state.history.seen, identity));
    const next = settled ? best(problem, state.climb, [centre, ...known]) : centre;
    if (next === undefined || visited.has(next.at)) return goOn(problem, state, centre, neighbours);
    centre = next;
  }
}

const strategy: Strategy<Settings, State> = {
  version: 1,

  init: (problem, _settings, prior) => {
    const history = beginHistory(prior);
    const [first] = ranked(problem, history.told);
    return {
      history,
      identities: history.told.map(({candidate}) => identityIn(problem, {candidate, ...epochsOf(problem)})),
      climb: 1,
      starts: [],
      centre: first === undefined ? null : history.told.indexOf(first),
    };
  },

  ask: (problem, given, state) => {
    const centre = centreOf(problem, given, state);
    return centre === undefined ? start(problem, state, state.climb) : climb(problem, given, state, centre);
  },

  asked: (problem, _settings, state, proposal: Proposal) => {
    const history = recordProposal(problem, state.history, proposal);
    // Another strategy's proposal, in a portfolio: its result will be walked over for nothing.
    if (proposal.tag === undefined) return {...state, history};
    const {climb: number, centre} = tagOf(proposal.tag);
    if (centre !== null) return {...state, history, centre};
    const starts = number === state.climb ? state.starts : [];
    return {...state, history, climb: number, centre, starts: [...starts, history.asked]};
  },

  tell: (problem, _settings, state, report) => {
    const observation = observationOf(state.history, report);
    if (observation === undefined) return state;
    return {
      ...state,
      history: recordObservation(state.history, observation),
      identities: [...state.identities, identityIn(problem, {...observation, ...epochsOf(problem)})],
    };
  },
};

/**
 * Hill climbing over the one-step neighbourhood, again from elsewhere when no neighbour is better (White et al. 2020, Local search is
 * state of the art for neural architecture search benchmarks). What was trained is never trained again: a climb walks over it for nothing.
 */
export const localSearch: StrategyType<Settings, State> = {type: 'LocalSearch', settings, strategy};
