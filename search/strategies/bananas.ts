import {z} from 'zod';
import {propose, sampleCandidate} from '../drawing.ts';
import {normalQuantile} from '../normal-scores.ts';
import {beginHistory, hasResult, originOf, parentOf, recordProposal, recordReport} from '../history.ts';
import type {History, Observation} from '../history.ts';
import type {Json} from '../json.ts';
import {mutateBy, stepsAfter} from '../mutation.ts';
import {keyed} from '../random.ts';
import {drawWeights, scalarized} from '../scalarization.ts';
import type {Ask, Problem, Strategy, StrategyType} from '../strategy.ts';
import {chooseByEnsemble} from './bananas/thompson.ts';
import {chooseByProcess} from './bananas/improvement.ts';
import type {Choice, Known} from './bananas/known.ts';

const settings = z.strictObject({
  predictor: z
    .enum(['Ensemble', 'GaussianProcess'])
    .default('Ensemble')
    .describe('What predicts: networks over path encodings, or a Gaussian process, for a few training settings.'),
  startTrials: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('Candidates drawn at random before the predictor is used.'),
  parents: z.int().min(1).max(1000).default(10).describe('How many of the best results are mutated.'),
  candidates: z.int().min(1).max(2000).default(100).describe('Mutations that the predictor chooses among.'),
  members: z.int().min(2).max(100).default(5).describe('Ensemble: networks.'),
  units: z.int().min(1).max(256).default(64).describe('Ensemble: hidden units of each network.'),
});
type Settings = z.output<typeof settings>;

type State = {
  readonly history: History;
  /** Logarithms of the Gaussian process's parameters when it last proposed: where the next fit begins. */
  readonly kernel: readonly number[] | null;
};

/** A tag has 256 bytes: parameters are kept to two decimals, and for very many settings not at all. */
const mostKept = 40;
const kernelTag = (kernel: readonly number[] | undefined): {readonly tag?: Json} =>
  kernel === undefined || kernel.length > mostKept ? {} : {tag: {kernel: kernel.map((each) => Math.round(100 * each))}};

function kernelIn(tag: Json | undefined): readonly number[] | undefined {
  const kept = (tag as {readonly kernel?: readonly number[]} | undefined)?.kernel;
  return kept?.map((each) => each / 100);
}

/** Results that a predictor learns from at most, the best and the latest: what a question costs must not grow for ever. */
const mostLearned: Readonly<Record<Settings['predictor'], {best: number; latest: number}>> = {
  Ensemble: {best: 500, latest: 500},
  GaussianProcess: {best: 100, latest: 60},
};

/** What is known, best first; a failed trial is as bad as the worst. */
function knownOf(problem: Problem, {predictor}: Settings, {told, asked}: History): Known[] {
  const weights = drawWeights(problem.objectives, keyed(problem.seed, asked, 'weights'));
  const scores = scalarized(problem.objectives, told, weights);
  const worst = scores.reduce((least, score) => (score > -Infinity ? Math.min(least, score) : least), Infinity);
  const known = told
    .map((observation, place) => ({observation, place, score: Math.max(scores[place] ?? worst, worst)}))
    .sort((a, b) => b.score - a.score || a.place - b.place);
  const {best, latest} = mostLearned[predictor];
  const rest = known.slice(best).sort((a, b) => b.place - a.place);
  const learned = [...known.slice(0, best), ...rest.slice(0, latest)].sort((a, b) => b.score - a.score);
  return learned.map(({observation, score}, rank) => ({
    observation,
    score,
    quantile: -normalQuantile((rank + 0.5) / learned.length),
  }));
}

const choosers: Readonly<
  Record<Settings['predictor'], (problem: Problem, given: Settings, state: State, known: readonly Known[]) => Choice>
> = {
  Ensemble: (problem, given, {history}, known) => chooseByEnsemble(problem, given, history, known),
  GaussianProcess: (problem, given, {history, kernel}, known) =>
    chooseByProcess(problem, {...given, kernel: kernel ?? undefined}, history, known),
};

function byPredictor(problem: Problem, given: Settings, state: State): Ask {
  const known = knownOf(problem, given, state.history);
  const {option, kernel, why} = choosers[given.predictor](problem, given, state, known);
  const usable = known.map(({observation}) => observation).filter((observation) => hasResult(problem, observation));
  const best = usable.slice(0, given.parents);
  return propose(problem, state.history, 'beyond', (random, duplicates) => {
    // All mutations were asked before or break a limit: further away, without a predictor's advice.
    if (option === undefined || duplicates > 0) {
      const origin = random.pick(best);
      const {candidate, change} = mutateBy(problem, origin.candidate, 1 + stepsAfter(duplicates), random);
      return {
        candidate,
        epochs: problem.maxEpochs,
        ...parentOf(origin),
        why: `mutated ${originOf(origin)}: ${change}`,
      };
    }
    const {candidate, change, origin} = option;
    return {
      candidate,
      epochs: problem.maxEpochs,
      ...(origin === undefined ? {} : parentOf(origin)),
      ...kernelTag(kernel),
      why: `${why}; ${origin === undefined ? change : `mutated ${originOf(origin)}: ${change}`}`.slice(0, 500),
    };
  });
}

const strategy: Strategy<Settings, State> = {
  version: 1,

  init: (_problem, _settings, prior) => ({history: beginHistory(prior), kernel: null}),

  ask: (problem, given, state) => {
    const {told, pending} = state.history;
    const started = told.length + pending.length >= given.startTrials;
    if (started && told.some((observation: Observation) => hasResult(problem, observation)))
      return byPredictor(problem, given, state);
    return propose(problem, state.history, 'start', (random) => ({
      candidate: sampleCandidate(problem, random),
      epochs: problem.maxEpochs,
      why: 'drawn at random before the predictor is used',
    }));
  },

  asked: (problem, _settings, state, proposal) => ({
    history: recordProposal(problem, state.history, proposal),
    kernel: kernelIn(proposal.tag) ?? state.kernel,
  }),

  tell: (_problem, _settings, state, report) => {
    const history = recordReport(state.history, report);
    return history === state.history ? state : {...state, history};
  },
};

/**
 * BANANAS (White, Neiswanger & Savani 2021, Bayesian optimization with neural architectures for neural architecture search): an ensemble
 * of networks predicts from path encodings how good a candidate is, the best are mutated, and of their mutations one is chosen by
 * independent Thompson sampling. With `predictor: GaussianProcess`, for a few numeric settings, a process with a Matérn kernel and one
 * length scale per setting chooses by expected improvement.
 */
export const bananas: StrategyType<Settings, State> = {type: 'Bananas', settings, strategy, heavy: true};
