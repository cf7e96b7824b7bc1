import {finiteValues, isRange, positionOf, searchedNames} from './parameters.ts';
import type {Dimension, ParameterValue} from './parameters.ts';
import type {Candidate, Problem} from './strategy.ts';

/** A range is its position on its scale; a choice one number per value, two values as far apart as the ends of a range. */
function coordinatesOf(dimension: Dimension, value: ParameterValue | undefined): number[] {
  if (isRange(dimension)) return [positionOf(dimension, Number(value))];
  return (finiteValues(dimension) ?? []).map((choice) => (choice === value ? Math.SQRT1_2 : 0));
}

const trainingOf = ({training: space}: Problem, {training}: Candidate): number[] =>
  searchedNames(space).flatMap((name) => {
    const dimension = space[name];
    return dimension === undefined ? [] : coordinatesOf(dimension, training[name]);
  });

/** Numbers of which most are zero: those that are not are listed, so that a distance takes as many steps as there are of them. */
export class Vector {
  readonly #values: Float64Array;
  readonly #filled: readonly number[];
  readonly #norm: number;

  constructor(values: readonly number[]) {
    this.#values = Float64Array.from(values);
    const filled: number[] = [];
    let norm = 0;
    for (const [index, value] of values.entries())
      if (value !== 0) {
        filled.push(index);
        norm += value * value;
      }
    this.#filled = filled;
    this.#norm = norm;
  }

  /** Squared Euclidean distance to a vector of the same length. */
  static readonly squaredDistance = (a: Vector, b: Vector): number => {
    let product = 0;
    const filled = a.#filled;
    const [these, those] = [a.#values, b.#values];
    for (const index of filled) product += (these[index] as number) * (those[index] as number);
    return Math.max(0, a.#norm + b.#norm - 2 * product);
  };
}

/**
 * A candidate as a predictor sees it: the features of the architecture, as far as the space tells them, then every searched training
 * setting. As many numbers for every candidate of a problem.
 */
export const numbersOf = (problem: Problem, candidate: Candidate): number[] => [
  ...(problem.space.features?.(candidate.genotype) ?? []),
  ...trainingOf(problem, candidate),
];
