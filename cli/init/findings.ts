import type {SearchSpec} from '../../api/search.ts';
import type {Task} from '../../search/space.ts';
import {dialectOf} from '../../trial-runner/data/dialect.ts';
import type {Leaks} from '../../trial-runner/data/leaks.ts';
import {parseTable, readHeader} from '../../trial-runner/data/sources/csv.ts';
import {parseArrays} from '../../trial-runner/data/sources/npz.ts';
import {chooseArrays, classCounts, describeArrays} from '../../trial-runner/data/survey-arrays.ts';
import type {ArrayDescription} from '../../trial-runner/data/survey-arrays.ts';
import {guessTarget, surveyColumns, surveyTarget} from '../../trial-runner/data/survey.ts';
import type {ColumnSurvey, Useless} from '../../trial-runner/data/survey.ts';
import {CliError} from '../output.ts';
import {bytesOf} from './source.ts';
import type {DataFile} from './source.ts';

export interface ClassCount {
  readonly name: string;
  readonly count: number;
}

/** What a look at the data told. */
export interface Findings {
  readonly task: Task;
  readonly examples: number;
  readonly dataset: Pick<SearchSpec['dataset'], 'csv' | 'npz' | 'imageFolder'>;
  /** The largest first; undefined in regression. */
  readonly classes?: readonly ClassCount[];
  /** In words, by subject. */
  readonly remarks: readonly Remark[];
}

export interface Remark {
  readonly subject: string;
  readonly text: string;
}

/** The claim that a generated search reads its data from. */
export const claim = 'data';

export const inspect = (data: DataFile, target: string | undefined): Findings =>
  data.kind === 'csv' ? inspectTable(data, target) : inspectArrays(data, target);

function inspectTable(data: DataFile, wanted: string | undefined): Findings {
  const bytes = bytesOf(data);
  const dialect = dialectOf(bytes);
  const columns = readHeader(bytes, {name: data.file, delimiter: dialect.delimiter});
  checkHeader(data, columns);
  const {target, why} = wanted === undefined ? guessTarget(columns) : {target: wanted, why: ''};
  const table = parseTable(bytes, {name: data.file, target, ...dialect, ignore: []});
  const surveyed = surveyColumns(table);
  const useless = surveyed.filter((column) => column.useless !== undefined);
  // a table of nothing else is tried as it is: whoever reads the error knows the data
  const ignore = useless.length < surveyed.length ? useless.map(({name}) => name) : [];
  const found = surveyTarget(table);
  const guessed = why === '' ? '' : ` (guessed: ${why}; --target COLUMN chooses another)`;
  return {
    task: found.kind === 'classes' ? 'TabularClassification' : 'TabularRegression',
    examples: table.rows.length,
    dataset: {csv: {volume: {claim, path: data.file}, target, ...dialect, ignore}},
    ...(found.kind === 'classes' ? {classes: found.classes} : {}),
    remarks: [
      {
        subject: 'table',
        text: `${counted(table.rows.length, 'row')}, ${counted(columns.length, 'column')}: ${kindsOf(surveyed)}`,
      },
      {
        subject: 'target',
        text: `"${target}"${guessed}, ${found.kind === 'classes' ? classesText(found.classes) : `numbers from ${String(found.min)} to ${String(found.max)}`}`,
      },
      ...missingRemarks(surveyed),
      ...(ignore.length === 0
        ? []
        : [
            {
              subject: 'ignored',
              text: some(useless.map((column) => `"${column.name}" (${uselessWords[column.useless ?? 'Empty']})`)),
            },
          ]),
    ],
  };
}

/** A first row of numbers is no header. */
function checkHeader({file}: DataFile, columns: readonly string[]): void {
  if (columns.length > 1 && columns.every((column) => /^[+-]?\d*[.,]?\d+$/.test(column)))
    throw new CliError(
      `${file}: the first row holds numbers (${columns.slice(0, 5).join(', ')}) where the names of the columns are expected`,
      'add a header row',
    );
}

const uselessWords: Readonly<Record<Useless, string>> = {
  Empty: 'empty',
  AlmostEmpty: 'almost empty',
  Constant: 'the same in every row',
  Identifier: 'an identifier',
  AllDifferent: 'a different text in (almost) every row',
};

function kindsOf(columns: readonly ColumnSurvey[]): string {
  const words = {number: 'of numbers', date: 'of dates', text: 'of text'} as const;
  const parts = (['number', 'date', 'text'] as const).flatMap((kind) => {
    const count = columns.filter((column) => column.kind === kind).length;
    return count === 0 ? [] : [`${String(count)} ${words[kind]}`];
  });
  return `${parts.join(', ')}, and the target`;
}

function missingRemarks(columns: readonly ColumnSurvey[]): readonly Remark[] {
  const missing = columns.filter((column) => column.missing > 0 && column.useless === undefined);
  if (missing.length === 0) return [];
  const most = missing.toSorted((a, b) => b.missing - a.missing);
  return [
    {subject: 'missing', text: some(most.map((column) => `"${column.name}" in ${counted(column.missing, 'row')}`))},
  ];
}

function inspectArrays(data: DataFile, target: string | undefined): Findings {
  const bytes = bytesOf(data);
  const arrays = describeArrays(bytes, data.file);
  const chosen = chooseArrays(arrays, target);
  if (chosen === undefined)
    throw new CliError(
      `${data.file} holds no pair of inputs and targets (${arrays.length === 0 ? 'it holds no arrays' : arrays.map(described).join(', ')})`,
      'save inputs [examples, …] as x and targets [examples] as y, or give --target ARRAY',
    );
  const names = {inputs: chosen.inputs.name, targets: chosen.targets.name, layout: chosen.layout};
  const raw = parseArrays(bytes, data.file, names);
  const images = chosen.inputs.shape.length > 2;
  const classes = classCounts(raw);
  const rest = arrays.filter(({name}) => name !== names.inputs && name !== names.targets);
  const remarks = [
    {
      subject: 'arrays',
      text: `inputs ${described(chosen.inputs)}${images ? ` (${chosen.layout})` : ''}, targets ${described(chosen.targets)}`,
    },
    ...(classes === undefined ? [] : [{subject: 'target', text: classesText(classes)}]),
    ...(rest.length === 0 ? [] : [{subject: 'not used', text: some(rest.map(described))}]),
  ];
  const task = images ? 'ImageClassification' : classes === undefined ? 'TabularRegression' : 'TabularClassification';
  return {
    task,
    examples: raw.targets.length,
    dataset: {npz: {volume: {claim, path: data.file}, ...names}},
    ...(classes === undefined ? {} : {classes}),
    remarks,
  };
}

const described = ({name, shape, type}: ArrayDescription): string => `${name} [${shape.join(', ')}] ${type}`;

const mostClassesTold = 6;

export function classesText(classes: readonly ClassCount[]): string {
  const all = classes.reduce((sum, {count}) => sum + count, 0);
  const share = ({name, count}: ClassCount): string => `"${name}" ${String(count)} (${percent(count / all)})`;
  const told = classes.slice(0, mostClassesTold).map(share).join(', ');
  return `${counted(classes.length, 'class', 'classes')}: ${told}${classes.length > mostClassesTold ? ', …' : ''}`;
}

/** How uneven classes are, and which can hardly be learnt or measured. */
export function imbalanceRemarks(classes: readonly ClassCount[]): readonly Remark[] {
  const rare = classes.filter(({count}) => count < 5);
  return [
    ...(isImbalanced(classes)
      ? [
          {
            subject: 'imbalance',
            text: `always answering "${classes[0]?.name ?? ''}" is right in ${percent(largestShare(classes))}, so that balanced accuracy ranks; the splits hold each class in its share`,
          },
        ]
      : []),
    ...(rare.length === 0
      ? []
      : [
          {
            subject: 'rare',
            text: `${some(rare.map(({name, count}) => `"${name}" ${String(count)}`))}: of fewer than 5 examples a split may hold none`,
          },
        ]),
  ];
}

/** The largest class is at least twice the smallest. */
export const isImbalanced = (classes: readonly ClassCount[]): boolean =>
  classes.length > 1 && (classes[0]?.count ?? 0) >= 2 * (classes.at(-1)?.count ?? 0);

const largestShare = (classes: readonly ClassCount[]): number =>
  (classes[0]?.count ?? 0) / classes.reduce((sum, {count}) => sum + count, 0);

export const leakRemarks = ({validation, validationOf, test, testOf}: Leaks): readonly Remark[] =>
  validation + test === 0
    ? []
    : [
        {
          subject: 'repeated',
          text: `${String(validation)} of ${String(validationOf)} validation and ${String(test)} of ${String(testOf)} test examples stand among the training examples too: their scores flatter`,
        },
      ];

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;
export const some = (texts: readonly string[]): string =>
  texts.slice(0, 8).join(', ') + (texts.length > 8 ? ` and ${String(texts.length - 8)} more` : '');
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
