import {z} from 'zod';
import {exhaustedText, identityIn, withinLimits} from '../drawing.ts';
import type {Json} from '../json.ts';
import {allParameters, isRange, parameterSpaceSize, valueAt} from '../parameters.ts';
import type {ParameterSpace, ParameterValue, ParameterValues} from '../parameters.ts';
import {keyed} from '../random.ts';
import {nothingSeen, remember, remembers} from '../seen.ts';
import type {Seen} from '../seen.ts';
import type {Ask, Candidate, Problem, Strategy, StrategyType} from '../strategy.ts';

const settings = z.strictObject({
  pointsPerRange: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('Values of a range of training settings, spread evenly on its scale; choices have all of theirs.'),
});
type Settings = z.output<typeof settings>;

type State = {
  readonly asked: number;
  readonly seen: Seen;
  /** Points of the grid that were proposed or passed over. */
  readonly passed: number;
};

/** Points passed over in one question, before the search gives up on the limits: each costs a measurement. */
const maxInfeasible = 20_000;

/** The grid: the architectures by rank, and the values of each training setting. */
interface GridPoints {
  readonly problem: Problem;
  readonly axes: readonly {readonly name: string; readonly values: readonly ParameterValue[]}[];
  readonly size: number;
}

const spread = (points: number): number[] =>
  points === 1 ? [0.5] : Array.from({length: points}, (_, at) => at / (points - 1));

const axesOf = (training: ParameterSpace, points: number): GridPoints['axes'] =>
  Object.entries(training).map(([name, dimension]) => {
    const few = !isRange(dimension) || parameterSpaceSize({[name]: dimension}) <= points;
    if (few) return {name, values: [...allParameters({[name]: dimension})].flatMap((each) => each[name] ?? [])};
    return {name, values: [...new Set(spread(points).map((position) => valueAt(dimension, position)))]};
  });

function gridOf(problem: Problem, {pointsPerRange}: Settings): GridPoints {
  const axes = axesOf(problem.training, pointsPerRange);
  return {problem, axes, size: axes.reduce((size, {values}) => size * values.length, problem.space.size)};
}

function architectureAt({problem: {space}}: GridPoints, rank: number): Json {
  if (space.at !== undefined) return space.at(rank);
  if (space.size === 1) return space.sample(keyed(0, 0, 'only'));
  throw new RangeError('searchSpace: the space cannot be listed, which Grid needs; choose Random');
}

/** The point of a rank: the architecture is its lowest digit, the training settings follow. */
function pointAt(grid: GridPoints, rank: number): Candidate {
  const architectures = grid.problem.space.size;
  let rest = Math.floor(rank / architectures);
  const training: Record<string, ParameterValue> = {};
  for (const {name, values} of grid.axes) {
    training[name] = values[rest % values.length] ?? 0;
    rest = Math.floor(rest / values.length);
  }
  return {genotype: architectureAt(grid, rank % architectures), training: training satisfies ParameterValues};
}

const goldenRatio = (Math.sqrt(5) - 1) / 2;

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/**
 * The order of the points: each rank once, in steps of about the golden section of the grid, so that a search that ends early has looked
 * evenly over the whole (Kronecker sequence; Niederreiter 1992, Random number generation and quasi-Monte Carlo methods, chapter 3).
 */
function orderOf(size: number, seed: number): (position: number) => number {
  let step = Math.max(1, Math.round(size * goldenRatio));
  while (greatestDivisor(step, size) !== 1) step += 1;
  const first = Math.floor(keyed(seed, 0, 'grid').uniform() * size);
  // The product may pass 2^53.
  return (position) => Number((BigInt(step) * BigInt(position) + BigInt(first)) % BigInt(size));
}

const countText = (size: number): string => size.toLocaleString('en-US');

const strategy: Strategy<Settings, State> = {
  version: 1,
  init: () => ({asked: 0, seen: nothingSeen, passed: 0}),

  ask: (problem, given, state): Ask => {
    const grid = gridOf(problem, given);
    if (!Number.isSafeInteger(grid.size))
      return {kind: 'Exhausted', why: 'the grid has no end: choose a smaller space, or another strategy'};
    const rankAt = orderOf(grid.size, problem.seed);
    let infeasible = 0;
    for (let position = state.passed; position < grid.size && infeasible < maxInfeasible; position += 1) {
      const candidate = pointAt(grid, rankAt(position));
      const draw = {candidate, epochs: problem.maxEpochs};
      if (!withinLimits(problem, candidate)) infeasible += 1;
      else if (!remembers(state.seen, identityIn(problem, draw))) {
        const why = `point ${countText(position + 1)} of ${countText(grid.size)} of the grid`;
        return {kind: 'Propose', ...draw, why, skipped: position - state.passed};
      }
    }
    const points = `the grid had ${countText(grid.size)} points`;
    return {kind: 'Exhausted', why: `${exhaustedText(problem, state.asked)}: ${points}`};
  },

  asked: (problem, _settings, state, proposal) => ({
    asked: state.asked + 1,
    seen: remember(state.seen, identityIn(problem, proposal)),
    passed: state.passed + proposal.skipped + 1,
  }),

  tell: (_problem, _settings, state) => state,
};

/** Every architecture with every combination of training values, each once, in an order that covers the whole evenly from the start. */
export const grid: StrategyType<Settings, State> = {
  type: 'Grid',
  settings,
  strategy,
  refuse: (problem, given, trials) => {
    const {size} = gridOf(problem, given);
    if (trials === undefined || size <= trials) return undefined;
    return {
      message: `the grid has ${Number.isFinite(size) ? countText(size) : 'infinitely many'} points, and limits.trials is ${countText(trials)}`,
      remedy:
        'give the space smaller settings, lower strategy.grid.pointsPerRange, raise limits.trials, or choose Random, which stops where it likes',
    };
  },
};
