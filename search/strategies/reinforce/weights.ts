import {keyed} from '../../random.ts';

/** Numbers that a choice is told to the controller by. */
export const embeddingSize = 16;
/** Input, forget, candidate and output gate, one block of rows each. */
export const gates = 4;
/** What a row of the cell's matrix is multiplied with: the last choice, what the controller remembers, and 1. */
export const inputSize = (units: number): number => embeddingSize + units + 1;

/** What the controller knows of one axis, row by row: how its choices are told, and how they are scored from the memory and 1. */
export type AxisWeights = {readonly embedding: readonly number[]; readonly head: readonly number[]};

/** All that is trained; axes are added as they are met. Gradients and averages of gradients have the same form. */
export type Weights = {
  readonly units: number;
  readonly cell: readonly number[];
  readonly axes: Readonly<Record<string, AxisWeights>>;
};

/** Half the width of the uniform distribution that weights begin in (Zoph & Le 2017, section 4.1, has 0.08). */
const initialWidth = 0.1;

const drawn = (seed: number, purpose: string, count: number): number[] => {
  const random = keyed(seed, 0, purpose);
  return Array.from({length: count}, () => initialWidth * (2 * random.uniform() - 1));
};

export const initialWeights = (seed: number, units: number): Weights => ({
  units,
  cell: drawn(seed, 'cell', gates * units * inputSize(units)),
  axes: {},
});

/** The weights of an axis, as they were trained or, when it was not met before, as they begin. The head begins at 0: all choices alike. */
export const axisWeights = ({units, axes}: Weights, seed: number, axis: {name: string; choices: number}): AxisWeights =>
  axes[axis.name] ?? {
    embedding: drawn(seed, `embedding ${axis.name}`, axis.choices * embeddingSize),
    head: Array.from({length: axis.choices * (units + 1)}, () => 0),
  };

/** Averages of gradients and of their squares, after so many steps. */
export type Adam = {readonly steps: number; readonly means: Weights; readonly squares: Weights};

export const initialAdam = (units: number): Adam => ({
  steps: 0,
  means: {units, cell: [], axes: {}},
  squares: {units, cell: [], axes: {}},
});

const decays = {mean: 0.9, square: 0.999};
const smallest = 1e-8;

type Arrays = Readonly<Record<string, readonly number[]>>;

/** Weights as named arrays, so that one loop treats them all. */
const flat = ({cell, axes}: Weights): Arrays => ({
  cell,
  ...Object.fromEntries(
    Object.entries(axes).flatMap(([name, {embedding, head}]) => [
      [`embedding ${name}`, embedding],
      [`head ${name}`, head],
    ]),
  ),
});

const shaped = (arrays: Arrays, {units, axes}: Weights): Weights => ({
  units,
  cell: arrays['cell'] ?? [],
  axes: Object.fromEntries(
    Object.keys(axes).map((name) => [
      name,
      {embedding: arrays[`embedding ${name}`] ?? [], head: arrays[`head ${name}`] ?? []},
    ]),
  ),
});

const averaged = (before: readonly number[] | undefined, decay: number, now: readonly number[]): number[] =>
  now.map((value, at) => decay * (before?.[at] ?? 0) + (1 - decay) * value);

/** One step of Adam down a gradient (Kingma & Ba 2015, algorithm 1). Axes that the gradient does not have stay as they are. */
export function descend(
  {weights, adam}: {readonly weights: Weights; readonly adam: Adam},
  gradient: Weights,
  learningRate: number,
): {weights: Weights; adam: Adam} {
  const steps = adam.steps + 1;
  const [means, squares] = [{...flat(adam.means)}, {...flat(adam.squares)}];
  const values = {...flat(weights)};
  const rate = (learningRate * Math.sqrt(1 - decays.square ** steps)) / (1 - decays.mean ** steps);
  for (const [name, slope] of Object.entries(flat(gradient))) {
    const mean = averaged(means[name], decays.mean, slope);
    const square = averaged(
      squares[name],
      decays.square,
      slope.map((each) => each * each),
    );
    means[name] = mean;
    squares[name] = square;
    values[name] = (values[name] ?? []).map(
      (value, at) => value - (rate * (mean[at] ?? 0)) / (Math.sqrt(square[at] ?? 0) + smallest),
    );
  }
  return {
    weights: shaped(values, weights),
    adam: {steps, means: shaped(means, weights), squares: shaped(squares, weights)},
  };
}
