import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, it} from 'node:test';
import {load, type DataRequest} from '../../../trial-runner/data/load.ts';
import {loadTest} from '../../../trial-runner/data/test-split.ts';

const request = (builtin: 'digits' | 'breastCancer', dataFraction = 1): DataRequest => ({
  dataset: {builtin, split: {validation: 0.4, test: 0.4}, seed: 9},
  task: builtin === 'digits' ? 'ImageClassification' : 'TabularClassification',
  dataFraction,
});

describe('Built-in data', () => {
  it('digits: 1,797 images of 8×8, 10 classes, in a fixed split', () => {
    const {train, validation, shape, preprocessing} = load(request('digits'), {});
    const test = loadTest(request('digits'), {}, preprocessing);
    assert.deepEqual(shape, {input: [8, 8, 1], outputs: 10});
    assert.deepEqual([train.count, validation.count, test.count], [1079, 359, 359]);
  });

  it('breastCancer: 569 rows of 30 numbers, 2 classes, in a fixed split', () => {
    const {train, validation, shape, preprocessing} = load(request('breastCancer'), {});
    const test = loadTest(request('breastCancer'), {}, preprocessing);
    assert.deepEqual(shape, {input: [30], outputs: 2});
    assert.deepEqual([train.count, validation.count, test.count], [341, 114, 114]);
    assert.deepEqual(preprocessing.targets, {kind: 'classes', names: ['benign', 'malignant']});
  });

  it('is seen through the same features by a fraction of it', () => {
    const [whole, tenth] = [load(request('breastCancer'), {}), load(request('breastCancer', 0.1), {})];
    assert.deepEqual(tenth.preprocessing, whole.preprocessing);
    assert.deepEqual([tenth.train.count, tenth.validation.count], [34, 11]);
  });

  it('has no example in two parts', () => {
    const {train, validation, preprocessing} = load(request('digits'), {});
    const test = loadTest(request('digits'), {}, preprocessing);
    const keys = [train, validation, test].map(
      ({inputs, count}) =>
        new Set(Array.from({length: count}, (_, at) => String(inputs.subarray(at * 64, (at + 1) * 64)))),
    );
    const all = new Set(keys.flatMap((set) => [...set]));
    assert.equal(
      all.size,
      keys.reduce((sum, set) => sum + set.size, 0),
    );
  });
});

describe('Test examples', () => {
  const root = path.join(import.meta.dirname, '../../../trial-runner');
  const files = readdirSync(root, {recursive: true, encoding: 'utf8'}).filter((file) => file.endsWith('.ts'));
  const importers = (name: string): string[] =>
    files
      .filter((file) => new RegExp(`from '[^']*/${name}\\.ts'`).test(readFileSync(path.join(root, file), 'utf8')))
      .sort();

  it('are handed out to scoring alone', () => {
    assert.deepEqual(importers('test-split'), ['scoring.ts']);
    assert.deepEqual(importers('prepared'), ['data/leaks.ts', 'data/load.ts', 'data/test-split.ts']);
    assert.deepEqual(importers('leaks'), [], 'for people, before any training');
    assert.deepEqual(importers('scoring'), ['runner.ts']);
  });

  it('are not part of what a training trial is given', () => {
    assert.deepEqual(Object.keys(load(request('digits'), {})).sort(), [
      'preprocessing',
      'shape',
      'train',
      'validation',
    ]);
  });
});
