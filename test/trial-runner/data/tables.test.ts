import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {Task} from '../../../search/space.ts';
import {encode, fit, shapeOf} from '../../../trial-runner/data/preprocessing.ts';
import type {Examples} from '../../../trial-runner/data/raw.ts';
import {parseTable} from '../../../trial-runner/data/sources/csv.ts';
import {readTargets} from '../../../trial-runner/data/targets.ts';
import {demands} from '../../../trial-runner/data/tasks.ts';
import {TrialFailure} from '../../../trial-runner/failure.ts';

interface Given {
  readonly text: string;
  readonly task?: Task;
  readonly target?: string;
  readonly delimiter?: string;
  readonly decimalMark?: 'Comma';
  readonly ignore?: readonly string[];
  /** Rows used for fitting; all when left out. */
  readonly train?: readonly number[];
}

function encoded({text, task = 'TabularClassification', target = 'y', train, ...layout}: Given): {
  rows: number[][];
  examples: Examples;
  outputs: number;
} {
  const raw = parseTable(new TextEncoder().encode(text), {
    name: 'table.csv',
    target,
    delimiter: ',',
    ignore: [],
    ...layout,
  });
  const targets = readTargets(raw, demands[task].targets);
  const all = [...raw.rows.keys()];
  const fitted = fit(raw, targets, train ?? all, task);
  const examples = encode(raw, targets, all, fitted);
  const width = examples.inputs.length / examples.count;
  const rows = all.map((row) => [...examples.inputs.subarray(row * width, (row + 1) * width)]);
  return {rows, examples, outputs: shapeOf(fitted).outputs};
}

describe('A table', () => {
  it('has numbers standardized with the statistics of the training rows', () => {
    const {rows} = encoded({text: 'a,y\n1,p\n3,q\n5,p\n100,q\n', train: [0, 1, 2]});
    const deviation = Math.sqrt(8 / 3);
    assert.deepEqual(
      rows.map(([value]) => Math.round((value ?? 0) * 1e4)),
      [-2, 0, 2, 97].map((distance) => Math.round((distance / deviation) * 1e4)),
    );
  });

  it('has missing numbers at the training median, with an indicator when a training row misses one', () => {
    const {rows} = encoded({text: 'a,b,y\n1,1,p\nNA,2,q\n2,3,p\n9,?,q\n', train: [0, 1, 2]});
    const [first = [], second = [], , fourth = []] = rows;
    assert.equal(first.length, 3);
    assert.equal(second[1], 1);
    assert.equal(first[1], 0);
    const median = ((1 + 2) / 2 - 1.5) / Math.sqrt(1 / 6);
    assert.ok(Math.abs((second[0] ?? NaN) - median) < 1e-6);
    assert.equal(fourth[2], 0, 'the median of b is its mean');
  });

  it('has texts one-hot by the categories of the training rows, and one feature for all others', () => {
    const {rows} = encoded({text: 'c,y\nred,p\nblue,q\ngreen,p\n,q\nred,q\n', train: [0, 1]});
    assert.deepEqual(rows, [
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
      [0, 1, 0],
    ]);
  });

  it('has dates as days, in the order that any of its rows shows', () => {
    const {rows} = encoded({text: 'd,y\n01/02/2024,p\n02/02/2024,q\n31/01/2024,p\n', train: [0, 1]});
    assert.deepEqual(
      rows.map(([value]) => Math.round(value ?? NaN)),
      [-1, 1, -3],
    );
  });

  it('has numbers with decimal commas where they are told', () => {
    const {rows} = encoded({text: 'a;y\n1,5;p\n2,5;q\n', delimiter: ';', decimalMark: 'Comma'});
    assert.deepEqual(rows, [[-1], [1]]);
    const {examples} = encoded({
      text: 'a;y\n1,5;1.000,5\n2,5;3.000,5\n',
      delimiter: ';',
      decimalMark: 'Comma',
      task: 'TabularRegression',
    });
    assert.deepEqual([...examples.targets], [-1, 1]);
  });

  it('may have a class called none', () => {
    assert.equal(encoded({text: 'a,y\n1,none\n2,mild\n3,none\n'}).outputs, 2);
  });

  it('has a constant column as zeros', () => {
    assert.deepEqual(
      encoded({text: 'a,b,y\n7,1,p\n7,2,q\n'}).rows.map(([value]) => value),
      [0, 0],
    );
  });

  it('leaves ignored columns out and reads other delimiters, quotes and byte order marks', () => {
    const {rows} = encoded({text: '\uFEFFid;"a";y\n1;"3";p\n2;"5";q\n', delimiter: ';', ignore: ['id']});
    assert.deepEqual(rows, [[-1], [1]]);
  });

  it('has classes in the order of their numbers, else of their names', () => {
    const numbers = encoded({text: 'a,y\n1,10\n2,9\n3,10\n'});
    assert.deepEqual([...numbers.examples.targets], [1, 0, 1]);
    const texts = encoded({text: 'a,y\n1,b\n2,a\n3,c\n'});
    assert.deepEqual([[...texts.examples.targets], texts.outputs], [[1, 0, 2], 3]);
  });

  it('has the target of a regression standardized, with one output', () => {
    const {examples, outputs} = encoded({text: 'a,y\n1,10\n2,30\n', task: 'TabularRegression'});
    assert.deepEqual([[...examples.targets], outputs], [[-1, 1], 1]);
  });

  const broken: [string, Given, RegExp][] = [
    ['a word among numbers', {text: 'a,y\n1,p\n2,q\nx3,p\n'}, /row 3 \(line 4\), column "a": found "x3"/],
    [
      'a word among numbers, outside the training rows',
      {text: 'a,y\n1,p\n2,q\nx,p\n', train: [0, 1]},
      /row 3 \(line 4\), column "a"/,
    ],
    [
      'no date among dates',
      {text: 'd,y\n2024-01-01,p\n2024-02-01,q\n2024-02-31,p\n'},
      /row 3 \(line 4\), column "d": found "2024-02-31"; most cells of this column are dates/,
    ],
    ['an infinite number', {text: 'a,y\n1,p\n2,q\n1e999,p\n'}, /row 3 .*"1e999"/],
    [
      'a line count that multi-line cells shift',
      {text: 'a,b,y\n1,"x\ny",p\n2,z,q\nw,z,q\n'},
      /row 3 \(line 5\), column "a"/,
    ],
    [
      'a missing class',
      {text: 'a,y\n1,p\n2,\n'},
      /row 2 \(line 3\), column "y": found ""; the target must not be missing/,
    ],
    [
      'a word as regression target',
      {text: 'a,y\n1,2\n2,two\n', task: 'TabularRegression'},
      /row 2 \(line 3\), column "y": found "two"/,
    ],
    ['a row that is too short', {text: 'a,b,y\n1,2,p\n1,q\n'}, /line 3|Invalid Record Length/],
    ['an open quote', {text: 'a,y\n"1,p\n'}, /[Qq]uot/],
    ['an unknown target', {text: 'a,z\n1,p\n'}, /no column "y"; the header has a, z/],
    ['an unknown ignored column', {text: 'a,y\n1,p\n', ignore: ['id']}, /no column "id"/],
    ['two columns of one name', {text: 'a,a,y\n1,2,p\n'}, /two columns are called "a"/],
    ['no feature', {text: 'y\np\n'}, /no feature column/],
    ['an empty file', {text: ''}, /empty/],
    ['a header alone', {text: 'a,y\n'}, /no data row/],
    ['a column without a training value', {text: 'a,b,y\n,1,p\n,2,q\n'}, /column "a" is empty in every training row/],
    ['one class', {text: 'a,y\n1,p\n2,p\n'}, /every target is "p"/],
    [
      'a continuous target',
      {text: `a,y\n${Array.from({length: 80}, (_, i) => `1,${String(i / 7)}`).join('\n')}`},
      /80 distinct values.*TabularRegression/,
    ],
  ];
  for (const [what, given, message] of broken)
    it(`with ${what} is refused`, () => {
      assert.throws(
        () => encoded(given),
        (error) => {
          assert.ok(error instanceof TrialFailure);
          assert.equal(error.reason, 'BadData');
          assert.match(error.message, message);
          return true;
        },
      );
    });

  it('for an image task is of the wrong shape', () => {
    assert.throws(
      () => encoded({text: 'a,y\n1,p\n2,q\n', task: 'ImageClassification'}),
      (error) => error instanceof TrialFailure && error.reason === 'WrongShape',
    );
  });
});
