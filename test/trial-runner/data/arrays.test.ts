import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {zipSync} from 'fflate';
import type {Task} from '../../../search/space.ts';
import {encode, fit, shapeOf} from '../../../trial-runner/data/preprocessing.ts';
import {parseArrays} from '../../../trial-runner/data/sources/npz.ts';
import {readTargets} from '../../../trial-runner/data/targets.ts';
import {demands} from '../../../trial-runner/data/tasks.ts';
import {TrialFailure} from '../../../trial-runner/failure.ts';
import {npy} from './npy-builder.ts';

interface Given {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly targets?: readonly number[];
  readonly targetShape?: readonly number[];
  readonly task?: Task;
  readonly name?: string;
  readonly layout?: 'ChannelsFirst';
}

function encoded({
  shape,
  values,
  targets = [0, 1],
  targetShape,
  task = 'TabularClassification',
  name = 'x',
  layout,
}: Given) {
  const bytes = zipSync({
    [`${name}.npy`]: npy({descr: '<f8', shape, values}),
    'y.npy': npy({descr: '<f8', shape: targetShape ?? [targets.length], values: targets}),
  });
  const raw = parseArrays(bytes, 'arrays.npz', {inputs: 'x', targets: 'y', ...(layout && {layout})});
  const labels = readTargets(raw, demands[task].targets);
  const all = [...raw.targets.keys()];
  const fitted = fit(raw, labels, all, task);
  return {...shapeOf(fitted), examples: encode(raw, labels, all, fitted)};
}

describe('Arrays', () => {
  it('of features are standardized per feature', () => {
    const {input, outputs, examples} = encoded({shape: [2, 2], values: [1, 10, 3, 30]});
    assert.deepEqual([input, outputs, [...examples.inputs]], [[2], 2, [-1, -1, 1, 1]]);
  });

  it('of gray images get a channel', () => {
    assert.deepEqual(encoded({shape: [2, 1, 2], values: [1, 2, 3, 4], task: 'ImageClassification'}).input, [1, 2, 1]);
  });

  it('of color images are standardized per channel', () => {
    const {input, examples} = encoded({shape: [2, 1, 1, 2], values: [1, 10, 3, 30], task: 'ImageClassification'});
    assert.deepEqual(
      [input, [...examples.inputs]],
      [
        [1, 1, 2],
        [-1, -1, 1, 1],
      ],
    );
  });

  it('of a regression have one standardized target', () => {
    const {outputs, examples} = encoded({shape: [2, 1], values: [1, 2], targets: [4, 8], task: 'TabularRegression'});
    assert.deepEqual([outputs, [...examples.targets]], [1, [-1, 1]]);
  });

  it('of images with channels first are turned round', () => {
    const given = {shape: [2, 2, 1, 2], values: [1, 2, 10, 20, 3, 4, 30, 40], task: 'ImageClassification'} as const;
    const {input, examples} = encoded({...given, layout: 'ChannelsFirst'});
    assert.deepEqual(input, [1, 2, 2]);
    const {examples: last} = encoded({...given, shape: [2, 1, 2, 2], values: [1, 10, 2, 20, 3, 30, 4, 40]});
    assert.deepEqual(examples.inputs, last.inputs);
  });

  it('with one-hot targets have the classes that they mean', () => {
    const {outputs, examples} = encoded({
      shape: [3, 1],
      values: [1, 2, 3],
      targets: [0, 0, 1, 1, 0, 0, 0, 1, 0],
      targetShape: [3, 3],
    });
    assert.deepEqual([outputs, [...examples.targets]], [3, [2, 0, 1]]);
  });

  const broken: [string, TrialFailure['reason'], Given, RegExp][] = [
    ['without examples’ features', 'WrongShape', {shape: [2], values: [1, 2]}, /2 to 4 axes.*x is \[2\]/],
    ['of five axes', 'WrongShape', {shape: [2, 1, 1, 1, 1], values: [1, 2]}, /2 to 4 axes/],
    ['of another length than the targets', 'WrongShape', {shape: [3, 1], values: [1, 2, 3]}, /one target per example/],
    [
      'with more than one target',
      'WrongShape',
      {shape: [2, 1], values: [1, 2], targets: [1, 2, 3, 4], targetShape: [2, 2]},
      /one target per example/,
    ],
    ['of images for a table', 'WrongShape', {shape: [2, 1, 2], values: [1, 2, 3, 4]}, /\[1,2\]; tabular tasks need/],
    [
      'of features for images',
      'WrongShape',
      {shape: [2, 2], values: [1, 2, 3, 4], task: 'ImageClassification'},
      /ImageClassification needs/,
    ],
    [
      'under another name',
      'BadData',
      {shape: [2, 1], values: [1, 2], name: 'images'},
      /no array "x"; it holds images, y/,
    ],
    [
      'with a value that is not a number',
      'BadData',
      {shape: [2, 2], values: [1, 2, NaN, 4]},
      /example 1, element 0 of the inputs is NaN/,
    ],
    [
      'with fractional classes',
      'BadData',
      {shape: [2, 1], values: [1, 2], targets: [0, 0.5]},
      /target 1 is 0.5; class targets must be whole/,
    ],
    [
      'with an infinite target',
      'BadData',
      {shape: [2, 1], values: [1, 2], targets: [0, Infinity], task: 'TabularRegression'},
      /target 1 is Infinity/,
    ],
  ];
  for (const [what, reason, given, message] of broken)
    it(`${what} are refused`, () => {
      assert.throws(
        () => encoded(given),
        (error) => {
          assert.ok(error instanceof TrialFailure);
          assert.equal(error.reason, reason);
          assert.match(error.message, message);
          return true;
        },
      );
    });

  it('are not taken from something that is no archive', () => {
    assert.throws(() => parseArrays(new Uint8Array(9), 'a.npz', {inputs: 'x', targets: 'y'}), /not an \.npz archive/);
  });
});
