import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, describe, it} from 'node:test';
import {pythonWith, tensorflow} from '../../bench/python.ts';
import type {Network} from '../../search/network.ts';
import {keyed} from '../../search/random.ts';
import {openBackend, type LayersModel, type Tensor} from '../../trial-runner/backend.ts';
import {encode, fit, type Preprocessing} from '../../trial-runner/data/preprocessing.ts';
import type {RawTable} from '../../trial-runner/data/raw.ts';
import {predict} from '../../trial-runner/evaluation.ts';
import {savedModelOf} from '../../trial-runner/export.ts';
import {buildModel} from '../../trial-runner/model.ts';
import {baseline, plainConvolutions, plainPerceptron, randomNetworks} from './compile/networks.ts';

const backend = await openBackend(1);
const {tf} = backend;
const place = mkdtempSync(path.join(tmpdir(), 'archsearch-export-'));
after(() => {
  rmSync(place, {recursive: true});
});

function written(name: string, model: LayersModel, fitted: Preprocessing): string {
  const directory = path.join(place, name.replaceAll(/\W+/g, '-'));
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'saved_model.pb'), savedModelOf(backend, model, fitted));
  return directory;
}

/** A model with moving averages that are not those of a new one. */
function trained(network: Network): LayersModel {
  const model = buildModel(backend, network, 2);
  const x = tf.randomNormal([6, ...network.input], 1, 2, 'float32', 3);
  model.apply(x, {training: true, step: tf.tensor1d([0], 'int32')});
  return model;
}

interface Case {
  readonly name: string;
  readonly directory: string;
  /** Type, shape and values of each input. */
  readonly inputs: Readonly<Record<string, readonly [string, readonly number[], readonly (number | string)[]]>>;
  /** What the model itself says, [count, outputs]. */
  readonly outputs: Float32Array;
}

const networks: [string, Network][] = [
  ...[1, 2].flatMap((seed) =>
    randomNetworks(seed).map(([type, network]): [string, Network] => [`${type} ${String(seed)}`, network]),
  ),
  ['ResNet', baseline('ResNet')],
  ['perceptron', plainPerceptron],
  ['convolutions', plainConvolutions],
];

const count = 7;

/** Pixels as they come, 0 to 255. */
const arrays: Case[] = networks.map(([name, network]) => {
  const model = trained(network);
  const channels = network.input.at(-1) ?? 1;
  const outputs = model.outputs[0]?.shape[1] ?? 0;
  const [mean, deviation] = [127.3, 51.9].map((value) => Array.from({length: channels}, () => value));
  const fitted: Preprocessing = {
    version: 1,
    task: 'ImageClassification',
    inputs: {kind: 'array', shape: [...network.input], mean: mean ?? [], deviation: deviation ?? []},
    targets: {kind: 'classes', names: Array.from({length: outputs}, (_, index) => `class ${String(index)}`)},
  };
  const random = keyed(1, 0, 'test/export');
  const size = network.input.reduce((product, side) => product * side, 1);
  const values = Array.from({length: count * size}, () => random.integer(256));
  const x = Float32Array.from(values, (value) => (value - 127.3) / 51.9);
  return {
    name,
    directory: written(name, model, fitted),
    inputs: {inputs: ['float32', [count, ...network.input], values]},
    outputs: predict(backend, model, {count, shape: network.input, inputs: x, targets: new Float32Array(count)}),
  };
});

const rows = [
  ['39', 'Paris', '', 'yes', '2024-02-29', '1.5'],
  ['51', ' Rome ', '1700000000.25', 'no', '2023-01-01', '-3'],
  ['', 'Oslo', '1700000001.5', 'yes', '2022-07-14', '2'],
  ['17', 'NA', '1700000009', 'no', '2021-12-31', '8.25'],
  ['80', 'Paris', '1699999999', 'no', '2020-06-15', '0.5'],
];
const columns = ['age', 'city (of birth)', 'seen', 'happy', 'since', 'value'];

/** A table with missing cells, texts, large numbers and dates; its last row is not trained on. */
function tableCase(task: 'TabularClassification' | 'TabularRegression'): Case {
  const target = task === 'TabularClassification' ? 'happy' : 'value';
  const raw: RawTable = {
    kind: 'table',
    name: 'people.csv',
    columns,
    rows,
    lines: rows.map((_, index) => index + 2),
    target,
    ignore: [],
    decimalMark: 'Point',
  };
  const at = columns.indexOf(target);
  const targets =
    task === 'TabularClassification'
      ? {kind: 'classes' as const, labels: rows.map((row) => row[at] ?? '')}
      : {kind: 'number' as const, values: rows.map((row) => Number(row[at]))};
  const fitted = fit(raw, targets, [0, 1, 2, 3], task);
  const examples = encode(raw, targets, [0, 1, 2, 3, 4], fitted);
  const layers = plainPerceptron.layers.map((layer) =>
    layer.name === 'out' && layer.op === 'dense' ? {...layer, units: task === 'TabularRegression' ? 1 : 2} : layer,
  );
  const model = trained({...plainPerceptron, layers, input: examples.shape});
  const day = (text: string): number => Date.parse(text) / 86_400_000;
  const cells = (name: string): string[] => rows.map((row) => row[columns.indexOf(name)] ?? '');
  const numbers = (values: readonly number[]): Case['inputs'][string] => [
    'float64',
    [5],
    values.map((value) => (Number.isNaN(value) ? 'nan' : value)),
  ];
  const decimals = (name: string) => numbers(cells(name).map((cell) => (cell === '' ? Number.NaN : Number(cell))));
  const inputs = {
    age: decimals('age'),
    'city (of birth)': ['string', [5], cells('city (of birth)')] as const,
    seen: decimals('seen'),
    happy: ['string', [5], cells('happy')] as const,
    since: numbers(cells('since').map(day)),
    value: decimals('value'),
  };
  return {
    name: task,
    directory: written(task, model, fitted),
    inputs: Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== target)),
    outputs: predict(backend, model, examples),
  };
}

const near = (ours: number, theirs: number): boolean => Math.abs(ours - theirs) <= 1e-5 * Math.max(1, Math.abs(theirs));

function assertNear(found: readonly number[], expected: Float32Array): void {
  assert.equal(found.length, expected.length);
  for (const [index, value] of found.entries())
    assert.ok(near(value, expected[index] ?? Number.NaN), `${String(value)}, expected ${String(expected[index])}`);
}

/** The class of the largest output of each example. */
function labels({outputs}: Case, names: readonly string[]): string[] {
  const width = names.length;
  return Array.from({length: outputs.length / width}, (_, row) => {
    const own = [...outputs.subarray(row * width, (row + 1) * width)];
    return names[own.indexOf(Math.max(...own))] ?? '';
  });
}

describe('A SavedModel in tfjs-node', () => {
  for (const each of arrays)
    it(`has the outputs of the model it was made of: ${each.name}`, async () => {
      const loaded = await tf.node.loadSavedModel(each.directory, ['serve'], 'serving_default');
      const [, shape, values] = each.inputs['inputs'] ?? assert.fail('no input');
      const given = loaded.predict({inputs: tf.tensor(values, [...shape])}) as Record<string, Tensor>;
      assertNear([...(given['logits']?.dataSync() ?? [])], each.outputs);
      const width = each.outputs.length / count;
      const names = Array.from({length: width}, (_, index) => `class ${String(index)}`);
      assert.deepEqual([...(given['label']?.dataSync<'string'>() ?? [])], labels(each, names));
      const sums = given['probabilities']?.sum(1).dataSync() ?? [];
      assert.ok([...sums].every((sum) => near(sum, 1)));
      loaded.dispose();
    });
});

/** Where there is no Python with `venv`, or no package index, what follows is not tried. */
const python = await pythonWith([tensorflow]).catch((error: unknown) => {
  console.error(`SavedModels are not loaded in Python: ${String(error)}`);
  return undefined;
});

if (python !== undefined)
  describe('A SavedModel in Python’s TensorFlow', () => {
    const tables = [tableCase('TabularClassification'), tableCase('TabularRegression')];
    const cases = [...arrays, ...tables];
    const script = path.join(import.meta.dirname, 'export', 'predict.py');
    const answers = JSON.parse(
      execFileSync(python, [script], {
        input: JSON.stringify(cases.map(({directory, inputs}) => ({directory, inputs}))),
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      }),
    ) as Readonly<Record<string, unknown>>[];
    for (const [index, each] of cases.entries())
      it(`has the outputs of the model it was made of: ${each.name}`, () => {
        const {logits, prediction, label} = answers[index] ?? assert.fail('no answer');
        if (prediction !== undefined) {
          // Mean and variance of the four values that were trained on.
          const scale = {mean: 2.1875, deviation: Math.sqrt(16.04296875)};
          assertNear(
            (prediction as number[]).map((value) => (value - scale.mean) / scale.deviation),
            each.outputs,
          );
          return;
        }
        assertNear((logits as number[][]).flat(), each.outputs);
        if (each.name === 'TabularClassification') assert.deepEqual(label, labels(each, ['no', 'yes']));
      });
  });
