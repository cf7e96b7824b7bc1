import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {zipSync} from 'fflate';
import {parseDocument} from 'yaml';
import {validateManifest} from '../../../api/validate.ts';
import type {SearchSpec} from '../../../api/search.ts';
import {load} from '../../../trial-runner/data/load.ts';
import {npy} from '../../trial-runner/data/npy-builder.ts';
import {archsearch, jsonLines} from '../archsearch.ts';
import {lastLine, run} from '../process.ts';

const folder = mkdtempSync(join(tmpdir(), 'archsearch-init-'));
after(() => {
  rmSync(folder, {recursive: true, force: true});
});

/** Rows of a table that can be learnt: the class follows the first number. */
const rowsOf = (count: number, row: (index: number) => string): string =>
  Array.from({length: count}, (_, index) => `${row(index)}\n`).join('');
const classOf = (index: number): string => (index % 4 === 0 ? 'yes' : 'no');

interface Row {
  readonly what: string;
  readonly name?: string;
  readonly content: string | Uint8Array;
  readonly target?: string;
  readonly task?: SearchSpec['task'];
  /** What the generated data set says beside the defaults. */
  readonly csv?: Partial<NonNullable<SearchSpec['dataset']['csv']>>;
  readonly npz?: Partial<NonNullable<SearchSpec['dataset']['npz']>>;
  readonly metric?: string;
  readonly input: readonly number[];
  readonly outputs: number;
  /** Subjects of the remarks. */
  readonly told?: readonly string[];
}

const image = (shape: readonly number[], type = '<f4'): Uint8Array => {
  const count = shape.reduce((product, side) => product * side, 1);
  const examples = shape[0] ?? 0;
  return zipSync({
    'x.npy': npy({descr: type, shape, values: Array.from({length: count}, (_, index) => (index * 7) % 200)}),
    'y.npy': npy({descr: '<i8', shape: [examples], values: Array.from({length: examples}, (_, index) => index % 2)}),
  });
};

const table: readonly Row[] = [
  {
    what: 'commas and points',
    content: `a,b,label\n${rowsOf(40, (n) => `${String(n)}.5,${String(n * n)},${classOf(n)}`)}`,
    input: [2],
    outputs: 2,
    csv: {target: 'label', delimiter: ',', decimalMark: 'Point'},
    metric: 'balancedAccuracy',
    told: ['table', 'target', 'imbalance', 'few'],
  },
  {
    what: 'a byte order mark, semicolons, decimal commas and Windows line ends',
    content: `\uFEFFa;b;label\r\n${rowsOf(40, (n) => `${String(n)},5;1.234,${String(n + 10)};${classOf(n)}\r`)}`,
    input: [2],
    outputs: 2,
    csv: {delimiter: ';', decimalMark: 'Comma'},
  },
  {
    what: 'quoted commas and line breaks',
    content: `a,place,label\n${rowsOf(40, (n) => `${String(n)}.5,"San José,\nblock ${String(n % 2)}",${classOf(n)}`)}`,
    input: [4],
    outputs: 2,
  },
  {
    what: 'missing values',
    content: `a,b,label\n${rowsOf(40, (n) => `${n % 4 === 0 ? '' : String(n / 2)},${n % 5 === 0 ? 'NA' : 'x'},${classOf(n)}`)}`,
    input: [4],
    outputs: 2,
    told: ['table', 'target', 'missing', 'imbalance', 'repeated', 'few'],
  },
  {
    what: 'text columns',
    content: `color,size,label\n${rowsOf(40, (n) => `${['red', 'blue', 'green'][n % 3] ?? ''},${['s', 'm'][n % 2] ?? ''},${classOf(n)}`)}`,
    input: [7],
    outputs: 2,
  },
  {
    what: 'dates',
    content: `joined,label\n${rowsOf(40, (n) => `${String((n % 28) + 1)}.0${String((n % 9) + 1)}.2024,${classOf(n)}`)}`,
    input: [1],
    outputs: 2,
  },
  {
    what: 'columns that cannot help',
    content: `id,country,empty,name,a,label\n${rowsOf(40, (n) => `${String(100 + n)},NO,,customer ${String(n)},${String((n * 17) % 23)}.5,${classOf(n)}`)}`,
    input: [1],
    outputs: 2,
    csv: {ignore: ['id', 'country', 'empty', 'name']},
  },
  {
    what: 'a class with one example',
    content: `a,label\n${rowsOf(40, (n) => `${String(n)}.5,${n === 7 ? 'rare' : classOf(n)}`)}`,
    input: [1],
    outputs: 3,
    told: ['table', 'target', 'imbalance', 'rare', 'few'],
  },
  {
    what: 'amounts to predict',
    content: `a,b,price\n${rowsOf(40, (n) => `${String(n)}.5,${String(n * n)},${String(n * 3)}.25`)}`,
    target: 'price',
    task: 'TabularRegression',
    metric: 'rmse',
    input: [2],
    outputs: 1,
  },
  {
    what: 'tabs, and a target that is called no',
    name: 'table.tsv',
    content: `a\tno\tb\n${rowsOf(40, (n) => `${String(n)}.5\t${classOf(n)}\t${String(n * n)}`)}`,
    target: 'no',
    input: [2],
    outputs: 2,
    csv: {target: 'no', delimiter: '\t'},
  },
  {
    what: 'even classes',
    content: `a,label\n${rowsOf(200, (n) => `${String(n)}.5,${n % 2 === 0 ? 'p' : 'q'}`)}`,
    metric: 'accuracy',
    input: [1],
    outputs: 2,
    told: ['table', 'target'],
  },
  {
    what: 'gray images',
    name: 'images.npz',
    content: image([60, 6, 5], '|u1'),
    task: 'ImageClassification',
    metric: 'accuracy',
    input: [6, 5, 1],
    outputs: 2,
  },
  {
    what: 'color images with channels last',
    name: 'images.npz',
    content: image([60, 6, 5, 3]),
    task: 'ImageClassification',
    npz: {layout: 'ChannelsLast'},
    input: [6, 5, 3],
    outputs: 2,
  },
  {
    what: 'color images with channels first',
    name: 'images.npz',
    content: image([60, 3, 6, 5], '<f8'),
    task: 'ImageClassification',
    npz: {layout: 'ChannelsFirst'},
    input: [6, 5, 3],
    outputs: 2,
  },
  {
    what: 'features in arrays',
    name: 'features.npz',
    content: image([60, 4], '<i4'),
    npz: {inputs: 'x', targets: 'y'},
    input: [4],
    outputs: 2,
  },
];

/** Writes the data into a folder of its own and a search for it beside it. */
function generated({name = 'table.csv', content, target}: Pick<Row, 'name' | 'content' | 'target'>) {
  const place = mkdtempSync(join(folder, 'case-'));
  writeFileSync(join(place, name), content);
  const words = ['init', name, ...(target === undefined ? [] : ['--target', target]), '--output', 'json'];
  const ran = archsearch(words, {cwd: place});
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  const lines = jsonLines(ran.stdout) as {kind: string; subject?: string; text?: string; command?: string}[];
  return {place, lines, text: readFileSync(join(place, 'search.yaml'), 'utf8')};
}

for (const row of table)
  test(`a search for data with ${row.what} is valid, and reads it as meant`, () => {
    const {place, lines, text} = generated(row);
    const {search, problems} = validateManifest(text, 'search.yaml');
    assert.deepEqual(
      problems.filter(({severity}) => severity === 'error'),
      [],
    );
    assert.ok(search);
    const {task, dataset, objectives} = search.spec;
    assert.equal(task, row.task ?? 'TabularClassification');
    assert.equal(objectives[0]?.metric, row.metric ?? objectives[0]?.metric);
    assert.deepEqual({...dataset.csv, ...row.csv}, {...dataset.csv});
    assert.deepEqual({...dataset.npz, ...row.npz}, {...dataset.npz});
    const {shape} = load({task, dataset, dataFraction: 1}, {data: place});
    assert.deepEqual([shape.input, shape.outputs], [row.input, row.outputs]);
    const subjects = lines.flatMap(({kind, subject}) => (kind === 'remark' ? [subject] : []));
    assert.deepEqual(subjects, row.told ?? subjects);
    assert.equal(lines.at(-1)?.command, 'archsearch run search.yaml --mount data=.');
  });

const small: readonly (readonly [number, RegExp])[] = [
  [1, /1 examples leave none for validation; give more examples/],
  [2, /2 examples leave none for (validation|test)/],
];
for (const [rows, answer] of small)
  test(`${String(rows)} rows are refused with the reason`, () => {
    const place = mkdtempSync(join(folder, 'small-'));
    writeFileSync(join(place, 'small.csv'), `a,label\n${rowsOf(rows, (n) => `${String(n)}.5,${classOf(n)}`)}`);
    const {stderr, stdout} = archsearch(['init', 'small.csv'], {cwd: place});
    assert.match(stderr + stdout, answer);
  });

test('of many rows so many are used as a few minutes allow, and the file says so', () => {
  const content = `a,b,label\n${rowsOf(120_000, (n) => `${String((n * 7919) % 1000)}.5,${String(n % 97)}.25,${classOf(n)}`)}`;
  const {text, lines} = generated({content});
  const {search} = validateManifest(text, 'search.yaml');
  const {maxExamples = 0} = search?.spec.dataset ?? {};
  assert.ok(maxExamples >= 5_000 && maxExamples < 120_000, String(maxExamples));
  assert.match(text, /# Of 120,000 examples so many are used/);
  assert.match(lines.find(({subject}) => subject === 'table')?.text ?? '', /120,000 rows, 3 columns/);
});

test('names that hold quotes, colons and line breaks cannot break the file', () => {
  const header = '"a: ""b""\n# c","- label"';
  const content = `${header}\n${rowsOf(40, (n) => `${String(n)}.5,"${classOf(n)}: # x"`)}`;
  const {text} = generated({content, target: '- label'});
  assert.equal(validateManifest(text, 'search.yaml').search?.spec.dataset.csv?.target, '- label');
});

test('the search is named after the file, whatever it is called', () => {
  const {text} = generated({
    name: 'My Customers (final) — Überblick, version 2 of the year 2024.csv',
    content: `a,label\n${rowsOf(40, (n) => `${String(n)}.5,${classOf(n)}`)}`,
  });
  const name = validateManifest(text, 'search.yaml').search?.metadata.name ?? '';
  assert.match(name, /^my-customers-final/);
  assert.ok(name.length <= 40);
});

test('a generated search runs as it stands: with few trials, to a winner and a report', async () => {
  const {place, text} = generated({
    content: `id;a;b;place;when;label\n${rowsOf(90, (n) => `${String(n)};${String(n % 3)},5;${n % 7 === 0 ? '' : String(n)};${['Oslo', 'Rome'][n % 2] ?? ''};0${String((n % 9) + 1)}.02.2024;${classOf(n)}`)}`,
  });
  const document = parseDocument(text);
  for (const [path, value] of [
    ['limits.trials', 2],
    ['estimation.maxEpochs', 3],
    ['preflight.trials', 1],
    ['selection.retrain', 1],
    ['selection.seeds', 1],
  ] as const)
    document.setIn(['spec', ...path.split('.')], value);
  writeFileSync(join(place, 'small.yaml'), document.toString());
  const words = ['run', join(place, 'small.yaml'), '--mount', `data=${place}`, '--directory', join(place, 'run')];
  const finished = await run([...words, '--output', 'json']);
  assert.equal(finished.code, 0, finished.stderr + finished.stdout);
  const summary = lastLine(finished);
  assert.equal(summary['phase'], 'Succeeded');
  assert.ok('best' in summary && 'baseline' in summary && 'difference' in summary, finished.stdout);
  assert.ok(readdirSync(join(place, 'run', 'winner')).includes('model.json'));
});
