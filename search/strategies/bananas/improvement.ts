import {hasResult} from '../../history.ts';
import type {History} from '../../history.ts';
import {keyed} from '../../random.ts';
import type {Random} from '../../random.ts';
import type {Problem} from '../../strategy.ts';
import {numbersOf} from '../../vector.ts';
import {improved, initialParameters, processOf} from './kernel.ts';
import type {Choice, Known} from './known.ts';
import type {Model, Predicted, Samples} from './model.ts';
import {addMutations, addSamples, nudged, Options} from './options.ts';
import type {Option} from './options.ts';

interface ImprovementSettings {
  readonly parents: number;
  readonly candidates: number;
  /** Parameters of the last fit. */
  readonly kernel: readonly number[] | undefined;
}

/** Steps of fitting the kernel: each costs the cube of the samples' number, so that there are fewer with many. */
const stepsFor = (samples: number): number => Math.max(4, Math.min(25, Math.floor(3e7 / samples ** 3)));

/** Widths of nudges around the best option, one after another, and how many of each: the improvement is a narrow peak late in a search. */
const widths = [0.1, 0.03, 0.01, 0.003, 0.001];
const nudges = 30;

/** Density and distribution of the standard normal; the tail by Abramowitz & Stegun 1964, 26.2.17. */
function normal(x: number): {density: number; below: number} {
  const density = 0.3989422804014327 * Math.exp((-x * x) / 2);
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return {density, below: x >= 0 ? 1 - tail : tail};
}

/** Below so many deviations the improvement is written by its tail: it would round to 0, and all options would be alike. */
const farBelow = -5;

/** Logarithm of the expected improvement over `best` (Jones et al. 1998; on its logarithm, Ament et al. 2023). */
export function logImprovement({mean, deviation}: Predicted, best: number): number {
  const gap = (mean - best) / deviation;
  if (gap < farBelow) return Math.log(deviation) - (gap * gap) / 2 - 2 * Math.log(-gap) - 0.9189385332046727;
  const {density, below} = normal(gap);
  return Math.log(deviation) + Math.log(Math.max(1e-300, density + gap * below));
}

/** Scores as deviations from their mean; a score far below all others is brought near: how bad it is matters little. */
function standardized(known: readonly Known[]): number[] {
  const scores = known.map(({score}) => score);
  const ascending = scores.toSorted((a, b) => a - b);
  const quartile = (share: number): number => ascending[Math.floor(share * (ascending.length - 1))] ?? 0;
  const floor = quartile(0.5) - 5 * (quartile(1) - quartile(0.5));
  const kept = scores.map((score) => Math.max(score, floor));
  const mean = kept.reduce((sum, score) => sum + score, 0) / kept.length;
  const deviation = Math.sqrt(kept.reduce((sum, score) => sum + (score - mean) ** 2, 0) / kept.length) || 1;
  return kept.map((score) => (score - mean) / deviation);
}

/** Trials under way are believed to come out as predicted, so that nobody asks beside them meanwhile. */
function believing(problem: Problem, history: History, samples: Samples, kernel: readonly number[]): Model {
  const model = processOf(samples, kernel);
  if (history.pending.length === 0) return model;
  const underWay = history.pending.map(({candidate}) => numbersOf(problem, candidate));
  const believed = underWay.map((input) => model(input).mean);
  return processOf({inputs: [...samples.inputs, ...underWay], targets: [...samples.targets, ...believed]}, kernel);
}

interface Rated {
  readonly option: Option;
  readonly worth: number;
}

/** Closer and closer around the best options. */
function refine(
  problem: Problem,
  history: History,
  from: readonly Rated[],
  by: {rate: (option: Option) => number; random: Random},
) {
  const {rate, random} = by;
  return from.map((start) => {
    let best = start;
    for (const width of widths) {
      const options = new Options(problem, history);
      for (let nudge = 0; nudge < nudges; nudge += 1)
        options.add({
          candidate: nudged(problem, best.option.candidate, {width, random}),
          change: 'where most is to be gained',
        });
      for (const option of options.all) {
        const worth = rate(option);
        if (worth > best.worth) best = {option, worth};
      }
    }
    return best;
  });
}

/** The option of the highest expected improvement: of mutations of the best and draws from anywhere, and then of what lies around the best of these. */
export function chooseByProcess(
  problem: Problem,
  {parents, candidates, kernel: last}: ImprovementSettings,
  history: History,
  known: readonly Known[],
): Choice {
  const random = keyed(problem.seed, history.asked, 'process');
  const samples = {
    inputs: known.map(({observation}) => numbersOf(problem, observation.candidate)),
    targets: standardized(known),
  };
  const width = samples.inputs[0]?.length ?? 0;
  const from = last?.length === width + 1 ? last : initialParameters(width);
  const kernel = improved(samples, from, stepsFor(known.length));
  const model = believing(problem, history, samples, kernel);
  const best = samples.targets[0] ?? 0;
  const rate = ({candidate}: Option): number => logImprovement(model(numbersOf(problem, candidate)), best);

  const usable = known.map(({observation}) => observation).filter((observation) => hasResult(problem, observation));
  const options = new Options(problem, history);
  addMutations(problem, options, usable.slice(0, parents), {draws: candidates, random});
  addSamples(problem, options, {draws: 2 * candidates, random});
  for (const origin of usable.slice(0, 2))
    for (const nudge of widths)
      options.add({candidate: nudged(problem, origin.candidate, {width: nudge, random}), change: 'beside the best'});
  const rated = options.all.map((option) => ({option, worth: rate(option)})).sort((a, b) => b.worth - a.worth);
  const [leader] = refine(problem, history, rated.slice(0, 3), {rate, random}).sort((a, b) => b.worth - a.worth);
  const why = `highest expected improvement, by a Gaussian process on ${String(known.length)} results`;
  return {option: leader?.option, kernel, why};
}
