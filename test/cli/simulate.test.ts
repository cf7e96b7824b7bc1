import assert from 'node:assert/strict';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {archsearch, jsonLines} from './archsearch.ts';

const directory = mkdtempSync(join(tmpdir(), 'simulate-'));
const cells = new URL('../data/nas-bench-201-cifar10.csv.gz', import.meta.url).pathname;
const surrogate = new URL('../data/darts-like-1.json', import.meta.url).pathname;
const csv = 'x,y,acc,secs,test\n1,a,0.5,10,0.4\n2,a,0.7,20,0.8\n3,b,,5,0.9\n4,b,0.6,10,nan\n';
const small = join(directory, 'small.csv');
writeFileSync(small, csv);

const columns = ['--guide', 'acc', '--cost', 'secs', '--report', 'test'];
const history = ['--space', 'table', '--parameters', 'x:integer,y:categorical', '--table', small, ...columns];

const summaryOf = (stdout: string) => jsonLines(stdout).at(-1) as Record<string, unknown>;

test('the last line of JSON is the summary', () => {
  const {stdout, code} = archsearch([
    'simulate',
    ...history,
    '--strategy',
    'Random',
    '--evaluations',
    '30',
    '--seeds',
    '3',
    '--output',
    'json',
  ]);
  const {ownSeconds, regretByCost, ...rest} = summaryOf(stdout);
  assert.equal(code, 0);
  assert.ok(Number(ownSeconds) >= 0 && Array.isArray(regretByCost));
  // Every row is found: two of them fail.
  assert.deepEqual(
    {...rest, evaluations: undefined},
    {
      kind: 'summary',
      strategy: 'Random',
      seeds: 3,
      report: {mean: 0.8, sd: 0, se: 0, perSeed: [0.8, 0.8, 0.8]},
      guide: {mean: 0.7},
      evaluations: undefined,
      unique: {mean: 4},
      spent: {mean: 45},
    },
  );
});

test('a packed table is the same table, and other seeds are other searches', () => {
  const space = [
    '--space',
    'nas-bench-201',
    '--guide',
    'valid_accuracy_12_epochs',
    '--cost',
    'training_seconds_12_epochs',
    '--report',
    'valid_accuracy_12_epochs',
  ];
  const search = ['--strategy', 'Random', '--budget-seconds', '3000', '--seeds', '3', '--output', 'json'];
  const run = (...words: string[]) =>
    summaryOf(archsearch(['simulate', ...space, ...search, ...words]).stdout)['report'];
  const {perSeed: first} = run('--table', cells) as {perSeed: number[]};
  const {perSeed: later} = run('--table', cells, '--seed-offset', '1') as {perSeed: number[]};
  assert.deepEqual(later.slice(0, 2), first.slice(1));
  assert.equal(new Set([...first, ...later]).size, 4);
  const packed = join(directory, 'small.csv.gz');
  writeFileSync(packed, gzipSync(csv));
  const {stdout} = archsearch([
    'simulate',
    ...history,
    '--table',
    packed,
    '--strategy',
    'Random',
    '--evaluations',
    '9',
    '--seeds',
    '1',
    '--output',
    'json',
  ]);
  assert.deepEqual(summaryOf(stdout)['guide'], {mean: 0.7});
});

test('people get a table', () => {
  const {stdout} = archsearch([
    'simulate',
    '--space',
    'darts-like',
    '--surrogate',
    surrogate,
    '--strategy',
    'Random',
    '--evaluations',
    '20',
    '--seeds',
    '2',
  ]);
  assert.match(stdout, /strategy +│ +Random/);
  assert.match(stdout, /trials, mean +│ +20/);
  assert.match(stdout, /regret, mean/);
});

const wrong = [
  {
    words: ['--space', 'nowhere'],
    message: /--space nowhere cannot be simulated; give --space nas-bench-201, table, darts-like/,
  },
  {words: [...history, '--strategy', 'Magic'], message: /there is no strategy Magic; give --strategy one of Random/},
  {
    words: [...history, '--guide', 'accuracy'],
    message: /--guide accuracy: the table has no such column; give one of x, y, acc, secs, test/,
  },
  {words: [...history, '--table', 'nowhere.csv'], message: /nowhere\.csv cannot be read \(ENOENT/},
  {
    words: [...history, '--parameters', 'x:number'],
    message: /--parameters x:number: unknown kind; give x: one of categorical/,
  },
  {
    words: [...history, '--parameters', 'y:integer'],
    message: /column y: found "a"; give numbers, or call it categorical/,
  },
  {words: [...history, '--curve', 'e'], message: /--curve e: the table has no column e1/},
  {words: [...history, '--guide', 'y'], message: /column y, row 1: found a; give a number/},
  {
    words: [...history, '--strategy', 'Random', '--settings', 'size'],
    message: /--settings size is no setting; give --settings KEY=VALUE/,
  },
  {
    words: [...history, '--strategy', 'RegularizedEvolution', '--settings', 'populationSize=1'],
    message: /--settings populationSize: Too small/,
  },
  {words: ['--space', 'table', '--table', small, ...columns], message: /--space table needs --parameters/},
  {words: [...history, '--seeds', '0'], message: /--seeds 0 is no count; give --seeds a whole number of at least 1/},
];
for (const {words, message} of wrong)
  test(`the mistake is named: ${words.slice(-2).join(' ')}`, () => {
    const {stderr, code} = archsearch(['simulate', '--evaluations', '5', '--seeds', '1', ...words]);
    assert.match(stderr, message);
    assert.notEqual(code, 0);
  });

test('a search without an end is refused', () => {
  const {stderr} = archsearch(['simulate', ...history]);
  assert.match(stderr, /a simulated search needs an end; give --budget-seconds or --evaluations/);
});
