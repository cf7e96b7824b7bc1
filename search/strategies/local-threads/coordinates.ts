import {build, chosenOf} from '../../choices.ts';
import type {Axis} from '../../choices.ts';
import {finiteValues, isRange, positionOf, valueAt} from '../../parameters.ts';
import type {Dimension, ParameterValue} from '../../parameters.ts';
import type {Random} from '../../random.ts';
import type {Candidate, Problem} from '../../strategy.ts';

/** A candidate as a point: a position from 0 to 1 on every axis that came up on the way to it. */
export type Coordinates = Readonly<Record<string, number>>;

const clamped = (value: number): number => Math.min(1, Math.max(0, value));
/** The category or amount that a position lies in; every one has an equal share of the axis. */
const binOf = ({size}: Axis, position: number): number => Math.min(size - 1, Math.floor(clamped(position) * size));

/** A candidate's point; a category or amount lies in the middle of its share. */
export const coordinatesOf = (problem: Problem, candidate: Candidate): Coordinates =>
  Object.fromEntries(
    chosenOf(problem, candidate).map(({axis, value}) => [
      axis.name,
      axis.kind === 'range' ? value : (value + 0.5) / axis.size,
    ]),
  );

/**
 * How often a category changes although the move is too short for it: of 0.1 and 0.25 the better on made-up cost surfaces (seeds 102 to 116),
 * where a search without it pays over half as much again.
 */
const drift = 0.1;

/** The category at a position. Categories have no order: a move that leaves the old one's share leads to any other. */
function categoryAt(
  axis: Axis,
  position: number,
  {before, random}: {before: number | undefined; random: Random},
): number {
  if (before === undefined) return binOf(axis, position);
  const [from, to] = [binOf(axis, before), binOf(axis, position)];
  const stays = from === to && random.uniform() > drift;
  return stays || axis.size < 2 ? from : (from + 1 + random.integer(axis.size - 1)) % axis.size;
}

const isTraining = ({name}: Axis): boolean => name.startsWith('training.');

/** The candidate at a point that was reached from another. An axis that is new has its least amount, or any category. */
export function candidateAt(
  problem: Problem,
  point: Coordinates,
  {from, random}: {from: Coordinates; random: Random},
): Candidate {
  return build(problem, (axis) => {
    const position = point[axis.name] ?? (axis.ordered && !isTraining(axis) ? 0 : random.uniform());
    if (axis.kind === 'range') return clamped(position);
    if (axis.ordered) return binOf(axis, position);
    return categoryAt(axis, position, {before: from[axis.name], random});
  });
}

/** The point one step along a direction. */
export const moved = (from: Coordinates, direction: Coordinates, step: number): Coordinates =>
  Object.fromEntries(
    Object.entries(from).map(([name, position]) => [name, clamped(position + step * (direction[name] ?? 0))]),
  );

/** A direction of length 1, uniform on the sphere. */
export function drawDirection(names: readonly string[], random: Random): Coordinates {
  const parts = names.map(() => random.normal());
  const length = Math.sqrt(parts.reduce((sum, part) => sum + part * part, 0)) || 1;
  return Object.fromEntries(names.map((name, at) => [name, (parts[at] ?? 0) / length]));
}

/**
 * Where a frugal search begins: the settings that the user names as cheap (those that this search has); of architectures the least of every amount, because small
 * networks train fast; the middle of every other range; any of every other choice. Noise scatters the starts of later attempts.
 */
export function cheapEnd(
  problem: Problem,
  cheap: Readonly<Record<string, number>>,
  {noise, random}: {noise: number; random: Random},
): Candidate {
  const scatter = (position: number): number => clamped(position + noise * random.normal());
  const drawn = build(problem, (axis) => {
    if (axis.kind === 'range') return scatter(0.5);
    if (axis.ordered) return binOf(axis, scatter(isTraining(axis) ? 0.5 : 0));
    return random.integer(axis.size);
  });
  return noise > 0
    ? scattered(problem, withCheap(problem, drawn, cheap), {cheap, noise, random})
    : withCheap(problem, drawn, cheap);
}

/** The value of a setting that is nearest to the one named as cheap; `undefined` for a setting that is not searched over numbers. */
function nearest(dimension: Dimension | undefined, cheap: number): ParameterValue | undefined {
  if (dimension === undefined) return undefined;
  if (isRange(dimension)) return valueAt(dimension, positionOf(dimension, cheap));
  const numbers = (finiteValues(dimension) ?? []).filter((value) => typeof value === 'number');
  return numbers.toSorted((a, b) => Math.abs(a - cheap) - Math.abs(b - cheap))[0];
}

function withCheap(problem: Problem, candidate: Candidate, cheap: Readonly<Record<string, number>>): Candidate {
  const known = Object.entries(cheap).flatMap(([name, value]) => {
    const near = nearest(problem.training[name], value);
    return near === undefined ? [] : [[name, near] as const];
  });
  return {...candidate, training: {...candidate.training, ...Object.fromEntries(known)}};
}

/** The named settings, scattered about where they are cheap. */
function scattered(
  problem: Problem,
  start: Candidate,
  {cheap, noise, random}: {cheap: Readonly<Record<string, unknown>>; noise: number; random: Random},
): Candidate {
  const from = coordinatesOf(problem, start);
  const point = Object.fromEntries(
    Object.entries(from).map(([name, position]) => {
      const named = Object.hasOwn(cheap, name.replace(/^training\./, ''));
      return [name, named ? clamped(position + noise * random.normal()) : position];
    }),
  );
  return candidateAt(problem, point, {from, random});
}
