import {decimalsOf, isMissing, isMissingTarget} from './cells.ts';
import type {RawTable} from './raw.ts';
import {isDate, read, readingOf} from './readings.ts';

/** Why a column cannot help to predict. */
export type Useless = 'Empty' | 'AlmostEmpty' | 'Constant' | 'Identifier' | 'AllDifferent';

export interface ColumnSurvey {
  readonly name: string;
  readonly kind: 'number' | 'date' | 'text';
  readonly missing: number;
  readonly distinct: number;
  readonly useless?: Useless;
}

export type TargetSurvey =
  | {readonly kind: 'classes'; readonly classes: readonly {readonly name: string; readonly count: number}[]}
  | {readonly kind: 'number'; readonly min: number; readonly max: number; readonly distinct: number};

/** Looks at every feature column of a table. */
export const surveyColumns = (table: RawTable): readonly ColumnSurvey[] =>
  table.columns.flatMap((name, column) => (name === table.target ? [] : [surveyColumn(table, name, column)]));

function surveyColumn(table: RawTable, name: string, column: number): ColumnSurvey {
  const present = table.rows.map((row) => (row[column] ?? '').trim()).filter((cell) => !isMissing(cell));
  const distinct = new Set(present);
  const reading = present.length === 0 ? undefined : readingOf(present, decimalsOf(table));
  const kind = reading === undefined ? 'text' : isDate(reading) ? 'date' : 'number';
  const facts = {name, kind, missing: table.rows.length - present.length, distinct: distinct.size} as const;
  const evidence = {...facts, rows: table.rows.length, present: present.length, cells: distinct, table};
  const useless = uselessWhen.find(([, holds]) => holds(evidence))?.[0];
  return {...facts, ...(useless === undefined ? {} : {useless})};
}

/** With fewer rows everything may differ by chance. */
const fewestToTell = 20;
const identifierWord = /(^|[^a-z])(id|uuid|guid|index|idx|key|nr|no)([^a-z]|$)|^unnamed|^$/i;
const identifierSuffix = /[a-z]I[dD]$/;
const isIdentifierName = (name: string): boolean => identifierWord.test(name) || identifierSuffix.test(name);

interface Evidence extends ColumnSurvey {
  readonly rows: number;
  readonly present: number;
  readonly cells: ReadonlySet<string>;
  readonly table: RawTable;
}

/** The first that holds is told. */
const uselessWhen: readonly (readonly [Useless, (evidence: Evidence) => boolean])[] = [
  ['Empty', ({present}) => present === 0],
  ['AlmostEmpty', ({missing, present, rows}) => missing > 0 && (present < 3 || present * 50 < rows)],
  ['Constant', ({distinct, missing}) => distinct === 1 && missing === 0],
  [
    'AllDifferent',
    ({kind, rows, distinct, present}) => kind === 'text' && rows >= fewestToTell && distinct * 10 > present * 9,
  ],
  ['Identifier', isIdentifier],
];

function isIdentifier({kind, rows, distinct, present, cells, table, name}: Evidence): boolean {
  if (kind !== 'number' || rows < fewestToTell || distinct < present || !isCount(cells, table)) return false;
  return isIdentifierName(name) || isConsecutive(cells);
}

const isCount = (cells: ReadonlySet<string>, table: RawTable): boolean =>
  [...cells].every((cell) => Number.isInteger(read[decimalsOf(table)](cell)));

function isConsecutive(cells: ReadonlySet<string>): boolean {
  const {min, max} = extremes([...cells].map(Number));
  return max - min + 1 === cells.size;
}

function extremes(values: readonly number[]): {readonly min: number; readonly max: number} {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return {min, max};
}

/** More whole numbers than these are amounts and not classes. */
const mostNumberClasses = 20;

/** What there is to predict: classes, unless (nearly) every target is a number and they are many or broken. */
export function surveyTarget(table: RawTable): TargetSurvey {
  const column = table.columns.indexOf(table.target);
  const present = table.rows.map((row) => (row[column] ?? '').trim()).filter((cell) => !isMissingTarget(cell));
  const counts = new Map<string, number>();
  for (const cell of present) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const numbers = present.flatMap((cell) => read[decimalsOf(table)](cell) ?? []);
  const amounts = counts.size > mostNumberClasses || !numbers.every(Number.isInteger);
  if (numbers.length * 2 > present.length && amounts)
    return {kind: 'number', ...extremes(numbers), distinct: counts.size};
  const classes = [...counts].map(([name, count]) => ({name, count}));
  return {kind: 'classes', classes: classes.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))};
}

/** Names under which people keep what is to be predicted, the likeliest first. */
const targetNames = ['target', 'label', 'labels', 'class', 'y', 'outcome', 'species', 'diagnosis', 'survived', 'churn'];

/** The column that looks like the target, and why: by its name, else the last. */
export function guessTarget(columns: readonly string[]): {readonly target: string; readonly why: string} {
  const named = targetNames
    .map((name) => columns.find((column) => column.toLowerCase() === name))
    .find((column) => column !== undefined);
  if (named !== undefined) return {target: named, why: 'by its name'};
  return {target: columns.at(-1) ?? '', why: 'it is the last column'};
}
