import {identityOf} from './identity.ts';
import type {Json} from './json.ts';
import {measure} from './measure.ts';
import {feasible, staticLimits} from './objectives.ts';
import {allParameters, parameterSpaceSize, sampleParameters} from './parameters.ts';
import {keyed} from './random.ts';
import type {Random} from './random.ts';
import {remembers} from './seen.ts';
import type {Seen} from './seen.ts';
import type {Ask, Candidate, Problem, Proposal} from './strategy.ts';

/** Draws that turn out to be duplicates before one is proposed all the same. */
export const maxDuplicates = 100;
/** Draws that pass a limit before the search gives up: they cost a measurement each, and no budget. */
const maxInfeasible = 5_000;
/** Spaces with more combinations are never walked to find out whether anything is left in them. */
const maxWalk = 100_000;

/** One draw of a strategy: a proposal, but for what drawing itself adds. */
export type Draw = Omit<Proposal, 'kind' | 'skipped'>;

/** What all strategies remember of their proposals. */
export interface Asked {
  /** Number of proposals so far. */
  readonly asked: number;
  readonly seen: Seen;
}

/** Identity of a candidate as a proposal of so many epochs. */
export const identityIn = (problem: Problem, draw: Pick<Draw, 'candidate' | 'epochs' | 'resumeFrom'>): string =>
  identityOf({
    canonical: problem.space.canonical(draw.candidate.genotype),
    training: draw.candidate.training,
    epochs: draw.epochs,
    resumeFrom: draw.resumeFrom,
  });

/** A candidate drawn uniformly from the space and the training settings. */
export const sampleCandidate = (problem: Problem, random: Random): Candidate => ({
  genotype: problem.space.sample(random),
  training: sampleParameters(problem.training, random),
});

/** Does the network keep the limits on parameters and FLOPs? Taken as kept while the data's shape is not known. */
export function withinLimits(problem: Problem, {genotype}: Candidate): boolean {
  const limits = staticLimits(problem.objectives);
  if (limits.length === 0 || problem.data === undefined) return true;
  const {parameters, flops} = measure(problem.space.network(genotype, problem.data));
  return feasible(limits, {parameters, flops});
}

/** Every genotype of a finite space, reached over the one-step neighbourhoods from the first on. */
function* walk(problem: Problem, first: Json): Generator<Json> {
  const reached = new Set([JSON.stringify(first)]);
  const open = [first];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    for (const {genotype} of problem.space.neighbours(next)) {
      const text = JSON.stringify(genotype);
      if (reached.has(text)) continue;
      reached.add(text);
      open.push(genotype);
    }
  }
}

/** Is nothing left that keeps the limits and was not asked? Only spaces small enough to be walked can be seen to end. */
function isUsedUp(problem: Problem, seen: Seen, {candidate, epochs, resumeFrom}: Draw): boolean {
  if (problem.space.size * parameterSpaceSize(problem.training) > maxWalk) return false;
  for (const genotype of walk(problem, candidate.genotype)) {
    if (!withinLimits(problem, {genotype, training: {}})) continue;
    for (const training of allParameters(problem.training)) {
      const identity = identityIn(problem, {candidate: {genotype, training}, epochs, ...resumed(resumeFrom)});
      if (!remembers(seen, identity)) return false;
    }
  }
  return true;
}

const resumed = (resumeFrom: number | undefined): {resumeFrom?: number} =>
  resumeFrom === undefined ? {} : {resumeFrom};

function limitsText(problem: Problem): string {
  return staticLimits(problem.objectives)
    .map(({metric, goal, limit}) => `${metric} ${goal === 'Maximize' ? '≥' : '≤'} ${String(limit)}`)
    .join(', ');
}

/** That nothing is left to ask. */
export function exhaustedText(problem: Problem, asked: number): string {
  const limits = limitsText(problem);
  return `every candidate in the space${limits === '' ? '' : ` with ${limits}`} was asked (${String(asked)} proposals)`;
}

/**
 * Draws until a draw is new and keeps the limits on parameters and FLOPs. After `maxDuplicates` duplicates the next one is proposed all
 * the same (it gets its twin's score for nothing), unless nothing is left to ask. `duplicates` tells a draw how many it follows, so that
 * a strategy may reach further each time; it is the same generator for the same (seed, index, purpose, attempt).
 */
export function propose(
  problem: Problem,
  {asked, seen}: Asked,
  purpose: string,
  draw: (random: Random, duplicates: number) => Draw,
): Ask {
  const limits = limitsText(problem);
  let duplicates = 0;
  let infeasible = 0;
  while (infeasible < maxInfeasible) {
    const skipped = duplicates + infeasible;
    const drawn = draw(keyed(problem.seed, asked, purpose, skipped), duplicates);
    if (!withinLimits(problem, drawn.candidate)) {
      infeasible += 1;
    } else if (!remembers(seen, identityIn(problem, drawn))) {
      return {kind: 'Propose', ...drawn, skipped};
    } else if (duplicates + 1 < maxDuplicates) {
      duplicates += 1;
    } else if (isUsedUp(problem, seen, drawn)) {
      return {kind: 'Exhausted', why: exhaustedText(problem, asked)};
    } else return {kind: 'Propose', ...drawn, skipped};
  }
  const others = duplicates === 0 ? '' : ` and ${String(duplicates)} were asked before`;
  return {
    kind: 'Exhausted',
    why:
      `${String(infeasible)} draws break the limits (${limits})${others}: ` +
      'raise the limits, or give the space smaller settings',
  };
}
