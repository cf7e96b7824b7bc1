import {z} from 'zod';
import {TrialFailure} from '../failure.ts';
import {badCell, cellAt, decimalsOf, isMissing} from './cells.ts';
import type {RawTable} from './raw.ts';
import {isDate, read, readingOf, readings} from './readings.ts';
import type {Reading} from './readings.ts';

/** How one column becomes features; fitted on training rows alone. */
export const columnEncoding = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('number'),
    name: z.string(),
    /** How a cell becomes a number; dates are days since 1970-01-01. */
    reading: z.enum(readings).default('Decimal'),
    /** Stands for a missing cell: the median of the training rows. */
    median: z.number(),
    mean: z.number(),
    deviation: z.number(),
    /** Whether a second feature says that the cell was missing (only if a training row misses it). */
    indicator: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('text'),
    name: z.string(),
    /** One feature each, then one for every other text, missing cells included. */
    categories: z.array(z.string()),
  }),
]);
export type ColumnEncoding = z.output<typeof columnEncoding>;

/** Rarer categories of a column with more than this many share the feature for others. */
const maximumCategories = 128;

/**
 * Decides each feature column's type and statistics from the training rows: a column is numeric if most of its cells there are numbers, or
 * dates; a cell that is not is then an error and not a category. Whether day or month comes first may show in any row.
 */
export function fitColumns(table: RawTable, train: readonly number[]): ColumnEncoding[] {
  const features = table.columns.filter((column) => column !== table.target && !table.ignore.includes(column));
  return features.map((name) => {
    const column = table.columns.indexOf(name);
    const present = train.filter((row) => !isMissing(cellAt(table, row, column)));
    if (present.length === 0)
      throw new TrialFailure(
        'BadData',
        `${table.name}: column "${name}" is empty in every training row; fill it in or list it under ignore`,
      );
    const cells = present.map((row) => cellAt(table, row, column));
    const reading = columnReading(table, column, cells);
    if (reading === undefined)
      return fitText(
        name,
        cells.map((cell) => cell.trim()),
      );
    const values = present.map((row) => numericCell({table, row, column, reading}));
    return fitNumbers({name, reading, values, rows: train.length});
  });
}

/** How a column reads as numbers, undefined for text; `cells` are those of the training rows. */
function columnReading(table: RawTable, column: number, cells: readonly string[]): Reading | undefined {
  const reading = readingOf(cells, decimalsOf(table));
  if (reading === undefined || !isDate(reading)) return reading;
  const all = table.rows.map((row) => row[column] ?? '').filter((cell) => !isMissing(cell));
  return readingOf(all, decimalsOf(table));
}

interface NumberColumn {
  readonly name: string;
  readonly reading: Reading;
  readonly values: readonly number[];
  /** Of the training part, those that miss this cell included. */
  readonly rows: number;
}

function fitNumbers({name, reading, values, rows}: NumberColumn): ColumnEncoding {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
  const filled = [...values, ...Array.from({length: rows - values.length}, () => median)];
  return {type: 'number', name, reading, median, ...moments(filled), indicator: values.length < rows};
}

function fitText(name: string, cells: readonly string[]): ColumnEncoding {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const categories = byCount.slice(0, maximumCategories).map(([category]) => category);
  return {type: 'text', name, categories: categories.sort()};
}

/** Mean and standard deviation; a constant has deviation 1, so that it becomes 0. */
export function moments(values: readonly number[] | Float64Array): {mean: number; deviation: number} {
  const count = Math.max(1, values.length);
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / count;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / count);
  return {mean, deviation: deviation > 1e-12 * Math.max(1, Math.abs(mean)) ? deviation : 1};
}

const widthOf = (encoding: ColumnEncoding): number =>
  encoding.type === 'number' ? 1 + Number(encoding.indicator) : encoding.categories.length + 1;

export const featureCount = (encodings: readonly ColumnEncoding[]): number =>
  encodings.reduce((sum, encoding) => sum + widthOf(encoding), 0);

/** @returns [rows, features], row-major. */
export function encodeColumns(
  table: RawTable,
  rows: readonly number[],
  encodings: readonly ColumnEncoding[],
): Float32Array {
  const width = featureCount(encodings);
  const features = new Float32Array(rows.length * width);
  let offset = 0;
  for (const encoding of encodings) {
    const column = table.columns.indexOf(encoding.name);
    if (column < 0) throw new TrialFailure('BadData', `${table.name} has no column "${encoding.name}"`);
    for (const [position, row] of rows.entries())
      features.set(encodeCell(table, row, column, encoding), position * width + offset);
    offset += widthOf(encoding);
  }
  return features;
}

function encodeCell(table: RawTable, row: number, column: number, encoding: ColumnEncoding): number[] {
  const cell = cellAt(table, row, column);
  if (encoding.type === 'text') {
    const found = encoding.categories.indexOf(cell.trim());
    const hot = found < 0 || isMissing(cell) ? encoding.categories.length : found;
    return Array.from({length: encoding.categories.length + 1}, (_, index) => Number(index === hot));
  }
  const absent = isMissing(cell);
  const value = absent ? encoding.median : numericCell({table, row, column, reading: encoding.reading});
  const standardized = (value - encoding.mean) / encoding.deviation;
  return encoding.indicator ? [standardized, Number(absent)] : [standardized];
}

interface NumericCell {
  readonly table: RawTable;
  readonly row: number;
  readonly column: number;
  readonly reading: Reading;
}

function numericCell({table, row, column, reading}: NumericCell): number {
  const value = read[reading](cellAt(table, row, column));
  if (value !== undefined) return value;
  const [most, one] = isDate(reading) ? ['dates', `a date (${reading})`] : ['numbers', 'a number'];
  throw badCell(table, row, column, `most cells of this column are ${most}: write ${one}, or leave the cell empty`);
}
