import type {Dimension, ParameterSpace, ParameterValue, ParameterValues} from '../parameters.ts';
import {oneArchitecture} from './one-architecture.ts';
import {bestReportOf, epochsOf, trainRow} from './table.ts';
import type {Goal, TableRow} from './table.ts';
import {guideMetric} from './world.ts';
import type {World} from './world.ts';

/** How a column is read. */
export const parameterKinds = ['categorical', 'integer', 'log-integer', 'numeric', 'log-numeric'] as const;
export type ParameterKind = (typeof parameterKinds)[number];

export interface ParameterColumn {
  readonly name: string;
  readonly kind: ParameterKind;
}

const once = <T>(values: readonly T[]): T[] => [...new Set(values)];

function numbersOf(rows: readonly TableRow[], {name, kind}: ParameterColumn): number[] {
  return rows.map(({cells}) => {
    const text = cells[name] ?? '';
    const value = text.trim() === '' ? NaN : Number(text);
    if (!Number.isFinite(value))
      throw new RangeError(`column ${name}: found ${JSON.stringify(text)}; give numbers, or call it categorical`);
    if (kind.endsWith('integer') && !Number.isInteger(value))
      throw new RangeError(`column ${name}: found ${text}; give whole numbers, or call it numeric`);
    if (kind.startsWith('log') && value <= 0)
      throw new RangeError(`column ${name}: found ${text}; a logarithmic scale needs numbers above 0`);
    return value;
  });
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

function rangeOf(rows: readonly TableRow[], column: ParameterColumn): Dimension {
  const values = numbersOf(rows, column);
  const scale = column.kind.startsWith('log') ? 'Log' : 'Linear';
  return {
    kind: column.kind.endsWith('integer') ? 'integer' : 'real',
    min: least(values),
    max: most(values),
    scale,
  };
}

const dimensionOf = (rows: readonly TableRow[], column: ParameterColumn): Dimension =>
  column.kind === 'categorical'
    ? {kind: 'choice', choices: once(rows.map(({cells}) => cells[column.name] ?? '')).sort()}
    : rangeOf(rows, column);

/** A number's place on the scale of its dimension, from 0 to 1. */
function placeOf(dimension: Dimension, value: number): number {
  if (dimension.kind !== 'integer' && dimension.kind !== 'real') return 0;
  const scale = dimension.scale === 'Log' ? Math.log : (x: number): number => x;
  const width = scale(dimension.max) - scale(dimension.min);
  return width === 0 ? 0 : (scale(value) - scale(dimension.min)) / width;
}

/** A row's or a candidate's values, ready to be compared: numbers on their scale, categories as they are. */
const placesOf = (space: ParameterSpace, read: (name: string) => ParameterValue): (number | string)[] =>
  Object.entries(space).map(([name, dimension]) =>
    dimension.kind === 'choice' ? String(read(name)) : placeOf(dimension, Number(read(name))),
  );

/** Squared distance; two categories that differ are as far apart as a whole range. */
const distance = (a: readonly (number | string)[], b: readonly (number | string)[]): number =>
  a.reduce<number>((sum, place, at) => {
    const other = b[at];
    const apart = typeof place === 'number' && typeof other === 'number' ? place - other : Number(place !== other);
    return sum + apart * apart;
  }, 0);

/**
 * The world of a table whose columns are parameters: a candidate brings what the row nearest to it brought. Two candidates with the same
 * nearest row are one experiment. Throws a RangeError that names the column for a cell that does not fit its kind.
 */
export function historyWorld(rows: readonly TableRow[], columns: readonly ParameterColumn[], goal: Goal): World {
  const training: ParameterSpace = Object.fromEntries(
    columns.map((column) => [column.name, dimensionOf(rows, column)]),
  );
  const places = rows.map((row) => placesOf(training, (name) => row.cells[name] ?? ''));
  const nearest = (values: ParameterValues): number => {
    const sought = placesOf(training, (name) => values[name] ?? '');
    let best = {at: 0, distance: Infinity};
    for (const [at, place] of places.entries()) {
      const apart = distance(sought, place);
      if (apart < best.distance) best = {at, distance: apart};
    }
    return best.at;
  };
  return {
    goal,
    bestReport: bestReportOf(rows, goal),
    problem: (seed) => ({
      space: oneArchitecture,
      training,
      objectives: [{metric: guideMetric, goal}],
      maxEpochs: epochsOf(rows),
      seed,
    }),
    train: (candidate, epochs, from) => {
      const at = nearest(candidate.training);
      const row = rows[at];
      if (row === undefined) throw new RangeError('the table holds no rows: nothing can be replayed');
      return trainRow(row, String(at), {from, epochs});
    },
  };
}
