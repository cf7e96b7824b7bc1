import type {ParameterSpace, ParameterValues} from '../../search/parameters.ts';
import {keyed} from '../../search/random.ts';
import type {Random} from '../../search/random.ts';

/** One input of a made-up function: a number on its scale, or a category. */
export type Input =
  | {
      readonly name: string;
      readonly kind: 'real' | 'integer';
      readonly scale: 'Linear' | 'Log';
      readonly min: number;
      readonly max: number;
      /** Where the loss is least, from 0 to 1, and how steeply it rises from there. */
      readonly optimum: number;
      readonly steepness: number;
      /** Exponent of the cost: over all inputs they add up to the whole span. */
      readonly price: number;
    }
  | {
      readonly name: string;
      readonly kind: 'category';
      /** What each category adds to the loss; the best adds nothing. */
      readonly losses: readonly number[];
    };

/** A loss from 0 (best) to nearly 1 and a cost from 1 to `span`, both smooth; small models are cheap, and good ones are seldom the smallest. */
export interface CostSurface {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly span: number;
  /** Height and frequency of the ripples on the loss. */
  readonly ripple: number;
  readonly waves: number;
}

const span = 100;

const kinds = [
  {kind: 'real', scale: 'Linear', min: 0, max: 1},
  {kind: 'real', scale: 'Log', min: 1e-4, max: 1},
  {kind: 'integer', scale: 'Log', min: 4, max: 512},
] as const;

function inputOf(at: number, price: number, random: Random): Input {
  return {
    name: `x${String(at)}`,
    ...random.pick(kinds),
    optimum: 0.15 + 0.7 * random.uniform(),
    steepness: 1 + 3 * random.uniform(),
    price,
  };
}

/** The functions are a family: number, kinds, optima and prices of the inputs are drawn from the seed. Two inputs have a price. */
export function costSurface(seed: number): CostSurface {
  const random = keyed(seed, 0, 'cost surface');
  const dimensions = 3 + random.integer(4);
  const share = 0.3 + 0.4 * random.uniform();
  const prices = [share, 1 - share];
  const inputs = Array.from({length: dimensions}, (_, at) => inputOf(at, Math.log(span) * (prices[at] ?? 0), random));
  const categories: Input[] =
    seed % 2 === 0 ? [{name: 'kind', kind: 'category', losses: random.shuffle([0, 0.05, 0.15])}] : [];
  return {
    name: `surface ${String(seed)}`,
    inputs: [...inputs, ...categories],
    span,
    ripple: seed % 3 === 0 ? 0.03 : 0,
    waves: 3 + random.integer(3),
  };
}

export const spaceOf = ({inputs}: CostSurface): ParameterSpace =>
  Object.fromEntries(
    inputs.map((input) => [
      input.name,
      input.kind === 'category'
        ? {kind: 'choice', choices: input.losses.map((_, at) => at)}
        : {kind: input.kind, min: input.min, max: input.max, scale: input.scale},
    ]),
  );

/** The settings at which a trial is cheapest: the inputs that have a price at their least. */
export const cheapOf = ({inputs}: CostSurface): Record<string, number> =>
  Object.fromEntries(
    inputs.flatMap((input) => (input.kind !== 'category' && input.price > 0 ? [[input.name, input.min]] : [])),
  );

function positionOf(input: Exclude<Input, {kind: 'category'}>, value: number): number {
  const scale = input.scale === 'Log' ? Math.log : (x: number): number => x;
  return (scale(value) - scale(input.min)) / (scale(input.max) - scale(input.min));
}

/** Loss and cost at a point. The same formula is in peers/flaml_cost.py. */
export function evaluateSurface(
  {inputs, ripple, waves}: CostSurface,
  values: ParameterValues,
): {loss: number; cost: number} {
  let [bowl, exponent, added, ripples] = [0, 0, 0, 0];
  for (const input of inputs) {
    const value = Number(values[input.name]);
    if (input.kind === 'category') added += input.losses[value] ?? 0;
    else {
      const position = positionOf(input, value);
      bowl += input.steepness * (position - input.optimum) ** 2;
      exponent += input.price * position;
      ripples += ripple * Math.sin(Math.PI * waves * (position - input.optimum)) ** 2;
    }
  }
  return {loss: 1 - Math.exp(-bowl) + added + ripples, cost: Math.exp(exponent)};
}
