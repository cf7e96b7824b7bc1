import type {ParameterSpace} from '../../search/parameters.ts';
import {oneArchitecture} from '../../search/simulation/one-architecture.ts';
import type {Decisions, Space} from '../../search/space.ts';

/** A function to minimize. The same formulas are in peers/optuna_functions.py. */
export interface NumericFunction {
  readonly name: string;
  readonly space: Space;
  readonly parameters: ParameterSpace;
  /** Value at a point; `genotype` holds the choices of the mixed functions. */
  readonly value: (parameters: Readonly<Record<string, number>>, genotype: unknown) => number;
  /** The least value. */
  readonly least: number;
  /** Weight of the kinds, 0 without them. */
  readonly scale: number;
}

const ranges = (count: number, [min, max]: readonly [number, number]): ParameterSpace =>
  Object.fromEntries(
    Array.from({length: count}, (_, at) => [`x${String(at)}`, {kind: 'real', min, max, scale: 'Linear'}] as const),
  );
const coordinates = (parameters: Readonly<Record<string, number>>): number[] =>
  Object.keys(parameters)
    .filter((name) => name.startsWith('x'))
    .sort()
    .map((name) => parameters[name] ?? 0);

/** Branin and Hoo 1972; three least points. */
function branin([x = 0, y = 0]: readonly number[]): number {
  const bend = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
  return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

const heights = [1, 1.2, 3, 3.2];
const widths = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const peaks = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

/** Hartmann 1973, six dimensions. */
const hartmann = (x: readonly number[]): number =>
  -heights.reduce((sum, height, peak) => {
    const apart = x.reduce(
      (total, value, at) => total + (widths[peak]?.[at] ?? 0) * (value - (peaks[peak]?.[at] ?? 0)) ** 2,
      0,
    );
    return sum + height * Math.exp(-apart);
  }, 0);

/** Rosenbrock 1960, ten dimensions, on a logarithm: its valley spans orders of magnitude. */
const rosenbrock = (x: readonly number[]): number =>
  Math.log1p(
    x.slice(1).reduce((sum, next, at) => {
      const value = x[at] ?? 0;
      return sum + 100 * (next - value ** 2) ** 2 + (1 - value) ** 2;
    }, 0),
  );

/** Three kinds with their own penalty; of the third, an amount that only it has. */
type Kind = {readonly kind: 'plain' | 'tilted' | 'tuned'; readonly amount?: number};
const kinds = ['plain', 'tilted', 'tuned'] as const;
const amounts = [1, 2, 3, 4, 5, 6, 7, 8];

const decisions: Decisions<Kind> = {
  next: (taken) => {
    if (taken.length === 0) return {name: 'kind', choices: kinds, ordered: false};
    if (taken.length === 1 && taken[0] === 2) return {name: 'amount', choices: amounts, ordered: true};
    return undefined;
  },
  genotype: ([kind = 0, amount]) => ({
    kind: kinds[kind] ?? 'plain',
    ...(amount === undefined ? {} : {amount: amounts[amount] ?? 1}),
  }),
  taken: ({kind, amount}) => [kinds.indexOf(kind), ...(amount === undefined ? [] : [amounts.indexOf(amount)])],
};
const all: readonly Kind[] = [
  {kind: 'plain'},
  {kind: 'tilted'},
  ...amounts.map((amount) => ({kind: 'tuned', amount}) as const),
];
const textOf = ({kind, amount}: Kind): string => (amount === undefined ? kind : `${kind} ${String(amount)}`);
const others = (genotype: Kind) =>
  all
    .filter((other) => textOf(other) !== textOf(genotype))
    .map((other) => ({genotype: other, change: `${textOf(genotype)} → ${textOf(other)}`}));

const mixed: Space<Kind> = {
  network: (_genotype, data) => oneArchitecture.network(null, data),
  size: all.length,
  parse: (value) => value as Kind,
  sample: (random) =>
    decisions.genotype([...[random.integer(3)].flatMap((kind) => (kind === 2 ? [kind, random.integer(8)] : [kind]))]),
  mutate: (genotype, random) => random.pick(others(genotype)),
  neighbours: others,
  canonical: textOf,
  describe: textOf,
  decisions,
  features: ({kind, amount = 0}) => [...kinds.map((each) => (each === kind ? Math.SQRT1_2 : 0)), amount / 8],
};

/** What the kind adds: the third, with an amount of 6, nothing. */
const addition = (genotype: unknown, scale: number): number => {
  const {kind, amount = 0} = genotype as Kind;
  const penalties = {plain: 0.3, tilted: 0.6, tuned: 0.1 * Math.abs(amount - 6)};
  return scale * penalties[kind];
};

const numeric = (
  name: string,
  [parameters, least]: readonly [ParameterSpace, number],
  value: (x: readonly number[]) => number,
): NumericFunction => ({
  name,
  space: oneArchitecture,
  parameters,
  least,
  scale: 0,
  value: (given) => value(coordinates(given)),
});

/** The function with a choice of kind, of which one has an amount of its own. */
const withKinds = (plain: NumericFunction, scale: number): NumericFunction => ({
  ...plain,
  name: `${plain.name} with kinds`,
  scale,
  space: mixed,
  value: (given, genotype) => plain.value(given, genotype) + addition(genotype, scale),
});

const braninSpace: ParameterSpace = {
  x0: {kind: 'real', min: -5, max: 10, scale: 'Linear'},
  x1: {kind: 'real', min: 0, max: 15, scale: 'Linear'},
};
const plain = [
  numeric('Branin', [braninSpace, 0.397887], branin),
  numeric('Hartmann 6', [ranges(6, [0, 1]), -3.32237], hartmann),
  numeric('Rosenbrock 10', [ranges(10, [-2, 2]), 0], rosenbrock),
];
const scales = [20, 2, 4];

export const numericFunctions: readonly NumericFunction[] = plain.flatMap((each, at) => [
  each,
  withKinds(each, scales[at] ?? 1),
]);
