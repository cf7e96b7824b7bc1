import {z} from 'zod';
import {build, chosenOf} from '../choices.ts';
import type {Axis} from '../choices.ts';
import {propose, sampleCandidate} from '../drawing.ts';
import {beginHistory, hasResult, observationOf, recordObservation, recordProposal} from '../history.ts';
import type {History, Observation} from '../history.ts';
import {keyed} from '../random.ts';
import type {Random} from '../random.ts';
import {scalarized} from '../scalarization.ts';
import type {Candidate, Problem, Strategy, StrategyType} from '../strategy.ts';
import {Rollout} from './reinforce/controller.ts';
import type {Question, Trodden} from './reinforce/controller.ts';
import {axisWeights, descend, initialAdam, initialWeights} from './reinforce/weights.ts';
import type {Adam, Weights} from './reinforce/weights.ts';

// The baseline's memory is that of the code of NASNet's successors (ENAS and the controller of NAS-Bench-201, 0.9). Learning rate and entropy
// bonus were chosen on the guide of NAS-Bench-201 for a hundred trainings, where the papers had thousands: of rates from 0.003 to 0.03 and
// bonuses from 0 to 0.1.
const settings = z.strictObject({
  update: z
    .enum(['PolicyGradient', 'Ppo'])
    .default('PolicyGradient')
    .describe('Learn from each result once, as it comes, or by proximal policy optimization from a few at a time.'),
  learningRate: z.number().min(1e-6).max(1).default(0.01).describe('Step size of Adam.'),
  entropyBonus: z.number().min(0).max(10).default(0.02).describe('Reward for staying undecided: more explores longer.'),
  baselineDecay: z
    .number()
    .min(0)
    .max(0.999)
    .default(0.9)
    .describe('Memory of the moving average of rewards that a reward is compared with.'),
  units: z.int().min(1).max(256).default(32).describe('Numbers that the controller remembers from choice to choice.'),
  batchSize: z.int().min(1).max(1000).default(10).describe('Ppo: results that are learnt from together.'),
  passes: z.int().min(1).max(100).default(4).describe('Ppo: how often they are learnt from.'),
  clip: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.2)
    .describe('Ppo: how far the odds of a choice may move before it stops.'),
});
type Settings = z.output<typeof settings>;

/** A result to learn from: what was chosen, what it was worth, and how likely it was when it was chosen. */
type Lesson = {readonly candidate: Candidate; readonly advantage: number; readonly logProbability: number};

type State = {
  readonly history: History;
  readonly weights: Weights;
  readonly adam: Adam;
  /** Moving average of the rewards. */
  readonly baseline: number;
  /** Ppo: log-probability of each proposal under way when it was made, by its place in `history.pending`; else 0. */
  readonly likelihoods: readonly number[];
  /** Ppo: results that were not learnt from yet. */
  readonly lessons: readonly Lesson[];
};

/** Parts that a range is divided into: the controller chooses one, and the value lies anywhere in it. */
const parts = 8;
/** Results that a new one is ranked among. */
const memory = 200;
/** Duplicates in a row before choices are drawn ever more evenly, and from which on they are drawn quite evenly. */
const patience = {more: 25, all: 75};

const questionOf = ({name, kind, size}: Axis): Question => ({
  name,
  choices: kind === 'category' ? size : size === 0 ? parts : Math.min(parts, size),
});

/** The choice that a value of an axis belongs to. */
const choiceOf = (axis: Axis, value: number): number => {
  const {choices} = questionOf(axis);
  return axis.kind === 'category' ? value : Math.min(choices - 1, Math.floor(value * choices));
};

function drawn(probabilities: Float64Array, random: Random): number {
  let rest = random.uniform();
  for (const [choice, probability] of probabilities.entries()) {
    rest -= probability;
    if (rest < 0) return choice;
  }
  return probabilities.length - 1;
}

/** A candidate as the controller emits it; after duplicates, with a growing share of the choices drawn evenly. */
function emit(problem: Problem, rollout: Rollout, random: Random, duplicates: number): Candidate {
  const even = Math.max(0, duplicates - patience.more) / (patience.all - patience.more);
  return build(problem, (axis) => {
    const question = questionOf(axis);
    const probabilities = rollout.ask(question);
    const choice = random.uniform() < even ? random.integer(question.choices) : drawn(probabilities, random);
    rollout.take(choice);
    return axis.kind === 'category' ? choice : (choice + random.uniform()) / question.choices;
  });
}

/** The controller's way to a candidate. */
function retrace(problem: Problem, weights: Weights, candidate: Candidate): Rollout {
  const rollout = new Rollout(weights, problem.seed);
  for (const {axis, value} of chosenOf(problem, candidate)) {
    rollout.ask(questionOf(axis));
    rollout.take(choiceOf(axis, value));
  }
  return rollout;
}

/** How likely a candidate is now, for those that will compare it with how likely it is later. */
const likelihood = (problem: Problem, {update}: Settings, weights: Weights, candidate: Candidate): number =>
  update === 'Ppo' ? retrace(problem, weights, candidate).logProbability() : 0;

/** Weights that have the axes of a candidate, so that they can be trained. */
function withAxesOf(problem: Problem, weights: Weights, candidate: Candidate): Weights {
  const met = chosenOf(problem, candidate).map(({axis}) => questionOf(axis));
  const added = met.filter(({name}) => weights.axes[name] === undefined);
  if (added.length === 0) return weights;
  const axes = Object.fromEntries(
    added.map((question) => [question.name, axisWeights(weights, problem.seed, question)]),
  );
  return {...weights, axes: {...weights.axes, ...axes}};
}

/**
 * Share of the latest results that are worse: a reward that does not depend on the metric's unit, and that one broken trial cannot
 * dwarf. 0 for a trial without result.
 */
function rewardOf(problem: Problem, told: readonly Observation[], observation: Observation): number {
  if (!hasResult(problem, observation)) return 0;
  const latest = [...told.slice(-memory), observation];
  const alike = problem.objectives.map(() => 1 / problem.objectives.length);
  const scores = scalarized(problem.objectives, latest, alike);
  const own = scores.at(-1) ?? -Infinity;
  const others = scores.slice(0, -1);
  const beaten = others.reduce((sum, score) => sum + (score < own ? 1 : score === own ? 0.5 : 0), 0);
  return others.length === 0 ? 0.5 : beaten / others.length;
}

/** One step of learning. */
type Learning = Pick<State, 'weights' | 'adam'>;

function learn(problem: Problem, given: Settings, learning: Learning, lesson: Lesson): Learning {
  const weights = withAxesOf(problem, learning.weights, lesson.candidate);
  const rollout = retrace(problem, weights, lesson.candidate);
  const gradient = rollout.gradient(weighed(given, lesson, rollout.logProbability()), given.entropyBonus);
  return descend({weights, adam: learning.adam}, gradient, given.learningRate);
}

/** The advantage as its gradient counts: for Ppo times the ratio of odds, and 0 past the clip (Schulman et al. 2017, equation 7). */
function weighed({update, clip}: Settings, {advantage, logProbability}: Lesson, now: number): number {
  if (update === 'PolicyGradient') return advantage;
  const ratio = Math.exp(now - logProbability);
  const past = advantage > 0 ? ratio > 1 + clip : ratio < 1 - clip;
  return past ? 0 : advantage * ratio;
}

function learnt(problem: Problem, given: Settings, state: State): State {
  const ready = given.update === 'PolicyGradient' ? 1 : given.batchSize;
  if (state.lessons.length < ready) return state;
  const passes = given.update === 'PolicyGradient' ? 1 : given.passes;
  let learning: Learning = {weights: state.weights, adam: state.adam};
  for (let pass = 0; pass < passes; pass += 1)
    for (const lesson of state.lessons) learning = learn(problem, given, learning, lesson);
  return {...state, ...learning, lessons: []};
}

/** The state once a result is known: its reward moves the baseline and is learnt from. */
function rewarded(
  problem: Problem,
  given: Settings,
  state: State,
  about: {observation: Observation; logProbability: number},
) {
  const {observation, logProbability} = about;
  const reward = rewardOf(problem, state.history.told, observation);
  const history = recordObservation(state.history, observation);
  const lesson = {candidate: observation.candidate, advantage: reward - state.baseline, logProbability};
  const baseline = given.baselineDecay * state.baseline + (1 - given.baselineDecay) * reward;
  return learnt(problem, given, {...state, history, baseline, lessons: [...state.lessons, lesson]});
}

const strategy: Strategy<Settings, State> = {
  version: 1,

  init: (problem, given, prior) => {
    const empty: State = {
      history: beginHistory([]),
      weights: initialWeights(problem.seed, given.units),
      adam: initialAdam(given.units),
      baseline: 0.5,
      likelihoods: [],
      lessons: [],
    };
    return beginHistory(prior).told.reduce((state, observation) => {
      const logProbability = likelihood(problem, given, state.weights, observation.candidate);
      return rewarded(problem, given, state, {observation, logProbability});
    }, empty);
  },

  ask: (problem, _settings, state) => {
    // Axes that were not met before are drawn once, not for every draw.
    const met = sampleCandidate(problem, keyed(problem.seed, state.history.asked, 'axes'));
    const weights = withAxesOf(problem, state.weights, met);
    const trodden: Trodden = new Map();
    return propose(problem, state.history, 'controller', (random, duplicates) => ({
      candidate: emit(problem, new Rollout(weights, problem.seed, trodden), random, duplicates),
      epochs: problem.maxEpochs,
      why: `emitted by the controller after ${String(state.adam.steps)} steps of learning`,
    }));
  },

  asked: (problem, given, state, proposal) => ({
    ...state,
    history: recordProposal(problem, state.history, proposal),
    likelihoods: [...state.likelihoods, likelihood(problem, given, state.weights, proposal.candidate)],
  }),

  tell: (problem, given, state, report) => {
    const observation = observationOf(state.history, report);
    if (observation === undefined) return state;
    const place = state.history.pending.findIndex(({index}) => index === observation.index);
    const logProbability = state.likelihoods[place] ?? 0;
    const rest = {...state, likelihoods: state.likelihoods.toSpliced(place, 1)};
    return rewarded(problem, given, rest, {observation, logProbability});
  },
};

/**
 * A recurrent controller that emits the decisions of a candidate one after another and is trained by policy gradient with a moving baseline
 * and an entropy bonus (Zoph & Le 2017; Zoph et al. 2018, NASNet, which has proximal policy optimization). The reward of a result is the
 * share of the latest results that it beats.
 */
export const reinforce: StrategyType<Settings, State> = {type: 'Reinforce', settings, strategy, heavy: true};
