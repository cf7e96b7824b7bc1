import {mutateParameters, parameterBits} from './parameters.ts';
import type {Random} from './random.ts';
import type {Candidate, Problem} from './strategy.ts';

/** A candidate one step away, and what changed, in words. */
export interface Mutation {
  readonly candidate: Candidate;
  readonly change: string;
}

/** No space counts as more than this, so that one without an end leaves the training settings a share. */
const maxBits = 64;

/** One step of the architecture or of one training setting, each as often as it has bits to choose. */
function mutate(problem: Problem, candidate: Candidate, random: Random): Mutation {
  const training = parameterBits(problem.training);
  const architecture = Math.min(Math.log2(problem.space.size), maxBits);
  if (random.uniform() * (training + architecture) < training) {
    const step = mutateParameters(problem.training, candidate.training, random);
    if (step !== undefined) return {candidate: {...candidate, training: step.values}, change: step.change};
  }
  const {genotype, change} = problem.space.mutate(candidate.genotype, random);
  return {candidate: {...candidate, genotype}, change};
}

/** So many steps in a row. */
export function mutateBy(problem: Problem, candidate: Candidate, steps: number, random: Random): Mutation {
  let reached = candidate;
  const changes: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    const mutation = mutate(problem, reached, random);
    reached = mutation.candidate;
    changes.push(mutation.change);
  }
  return {candidate: reached, change: changes.join('; ')};
}

/** Mutations in a row that were duplicates before a child is taken one step further from its parent. */
const patience = 25;

/** How many steps to take after so many duplicates. */
export const stepsAfter = (duplicates: number): number => 1 + Math.floor(duplicates / patience);
