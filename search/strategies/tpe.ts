import {z} from 'zod';
import {pointOn, withAxes} from '../axes.ts';
import type {Axes, Point} from '../axes.ts';
import {build, chosenOf, drawOn} from '../choices.ts';
import {identityIn, propose, sampleCandidate} from '../drawing.ts';
import {beginHistory, hasResult, observationOf, recordObservation, recordProposal} from '../history.ts';
import type {History} from '../history.ts';
import {keyed} from '../random.ts';
import type {Random} from '../random.ts';
import {drawWeights, scalarized} from '../scalarization.ts';
import {remembers} from '../seen.ts';
import type {Candidate, Problem, Strategy, StrategyType} from '../strategy.ts';
import {densityOf} from './tpe/density.ts';
import type {Density} from './tpe/density.ts';

// The share, the candidates and the least of good ones are Optuna's (Akiba et al. 2019), as is the start. The bandwidth was chosen of 0.7,
// 0.8, 1 and 1.5 on Branin, Hartmann 6 and Rosenbrock 10 with 50 to 200 evaluations, on other seeds than those reported.
const settings = z.strictObject({
  startTrials: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('Candidates drawn at random before the densities are used.'),
  goodShare: z
    .number()
    .min(0.01)
    .max(0.5)
    .default(0.1)
    .describe('Share of the results that count as good, of at most goodTrials.'),
  goodTrials: z.int().min(1).max(1000).default(25).describe('Most results that count as good.'),
  candidates: z
    .int()
    .min(1)
    .max(1000)
    .default(24)
    .describe(
      'Candidates drawn from the density of good ones for each proposal, which is the one that is likeliest good.',
    ),
  bandwidth: z
    .number()
    .min(0.05)
    .max(5)
    .default(0.7)
    .describe('Width of the kernels on ranges, in standard deviations of the results; it shrinks with their number.'),
});
type Settings = z.output<typeof settings>;

type State = {
  readonly history: History;
  readonly axes: Axes;
  /** Each result of `history.told` on the axes, at the same place. */
  readonly points: readonly Point[];
};

/** Results that a density is made of, at most: what a question costs must not grow for ever. */
const maxPoints = 400;
/** The uniform kernel counts as so many points. */
const priorWeight = 1;
/** Duplicates in a row before candidates are drawn uniformly. */
const patience = 50;

interface Densities {
  readonly axes: Axes;
  readonly good: Density;
  readonly bad: Density;
}

/** So many items, evenly spread over the list. */
const thinned = <T>(items: readonly T[], most: number): readonly T[] =>
  items.length <= most
    ? items
    : Array.from({length: most}, (_, at) => items[Math.floor((at * items.length) / most)] as T);

/** The least of the `count` highest scores: those so far are kept in ascending order, and few of a long list enter. */
function leastOfHighest(scores: readonly number[], count: number): number {
  const highest = new Float64Array(count).fill(-Infinity);
  for (const score of scores) {
    if (!(score > (highest[0] ?? Infinity))) continue;
    let place = 0;
    for (; place + 1 < count && (highest[place + 1] as number) < score; place += 1)
      highest[place] = highest[place + 1] as number;
    highest[place] = score;
  }
  return highest[0] ?? Infinity;
}

/** Places of the `count` highest scores, and of all others; of equal scores the earlier ones are higher. */
function parted(scores: readonly number[], count: number): {good: number[]; others: number[]} {
  const least = leastOfHighest(scores, count);
  let ties = count - scores.filter((score) => score > least).length;
  const [good, others]: [number[], number[]] = [[], []];
  scores.forEach((score, place) => {
    const tied = score === least && ties > 0;
    if (tied) ties -= 1;
    (tied || score > least ? good : others).push(place);
  });
  return {good, others};
}

/** The densities of good and of other candidates. Trials under way count among the others, so that nobody asks there meanwhile. */
function densities(problem: Problem, {goodShare, goodTrials, bandwidth}: Settings, state: State): Densities {
  const {told, pending, asked} = state.history;
  const weights = drawWeights(problem.objectives, keyed(problem.seed, asked, 'weights'));
  const scores = scalarized(problem.objectives, told, weights);
  const usable = scores.filter((score) => score > -Infinity).length;
  const {good, others} = parted(scores, Math.min(Math.ceil(goodShare * told.length), goodTrials, usable));
  const underWay = pending.map(({candidate}) => chosenOf(problem, candidate));
  const axes = underWay.reduce(withAxes, state.axes);
  const pointsAt = (places: readonly number[]): Point[] => places.map((at) => state.points[at] ?? []);
  const rest = [...pointsAt(thinned(others, maxPoints)), ...underWay.map((chosen) => pointOn(axes, chosen))];
  const smoothing = {bandwidth, priorWeight};
  return {
    axes,
    good: densityOf(axes, pointsAt(good), smoothing),
    bad: densityOf(axes, rest, smoothing),
  };
}

/** The candidate that is likeliest good of some drawn from the good ones: the first of them that was not asked. */
function likeliest(problem: Problem, count: number, state: State, from: Densities & {random: Random}): Candidate {
  const {axes, good, bad, random} = from;
  const drawn = Array.from({length: count}, () => {
    const kernel = good.kernel(random);
    const values = new Map<string, number>();
    const candidate = build(problem, (axis) => {
      const value = kernel(axis);
      values.set(axis.name, value);
      return value;
    });
    const point = axes.map(({name}) => values.get(name) ?? null);
    return {candidate, ratio: good.log(point) - bad.log(point)};
  });
  const sorted = drawn.sort((a, b) => b.ratio - a.ratio).map(({candidate}) => candidate);
  const fresh = sorted.find(
    (candidate) => !remembers(state.history.seen, identityIn(problem, {candidate, epochs: problem.maxEpochs})),
  );
  const [first] = sorted;
  return fresh ?? first ?? sampleCandidate(problem, random);
}

const strategy: Strategy<Settings, State> = {
  version: 2,

  init: (problem, _settings, prior) => {
    const history = beginHistory(prior);
    const chosen = history.told.map(({candidate}) => chosenOf(problem, candidate));
    const axes = chosen.reduce<Axes>(withAxes, []);
    return {history, axes, points: chosen.map((each) => pointOn(axes, each))};
  },

  ask: (problem, given, state) => {
    const {history} = state;
    const epochs = problem.maxEpochs;
    const started = history.told.some((observation) => hasResult(problem, observation));
    if (!started || history.told.length + history.pending.length < given.startTrials)
      return propose(problem, history, 'start', (random) => ({
        candidate: sampleCandidate(problem, random),
        epochs,
        why: 'drawn at random before there are densities',
      }));
    const fitted = densities(problem, given, state);
    return propose(problem, history, 'density', (random, duplicates) =>
      duplicates >= patience
        ? {candidate: build(problem, (axis) => drawOn(axis, random)), epochs, why: 'drawn at random: densities repeat'}
        : {
            candidate: likeliest(problem, given.candidates, state, {...fitted, random}),
            epochs,
            why: `likeliest good of ${String(given.candidates)} draws, by ${String(history.told.length)} results`,
          },
    );
  },

  asked: (problem, _settings, state, proposal) => ({
    ...state,
    history: recordProposal(problem, state.history, proposal),
  }),

  tell: (problem, _settings, state, report) => {
    const observation = observationOf(state.history, report);
    if (observation === undefined) return state;
    const chosen = chosenOf(problem, observation.candidate);
    const axes = withAxes(state.axes, chosen);
    return {
      history: recordObservation(state.history, observation),
      axes,
      points: [...state.points, pointOn(axes, chosen)],
    };
  },
};

/**
 * Tree-structured Parzen estimator (Bergstra et al. 2011, Algorithms for hyper-parameter optimization, section 4), multivariate as in Falkner
 * et al. 2018 (BOHB, section 3.2): kernels around the best results and around the others, and the next candidate is where the first are
 * denser. Choices that come up under some others only are conditional axes. Several objectives are weighed anew for each proposal (Knowles
 * 2006, ParEGO); failed trials count as the worst.
 */
export const tpe: StrategyType<Settings, State> = {type: 'Tpe', settings, strategy};
