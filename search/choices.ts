import type {Json} from './json.ts';
import {finiteValues, isRange, positionOf, searchedNames, valueAt} from './parameters.ts';
import type {Dimension, ParameterValue} from './parameters.ts';
import {keyed} from './random.ts';
import type {Random} from './random.ts';
import type {Decisions, Space} from './space.ts';
import type {Candidate, Problem} from './strategy.ts';

/**
 * One thing that is chosen for a candidate. A category is chosen by its index below `size`; a range by a position from 0 to 1 on
 * its scale. Axes of one name are the same wherever they come up.
 */
export type Axis = {
  readonly name: string;
  readonly kind: 'category' | 'range';
  /** Number of categories, or of the integers of a range; 0 for a range of real numbers. */
  readonly size: number;
  /** Near values are alike; always so for a range. */
  readonly ordered: boolean;
};

/** A candidate as what was chosen for it: the architecture's decisions in their order, then the searched training settings. */
export interface Chosen {
  readonly axis: Axis;
  readonly value: number;
}

/** The decisions of a space; of one that holds a single genotype, none. */
function decisionsOf(space: Space): Decisions<Json> {
  if (space.decisions !== undefined) return space.decisions;
  if (space.size === 1) {
    const only = space.sample(keyed(0, 0, 'only'));
    return {next: () => undefined, genotype: () => only, taken: () => []};
  }
  throw new RangeError(
    'searchSpace: the space has no decisions, which this strategy needs; choose RegularizedEvolution',
  );
}

function trainingAxis(name: string, dimension: Dimension): Axis {
  const values = isRange(dimension) ? undefined : finiteValues(dimension);
  if (values !== undefined) return {name: `training.${name}`, kind: 'category', size: values.length, ordered: false};
  const size = isRange(dimension) && dimension.kind === 'integer' ? dimension.max - dimension.min + 1 : 0;
  return {name: `training.${name}`, kind: 'range', size, ordered: true};
}

function trainingValue(dimension: Dimension, value: number): ParameterValue {
  if (isRange(dimension)) return valueAt(dimension, value);
  const chosen = finiteValues(dimension)?.[value];
  if (chosen === undefined) throw new RangeError(`there is no choice ${String(value)}`);
  return chosen;
}

const trainingCoordinate = (dimension: Dimension, value: ParameterValue | undefined): number =>
  isRange(dimension) ? positionOf(dimension, Number(value)) : (finiteValues(dimension) ?? []).indexOf(value ?? '');

/** The candidate that `choose` makes, which is asked for one axis after another. */
export function build(problem: Problem, choose: (axis: Axis) => number): Candidate {
  const decisions = decisionsOf(problem.space);
  const taken: number[] = [];
  for (let next = decisions.next(taken); next !== undefined; next = decisions.next(taken)) {
    const {name, choices, ordered} = next;
    taken.push(choose({name, kind: 'category', size: choices.length, ordered}));
  }
  const searched = new Set(searchedNames(problem.training));
  const training = Object.fromEntries(
    Object.entries(problem.training).map(([name, dimension]) => {
      if (searched.has(name)) return [name, trainingValue(dimension, choose(trainingAxis(name, dimension)))];
      return [name, finiteValues(dimension)?.[0] ?? 0];
    }),
  );
  return {genotype: decisions.genotype(taken), training};
}

/** What was chosen for a candidate; the inverse of `build`, up to the rounding of ranges. */
export function chosenOf(problem: Problem, {genotype, training}: Candidate): Chosen[] {
  const decisions = decisionsOf(problem.space);
  const taken = decisions.taken(genotype);
  const architecture = taken.map((value, at): Chosen => {
    const next = decisions.next(taken.slice(0, at));
    if (next === undefined) throw new RangeError(`the genotype has no decision ${String(at)}`);
    return {axis: {name: next.name, kind: 'category', size: next.choices.length, ordered: next.ordered}, value};
  });
  const settings = searchedNames(problem.training).flatMap((name): Chosen[] => {
    const dimension = problem.training[name];
    if (dimension === undefined) return [];
    return [{axis: trainingAxis(name, dimension), value: trainingCoordinate(dimension, training[name])}];
  });
  return [...architecture, ...settings];
}

/** A value of an axis, uniform. */
export const drawOn = ({kind, size}: Axis, random: Random): number =>
  kind === 'range' ? random.uniform() : random.integer(size);

/**
 * Uniform crossover: what both parents chose is taken from either with equal odds, what one of them chose from it, and what neither did
 * is drawn.
 */
export function cross(problem: Problem, [a, b]: readonly [Candidate, Candidate], random: Random): Candidate {
  const [first, second] = [a, b].map(
    (parent) => new Map(chosenOf(problem, parent).map(({axis, value}) => [axis.name, value])),
  );
  return build(problem, (axis) => {
    const [one, other] = [first?.get(axis.name), second?.get(axis.name)];
    if (one !== undefined && other !== undefined) return random.uniform() < 0.5 ? one : other;
    return one ?? other ?? drawOn(axis, random);
  });
}
