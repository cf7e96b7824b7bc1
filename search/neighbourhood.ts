import type {Mutation} from './mutation.ts';
import {finiteValues, isRange, positionOf, searchedNames, valueAt} from './parameters.ts';
import type {Dimension, ParameterValue} from './parameters.ts';
import type {Candidate, Problem} from './strategy.ts';

/** Steps in a range, as shares of it on its scale: a near one to refine, a far one to leave a flat place. */
const rangeSteps = [-0.2, -0.05, 0.05, 0.2];

function valuesBeside(dimension: Dimension, value: ParameterValue): ParameterValue[] {
  if (!isRange(dimension)) return (finiteValues(dimension) ?? []).filter((other) => other !== value);
  const from = positionOf(dimension, Number(value));
  const reached = rangeSteps.map((step) => valueAt(dimension, Math.min(1, Math.max(0, from + step))));
  // A share of a short range of integers rounds to nothing: the next integers are always beside.
  const next = dimension.kind === 'integer' ? [Number(value) - 1, Number(value) + 1] : [];
  const inside = next.filter((each) => each >= dimension.min && each <= dimension.max);
  return [...new Set([...inside, ...reached])].filter((other) => other !== value);
}

/** Every candidate one step away: of the architecture, or of one training setting. */
export function* neighboursOf(problem: Problem, candidate: Candidate): Generator<Mutation> {
  for (const {genotype, change} of problem.space.neighbours(candidate.genotype))
    yield {candidate: {...candidate, genotype}, change};
  for (const name of searchedNames(problem.training)) {
    const [dimension, before] = [problem.training[name], candidate.training[name]];
    if (dimension === undefined || before === undefined) continue;
    for (const after of valuesBeside(dimension, before))
      yield {
        candidate: {...candidate, training: {...candidate.training, [name]: after}},
        change: `${name}: ${String(before)} → ${String(after)}`,
      };
  }
}
