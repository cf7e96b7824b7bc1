import {TrialFailure} from '../failure.ts';
import {badCell, cellAt, decimalsOf, isMissingTarget, numberOf} from './cells.ts';
import type {Raw, RawArrays, RawTable} from './raw.ts';
import {read} from './readings.ts';
import type {TargetKind} from './tasks.ts';

/** The targets of all examples: class names, or numbers. */
export type Targets =
  | {readonly kind: 'classes'; readonly labels: readonly string[]}
  | {readonly kind: 'number'; readonly values: readonly number[]};

const maximumClasses = 1000;

export function readTargets(raw: Raw, kind: TargetKind): Targets {
  const readers = {
    classes: (): Targets => ({kind: 'classes', labels: raw.kind === 'table' ? tableLabels(raw) : arrayLabels(raw)}),
    number: (): Targets => ({kind: 'number', values: raw.kind === 'table' ? tableNumbers(raw) : arrayNumbers(raw)}),
  };
  return readers[kind]();
}

/** The classes in their order: numbers by value, else by code unit, so that no locale has a say. */
export function classNames(raw: Raw, labels: readonly string[]): readonly string[] {
  const distinct = [...new Set(labels)];
  if (distinct.length < 2)
    throw new TrialFailure(
      'BadData',
      `${raw.name}: every target is "${distinct[0] ?? ''}"; classification needs two classes or more`,
    );
  if (distinct.length > maximumClasses || (distinct.length > 50 && distinct.length > labels.length / 2))
    throw new TrialFailure(
      'BadData',
      `${raw.name}: the target has ${String(distinct.length)} distinct values in ${String(labels.length)} examples, which is not a set of classes; choose another target, or task TabularRegression`,
    );
  const numeric = distinct.every((label) => numberOf(label) !== undefined);
  return distinct.sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
}

function tableLabels(table: RawTable): string[] {
  const column = table.columns.indexOf(table.target);
  return table.rows.map((_, row) => {
    const cell = cellAt(table, row, column);
    if (isMissingTarget(cell))
      throw badCell(table, row, column, 'the target must not be missing: fill it in or remove the row');
    return cell.trim();
  });
}

function tableNumbers(table: RawTable): number[] {
  const column = table.columns.indexOf(table.target);
  return table.rows.map((_, row) => {
    const value = read[decimalsOf(table)](cellAt(table, row, column));
    if (value === undefined)
      throw badCell(table, row, column, 'the target of a regression must be a number in every row');
    return value;
  });
}

function arrayLabels(arrays: RawArrays): string[] {
  return Array.from(arrays.targets, (value, example) => {
    if (!Number.isInteger(value)) throw badTarget(arrays, example, 'class targets must be whole numbers');
    return arrays.classes?.[value] ?? String(value);
  });
}

function arrayNumbers(arrays: RawArrays): number[] {
  return Array.from(arrays.targets, (value, example) => {
    if (!Number.isFinite(value)) throw badTarget(arrays, example, 'targets must be finite numbers');
    return value;
  });
}

const badTarget = (arrays: RawArrays, example: number, message: string): TrialFailure =>
  new TrialFailure(
    'BadData',
    `${arrays.name}: target ${String(example)} is ${String(arrays.targets[example])}; ${message}`,
  );
