import {identityIn, propose, sampleCandidate, withinLimits} from '../../drawing.ts';
import type {Draw} from '../../drawing.ts';
import {GaussianProcess} from '../../gaussian-process.ts';
import {hasResult, originOf, parentOf} from '../../history.ts';
import type {History, Observation} from '../../history.ts';
import {mutateBy} from '../../mutation.ts';
import type {Mutation} from '../../mutation.ts';
import {neighboursOf} from '../../neighbourhood.ts';
import {normalScores} from '../../normal-scores.ts';
import {keyed} from '../../random.ts';
import type {Random} from '../../random.ts';
import {drawWeights, scalarized} from '../../scalarization.ts';
import {remembers} from '../../seen.ts';
import type {Ask, Candidate, Problem, Proposal} from '../../strategy.ts';
import {numbersOf, Vector} from '../../vector.ts';

/** Results before the model is asked for the first time. */
const firstSamples = 10;
/** Draws of which the one with the best proxy is taken, for every other of the first samples. */
const screened = 16;
/** Results that the model learns from: the best, and the latest of the others. */
const bestLearned = 90;
const latestLearned = 30;
/** Candidates that the model chooses among: steps from the best few, two steps from them, and some from anywhere. */
const centres = 5;
const maxBeside = 110;
const twoSteps = 30;
const anywhere = 60;
/** Deviations above the mean that a candidate is believed to be worth (Srinivas et al. 2010, GP-UCB). */
const optimism = 2;

/** A candidate that may be proposed, and where it comes from. */
interface Option {
  readonly candidate: Candidate;
  readonly identity: string;
  readonly origin?: Observation;
  readonly change: string;
}

interface Ranked {
  readonly observation: Observation;
  readonly score: number;
}

/** The usable results with their scores, best first; several objectives are weighed anew for every question. */
function rankedBy(problem: Problem, {told, asked}: History): Ranked[] {
  const usable = told.filter((observation) => hasResult(problem, observation));
  const weights = drawWeights(problem.objectives, keyed(problem.seed, asked, 'weights'));
  return scalarized(problem.objectives, usable, weights)
    .map((score, at) => ({observation: usable[at], score}))
    .filter((each): each is Ranked => each.observation !== undefined)
    .toSorted((a, b) => b.score - a.score);
}

/** The best of all and the latest of the rest. */
function learned(ranked: readonly Ranked[]): Ranked[] {
  const rest = ranked.slice(bestLearned).toSorted((a, b) => (b.observation.index ?? 0) - (a.observation.index ?? 0));
  return [...ranked.slice(0, bestLearned), ...rest.slice(0, latestLearned)];
}

/** What is drawn for the first samples; every other one is the best of several by the proxy, if the problem has one. */
function firstCandidate(problem: Problem, asked: number, random: Random): Candidate {
  const {proxy} = problem;
  if (proxy === undefined || asked % 2 === 1) return sampleCandidate(problem, random);
  const drawn = Array.from({length: screened}, () => sampleCandidate(problem, random));
  const worth = (candidate: Candidate): number => proxy(candidate.genotype) ?? -Infinity;
  return drawn.reduce((best, candidate) => (worth(candidate) > worth(best) ? candidate : best));
}

const first = (problem: Problem, history: History): Ask =>
  propose(problem, history, 'first samples', (random) => ({
    candidate: firstCandidate(problem, history.asked, random),
    epochs: problem.maxEpochs,
    why: 'drawn at random for the model to begin with',
  }));

/** Collects candidates that are new and keep the limits, each once. */
class Options {
  readonly #problem: Problem;
  readonly #history: History;
  readonly #found = new Map<string, Option>();

  constructor(problem: Problem, history: History) {
    this.#problem = problem;
    this.#history = history;
  }

  add({candidate, change}: Mutation, origin?: Observation): void {
    const identity = identityIn(this.#problem, {candidate, epochs: this.#problem.maxEpochs});
    if (this.#found.has(identity) || remembers(this.#history.seen, identity)) return;
    if (!withinLimits(this.#problem, candidate)) return;
    this.#found.set(identity, {candidate, identity, change, ...(origin === undefined ? {} : {origin})});
  }

  get all(): Option[] {
    return [...this.#found.values()];
  }
}

function optionsOf(problem: Problem, history: History, ranked: readonly Ranked[]): Option[] {
  const options = new Options(problem, history);
  const random = keyed(problem.seed, history.asked, 'options');
  const best = ranked.slice(0, centres).map(({observation}) => observation);
  const beside = best.flatMap((origin) =>
    [...neighboursOf(problem, origin.candidate)].map((mutation) => ({mutation, origin})),
  );
  const few = beside.length > maxBeside ? random.shuffle(beside).slice(0, maxBeside) : beside;
  for (const {mutation, origin} of few) options.add(mutation, origin);
  for (let draw = 0; draw < twoSteps && best.length > 0; draw += 1) {
    const origin = random.pick(best);
    options.add(mutateBy(problem, origin.candidate, 2, random), origin);
  }
  for (let draw = 0; draw < anywhere; draw += 1)
    options.add({candidate: sampleCandidate(problem, random), change: 'drawn at random'});
  return options.all;
}

/** Vectors for the model: the proxy, if there is one, is a coordinate among the others, on the scale of the results' proxies. */
function vectors(problem: Problem, learnedFrom: readonly Candidate[]): (candidate: Candidate) => Vector {
  const {proxy} = problem;
  if (proxy === undefined) return (candidate) => new Vector(numbersOf(problem, candidate));
  const known = learnedFrom.flatMap(({genotype}) => proxy(genotype) ?? []);
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length);
  const place = (value: number | undefined): number =>
    value === undefined ? -1 : Math.max(-3, Math.min(3, (value - mean) / Math.sqrt(variance || 1)));
  return (candidate) => new Vector([...numbersOf(problem, candidate), proxyWeight * place(proxy(candidate.genotype))]);
}

/** One deviation of the proxy counts as half of a range of a setting. */
const proxyWeight = 0.5;

/**
 * The model of what is known. What is under way is believed to come out as the model expects, so that candidates beside it look known (the
 * kriging believer of Ginsbourger, Le Riche & Carraro 2010).
 */
function modelOf(problem: Problem, history: History, from: readonly Ranked[]) {
  const candidates = from.map(({observation}) => observation.candidate);
  const vector = vectors(problem, candidates);
  const items = candidates.map(vector);
  const targets = normalScores(items.length);
  const model = GaussianProcess.fit(items, targets, Vector.squaredDistance);
  if (history.pending.length === 0) return {model, vector};
  const believed = history.pending.map(({candidate}) => vector(candidate));
  const expected = believed.map((item) => model.predict(item).mean);
  return {
    model: GaussianProcess.fit([...items, ...believed], [...targets, ...expected], Vector.squaredDistance),
    vector,
  };
}

function drawOf(problem: Problem, {candidate, origin, change}: Option): Draw {
  const from = origin === undefined ? 'anywhere' : `beside ${originOf(origin)}`;
  return {
    candidate,
    epochs: problem.maxEpochs,
    ...(origin === undefined ? {} : parentOf(origin)),
    why: `the model's choice, from ${from}: ${change}`,
  };
}

/**
 * The next candidate by a Gaussian process over the architecture's features and the training settings: of the steps from the best results,
 * and of some candidates from anywhere, the one with the highest upper confidence bound.
 */
export const askModel = (problem: Problem, history: History): Ask =>
  modelsChoice(problem, history) ?? first(problem, history);

/** The same among the candidates that are admitted; `undefined` while there are too few results, or when none is admitted. */
export function modelsChoice(
  problem: Problem,
  history: History,
  admits: (candidate: Candidate) => boolean = () => true,
): Proposal | undefined {
  const ranked = rankedBy(problem, history);
  if (ranked.length < firstSamples) return undefined;
  const options = optionsOf(problem, history, ranked).filter(({candidate}) => admits(candidate));
  const {model, vector} = modelOf(problem, history, learned(ranked));
  const best = options.reduce<{option?: Option; bound: number}>(
    (leader, option) => {
      const {mean, deviation} = model.predict(vector(option.candidate));
      const bound = mean + optimism * deviation;
      return bound > leader.bound ? {option, bound} : leader;
    },
    {bound: -Infinity},
  );
  if (best.option === undefined) return undefined;
  return {kind: 'Propose', ...drawOf(problem, best.option), skipped: 0};
}
