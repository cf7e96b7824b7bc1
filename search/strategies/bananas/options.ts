import {build, chosenOf, drawOn} from '../../choices.ts';
import type {Axis} from '../../choices.ts';
import {identityIn, sampleCandidate, withinLimits} from '../../drawing.ts';
import type {History, Observation} from '../../history.ts';
import {mutateBy} from '../../mutation.ts';
import type {Random} from '../../random.ts';
import {remembers} from '../../seen.ts';
import type {Candidate, Problem} from '../../strategy.ts';

/** A candidate that may be proposed, and where it comes from. */
export interface Option {
  readonly candidate: Candidate;
  readonly change: string;
  readonly origin?: Observation;
}

/** Collects candidates that were not asked and keep the limits, each once. */
export class Options {
  readonly #problem: Problem;
  readonly #history: History;
  readonly #found = new Map<string, Option>();

  constructor(problem: Problem, history: History) {
    this.#problem = problem;
    this.#history = history;
  }

  add(option: Option): void {
    const {candidate} = option;
    const identity = identityIn(this.#problem, {candidate, epochs: this.#problem.maxEpochs});
    if (this.#found.has(identity) || remembers(this.#history.seen, identity)) return;
    if (withinLimits(this.#problem, candidate)) this.#found.set(identity, option);
  }

  get all(): Option[] {
    return [...this.#found.values()];
  }
}

/** Steps away from a parent that are tried: most of its neighbours first, since the best candidates lie close together. */
const stepsOf = (random: Random): number => (random.uniform() < 0.75 ? 1 : 2);

/** Candidates a step or two from the best, so many draws. */
export function addMutations(
  problem: Problem,
  options: Options,
  best: readonly Observation[],
  {draws, random}: {draws: number; random: Random},
): void {
  for (let draw = 0; draw < draws && best.length > 0; draw += 1) {
    const origin = random.pick(best);
    options.add({...mutateBy(problem, origin.candidate, stepsOf(random), random), origin});
  }
}

/** Candidates from anywhere, so many draws. */
export function addSamples(problem: Problem, options: Options, {draws, random}: {draws: number; random: Random}): void {
  for (let draw = 0; draw < draws; draw += 1)
    options.add({candidate: sampleCandidate(problem, random), change: 'drawn at random'});
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** A candidate close to another: some of its ranges moved by a normal step, and now and then a category drawn anew. */
export function nudged(
  problem: Problem,
  {genotype, training}: Candidate,
  {width, random}: {width: number; random: Random},
): Candidate {
  const chosen = chosenOf(problem, {genotype, training});
  const values = new Map(chosen.map(({axis, value}) => [axis.name, value]));
  // Of many axes few move at a time: a step along all of them at once would nearly always be one for the worse.
  const share = Math.max(0.3, 1 / Math.max(1, chosen.length));
  return build(problem, (axis: Axis) => {
    const value = values.get(axis.name) ?? drawOn(axis, random);
    if (axis.kind === 'range') return random.uniform() < share ? clamp(value + width * random.normal()) : value;
    return random.uniform() < width * share ? drawOn(axis, random) : value;
  });
}
