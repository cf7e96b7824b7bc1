import type {Random} from './random.ts';

/** One searched or fixed setting: a single value, a choice, or a range. */
export type Dimension =
  | {readonly kind: 'fixed'; readonly value: ParameterValue}
  | {readonly kind: 'choice'; readonly choices: readonly ParameterValue[]}
  | {readonly kind: 'integer' | 'real'; readonly min: number; readonly max: number; readonly scale: 'Linear' | 'Log'};

export type ParameterValue = number | string | boolean;
export type ParameterSpace = Readonly<Record<string, Dimension>>;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

export type Range = Extract<Dimension, {kind: 'integer' | 'real'}>;

/** Standard deviation of a step in a range, as a share of the (scaled) range. */
const stepSize = 0.2;
/** Values are written with so many digits: nobody trains differently at the seventh, and logs stay readable. */
const digits = 6;

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** A position in [0, 1] to a value of the range. Integers get equal shares of the (scaled) range. */
export function valueAt(range: Range, position: number): number {
  const wide = range.kind === 'integer' ? 1 : 0;
  const [low, high] = [range.min, range.max + wide];
  const raw =
    range.scale === 'Log'
      ? Math.exp(Math.log(low) + position * (Math.log(high) - Math.log(low)))
      : low + position * (high - low);
  const rounded = range.kind === 'integer' ? Math.floor(raw) : Number(raw.toPrecision(digits));
  return clamp(rounded, range.min, range.max);
}

/** The inverse of `valueAt`, up to rounding. */
export function positionOf(range: Range, value: number): number {
  const wide = range.kind === 'integer' ? 0.5 : 0;
  const [low, high] = [range.min, range.max + 2 * wide];
  const at = value + wide;
  const position = range.scale === 'Log' ? Math.log(at / low) / Math.log(high / low) : (at - low) / (high - low);
  return clamp(position, 0, 1);
}

export const isRange = (dimension: Dimension): dimension is Range =>
  dimension.kind === 'integer' || dimension.kind === 'real';

/** The values of a dimension that can be counted, `undefined` for a real range. */
export function finiteValues(dimension: Dimension): readonly ParameterValue[] | undefined {
  if (dimension.kind === 'fixed') return [dimension.value];
  if (dimension.kind === 'choice') return dimension.choices;
  if (dimension.min === dimension.max) return [dimension.min];
  if (dimension.kind === 'real') return undefined;
  return Array.from({length: dimension.max - dimension.min + 1}, (_, offset) => dimension.min + offset);
}

function countOf(dimension: Dimension): number {
  if (dimension.kind === 'integer') return dimension.max - dimension.min + 1;
  return finiteValues(dimension)?.length ?? Infinity;
}

function sampleOne(dimension: Dimension, random: Random): ParameterValue {
  if (dimension.kind === 'fixed') return dimension.value;
  if (dimension.kind === 'choice') return random.pick(dimension.choices);
  return valueAt(dimension, random.uniform());
}

/** Every value drawn alone and uniformly on its scale. */
export const sampleParameters = (space: ParameterSpace, random: Random): ParameterValues =>
  Object.fromEntries(Object.entries(space).map(([name, dimension]) => [name, sampleOne(dimension, random)]));

/** A normal step in the scaled range; one that rounds back to where it began goes to the next value instead. */
function stepInRange(range: Range, value: number, random: Random): number {
  const from = positionOf(range, value);
  const shift = stepSize * random.normal();
  const stepped = valueAt(range, clamp(from + shift, 0, 1));
  if (stepped !== value) return stepped;
  const toward = shift >= 0 ? 1 : -1;
  if (range.kind === 'real') return value === range.min ? range.max : range.min;
  const next = value + toward;
  return next > range.max || next < range.min ? value - toward : next;
}

function stepOne(dimension: Dimension, value: ParameterValue, random: Random): ParameterValue {
  if (isRange(dimension)) return stepInRange(dimension, Number(value), random);
  const others = finiteValues(dimension)?.filter((other) => other !== value) ?? [];
  return random.pick(others);
}

/** Names of the settings that have more than one value. */
export const searchedNames = (space: ParameterSpace): string[] =>
  Object.entries(space).flatMap(([name, dimension]) => (countOf(dimension) > 1 ? [name] : []));

/**
 * One random step: one setting changes, a choice to another of its choices, a range by a normal step on its scale.
 * `undefined` when nothing is searched.
 */
export function mutateParameters(
  space: ParameterSpace,
  values: ParameterValues,
  random: Random,
): {readonly values: ParameterValues; readonly change: string} | undefined {
  const names = searchedNames(space);
  if (names.length === 0) return undefined;
  const name = random.pick(names);
  const dimension = space[name];
  const before = values[name];
  if (dimension === undefined || before === undefined)
    throw new Error(`training.${name} has no value: the candidate does not belong to this search`);
  const after = stepOne(dimension, before, random);
  return {values: {...values, [name]: after}, change: `${name}: ${String(before)} → ${String(after)}`};
}

/** A range of real numbers counts as so many values that matter. */
const bitsOfRange = 4;

/** How much there is to choose, in bits: what a mutation weighs the training settings by. */
export const parameterBits = (space: ParameterSpace): number =>
  Object.values(space).reduce((sum, dimension) => sum + Math.min(Math.log2(countOf(dimension)), bitsOfRange), 0);

/** Number of combinations; `Infinity` with a real range. */
export const parameterSpaceSize = (space: ParameterSpace): number =>
  Object.values(space).reduce((product, dimension) => product * countOf(dimension), 1);

/** Every combination of a finite space; throws a RangeError for a space with a real range. */
export function* allParameters(space: ParameterSpace): Generator<ParameterValues> {
  const [first, ...rest] = Object.entries(space);
  if (first === undefined) {
    yield {};
    return;
  }
  const [name, dimension] = first;
  const values = finiteValues(dimension);
  if (values === undefined) throw new RangeError(`training.${name} is a range of real numbers: it cannot be listed`);
  for (const value of values)
    for (const others of allParameters(Object.fromEntries(rest))) yield {[name]: value, ...others};
}

/** Why a value does not belong to a dimension, `undefined` when it does. */
function objection(dimension: Dimension, value: unknown): string | undefined {
  if (!isRange(dimension)) {
    const choices: readonly unknown[] = finiteValues(dimension) ?? [];
    return choices.includes(value) ? undefined : `give ${choices.map((choice) => JSON.stringify(choice)).join(' or ')}`;
  }
  const wanted = `give ${dimension.kind === 'integer' ? 'an integer' : 'a number'} from ${String(dimension.min)} to ${String(dimension.max)}`;
  const fits =
    typeof value === 'number' &&
    value >= dimension.min &&
    value <= dimension.max &&
    (dimension.kind === 'real' || Number.isInteger(value));
  return fits ? undefined : wanted;
}

/** Checks values that came from outside; throws an Error that names the field, what was found and what is allowed. */
export function parseParameters(space: ParameterSpace, value: unknown): ParameterValues {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`training: found ${JSON.stringify(value)}; give an object with ${Object.keys(space).join(', ')}`);
  const given = new Map<string, unknown>(Object.entries(value));
  const unknownName = [...given.keys()].find((name) => !Object.hasOwn(space, name));
  if (unknownName !== undefined) throw new Error(`training.${unknownName}: not a setting of this search; remove it`);
  return Object.fromEntries(
    Object.entries(space).map(([name, dimension]) => {
      const found = given.get(name);
      const wrong = objection(dimension, found);
      if (wrong !== undefined)
        throw new Error(`training.${name}: found ${found === undefined ? 'nothing' : JSON.stringify(found)}; ${wrong}`);
      return [name, found as ParameterValue];
    }),
  );
}
