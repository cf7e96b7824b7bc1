import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {leaksOf} from '../../../trial-runner/data/leaks.ts';
import {parseTable} from '../../../trial-runner/data/sources/csv.ts';
import {split} from '../../../trial-runner/data/split.ts';
import {chooseArrays} from '../../../trial-runner/data/survey-arrays.ts';
import type {ArrayDescription} from '../../../trial-runner/data/survey-arrays.ts';
import {guessTarget, surveyColumns, surveyTarget} from '../../../trial-runner/data/survey.ts';
import type {Useless} from '../../../trial-runner/data/survey.ts';

const tableOf = (column: string, cells: readonly string[], target: readonly string[] = cells.map(() => 'p')) =>
  parseTable(Buffer.from(`${column};y\n${cells.map((cell, row) => `${cell};${target[row] ?? ''}\n`).join('')}`), {
    name: 't.csv',
    target: 'y',
    delimiter: ';',
    ignore: [],
  });
const times = (count: number, cell: (index: number) => string): string[] =>
  Array.from({length: count}, (_, index) => cell(index));

const columns: readonly (readonly [string, string, readonly string[], Useless | undefined])[] = [
  ['nothing', 'a', times(30, () => ''), 'Empty'],
  ['one cell', 'a', times(100, (n) => (n === 3 ? '1' : '')), 'AlmostEmpty'],
  ['one value', 'a', times(30, () => 'x'), 'Constant'],
  ['one value or none', 'a', times(30, (n) => (n % 2 === 0 ? 'x' : '')), undefined],
  ['counting numbers', 'a', times(30, (n) => String(n + 7)), 'Identifier'],
  ['numbers that differ, called an id', 'customerId', times(30, (n) => String(n * 31)), 'Identifier'],
  ['numbers that differ, called an amount', 'grid', times(30, (n) => String(n * 31)), undefined],
  ['fractions that differ', 'id', times(30, (n) => `${String(n)}.5`), undefined],
  ['texts that differ', 'a', times(30, (n) => `name ${String(n)}`), 'AllDifferent'],
  ['few rows', 'id', ['1', '2', '3'], undefined],
  ['categories', 'a', times(30, (n) => `c${String(n % 5)}`), undefined],
  ['dates that differ', 'a', times(28, (n) => `2024-02-${String(n + 1).padStart(2, '0')}`), undefined],
];
for (const [what, name, cells, useless] of columns)
  test(`a column of ${what} ${useless === undefined ? 'is used' : `is no help: ${useless}`}`, () => {
    assert.equal(surveyColumns(tableOf(name, cells))[0]?.useless, useless);
  });

const targets: readonly (readonly [string, readonly string[], unknown])[] = [
  [
    'words',
    ['p', 'q', 'p'],
    {
      kind: 'classes',
      classes: [
        {name: 'p', count: 2},
        {name: 'q', count: 1},
      ],
    },
  ],
  [
    'a few whole numbers',
    ['3', '1', '3'],
    {
      kind: 'classes',
      classes: [
        {name: '3', count: 2},
        {name: '1', count: 1},
      ],
    },
  ],
  ['fractions', ['1.5', '2.5'], {kind: 'number', min: 1.5, max: 2.5, distinct: 2}],
  ['many whole numbers', times(21, String), {kind: 'number', min: 0, max: 20, distinct: 21}],
];
for (const [what, cells, found] of targets)
  test(`a target of ${what} is told as it is`, () => {
    assert.deepEqual(surveyTarget(tableOf('a', times(cells.length, String), cells)), found);
  });

test('the target is guessed by its name, else it is the last column', () => {
  assert.equal(guessTarget(['Label', 'a', 'b']).target, 'Label');
  assert.deepEqual(guessTarget(['a', 'b', 'c']), {target: 'c', why: 'it is the last column'});
});

const array = (name: string, ...shape: number[]): ArrayDescription => ({name, shape, type: '<f4'});
const archives: readonly (readonly [
  string,
  readonly ArrayDescription[],
  readonly [string, string, string] | undefined,
])[] = [
  ['x and y', [array('y', 9), array('x', 9, 4)], ['x', 'y', 'ChannelsLast']],
  [
    'Keras’ names',
    [array('x_test', 2, 8, 8), array('x_train', 9, 8, 8), array('y_train', 9)],
    ['x_train', 'y_train', 'ChannelsLast'],
  ],
  ['unknown names', [array('pixels', 9, 3, 8, 8), array('kind', 9)], ['pixels', 'kind', 'ChannelsFirst']],
  ['channels last', [array('X', 9, 8, 8, 3), array('Y', 9)], ['X', 'Y', 'ChannelsLast']],
  ['no targets', [array('x', 9, 4)], undefined],
  ['nothing', [], undefined],
];
for (const [what, arrays, chosen] of archives)
  test(`of an archive with ${what} the right arrays are taken`, () => {
    const found = chooseArrays(arrays);
    assert.deepEqual(found && [found.inputs.name, found.targets.name, found.layout], chosen);
  });

test('rows of validation and test that stand in training too are counted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-leaks-'));
  const request = (ignore: string[]) =>
    ({
      task: 'TabularClassification',
      dataFraction: 1,
      dataset: {
        csv: {volume: {claim: 'data', path: 't.csv'}, target: 'y', delimiter: ',', decimalMark: 'Point', ignore},
        split: {validation: 0.2, test: 0.2},
        seed: 0,
      },
    }) as const;
  writeFileSync(
    join(folder, 't.csv'),
    `id,a,y\n${times(50, (n) => `${String(n)},7,${n % 2 === 0 ? 'p' : 'q'}\n`).join('')}`,
  );
  const distinct = leaksOf(request([]), {data: folder});
  const repeated = leaksOf(request(['id']), {data: folder});
  rmSync(folder, {recursive: true});
  assert.deepEqual(distinct, {validation: 0, validationOf: 10, test: 0, testOf: 10, train: 30});
  assert.deepEqual(repeated, {validation: 10, validationOf: 10, test: 10, testOf: 10, train: 30});
});

test('a split of a million rows in one stratum is made', () => {
  const parts = split(new Array<number>(1_000_000).fill(0), {validation: 0.2, test: 0.2}, 0);
  assert.deepEqual([parts.train.length, parts.validation.length, parts.test.length], [600_000, 200_000, 200_000]);
});
