import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {describe, it} from 'node:test';
import {baselines} from '../../search/baselines/index.ts';
import type {Layer, Network, Operation} from '../../search/network.ts';
import {spaces} from '../../search/spaces/index.ts';
import {openBackend, type LayersModel, type Tensor} from '../../trial-runner/backend.ts';
import {blobStore} from '../../trial-runner/blobs.ts';
import type {Preprocessing} from '../../trial-runner/data/preprocessing.ts';
import {TrialFailure} from '../../trial-runner/failure.ts';
import {buildModel, deadLayers} from '../../trial-runner/model.ts';

const backend = await openBackend(1);
const {tf} = backend;

const digits = {input: [8, 8, 1], outputs: 10};
const fitted: Preprocessing = {
  version: 1,
  task: 'ImageClassification',
  inputs: {kind: 'array', shape: [8, 8, 1], mean: [0], deviation: [1]},
  targets: {kind: 'classes', names: ['a', 'b']},
};

function cell(genotype: string): Network {
  const row = spaces.find(({type}) => type === 'NasBench201');
  assert.ok(row !== undefined);
  const space = row.open(row.settings.parse({cellsPerStage: 1, channels: 4}));
  return space.network(space.parse(genotype), digits);
}
const baseline = (type: string): Network => {
  const row = baselines.find((candidate) => candidate.type === type);
  assert.ok(row !== undefined);
  return row.network(row.genotype, type === 'Mlp' ? {input: [30], outputs: 2} : digits);
};

const networks: [string, Network][] = [
  [
    'a cell with every operation',
    cell('|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|'),
  ],
  [
    'a cell of skips',
    cell('|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|'),
  ],
  ['a cell without a live edge', cell('|none~0|+|none~0|none~1|+|none~0|none~1|none~2|')],
  [
    'a cell whose first node is dead',
    cell('|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|skip_connect~2|'),
  ],
  ['the ResNet baseline', baseline('ResNet')],
  ['the perceptron baseline', baseline('Mlp')],
];

const outputOf = (model: LayersModel, x: Tensor): number[] => [...(model.apply(x) as Tensor).dataSync()];

describe('A model', () => {
  for (const [what, network] of networks)
    it(`is saved and loaded again by tf.loadLayersModel alone, with equal outputs: ${what}`, async () => {
      const directory = mkdtempSync(path.join(tmpdir(), 'archsearch-model-'));
      try {
        const model = buildModel(backend, network, 1);
        const x = tf.randomNormal([5, ...network.input], 0, 1, 'float32', 3);
        model.apply(x, {training: true});
        const store = blobStore(backend, directory);
        await store.writeModel('t', model, fitted);
        const loaded = await tf.loadLayersModel(`file://${path.join(directory, 't', 'model', 'model.json')}`);
        assert.deepEqual(outputOf(loaded, x), outputOf(model, x));
        assert.deepEqual((await store.readModel('t')).preprocessing, fitted);
      } finally {
        rmSync(directory, {recursive: true});
      }
    });

  it('has the weights of its seed and layer names, whatever was built before', () => {
    const network = baseline('Mlp');
    const weights = (seed: number): number[] =>
      buildModel(backend, network, seed)
        .getWeights()
        .flatMap((weight) => [...weight.dataSync()]);
    assert.deepEqual(weights(4), weights(4));
    assert.notDeepEqual(weights(4), weights(5));
  });

  it('leaves out what does not reach the output', () => {
    const dense = (name: string, input: string): Layer => ({op: 'dense', units: 3, bias: true, name, inputs: [input]});
    const network = {input: [3], layers: [dense('used', 'input'), dense('loose', 'used')], output: 'used'};
    assert.deepEqual(
      buildModel(backend, network, 1).layers.map(({name}) => name),
      ['input', 'used'],
    );
  });

  it('names the layer that reads what is not there', () => {
    const layers: Layer[] = [{op: 'flatten', name: 'flat', inputs: ['nowhere']}];
    assert.throws(
      () => buildModel(backend, {input: [3], layers, output: 'flat'}, 1),
      (error) =>
        error instanceof TrialFailure &&
        error.reason === 'UnsupportedArchitecture' &&
        error.message.includes('flat reads nowhere'),
    );
  });
});

describe('Zeros', () => {
  const after = (operation: Operation): Network => ({
    input: [4, 4, 2],
    layers: [
      {op: 'zeros', strides: 1, name: 'nothing', inputs: ['input']},
      {...operation, name: 'it', inputs: ['nothing']},
    ],
    output: 'it',
  });
  const rows: [Operation, boolean][] = [
    [{op: 'conv2d', filters: 2, kernel: 3, strides: 1, padding: 'same', bias: false}, true],
    [{op: 'conv2d', filters: 2, kernel: 3, strides: 1, padding: 'same', bias: true}, false],
    [{op: 'avgPool2d', size: 3, strides: 1, padding: 'same'}, true],
    [{op: 'add'}, true],
    [{op: 'concat'}, true],
    [{op: 'globalAvgPool2d'}, true],
    [{op: 'dropout', rate: 0.5}, true],
    [{op: 'activation', activation: 'relu'}, true],
    [{op: 'activation', activation: 'sigmoid'}, false],
    [{op: 'batchNorm'}, false],
    [{op: 'layerNorm'}, false],
  ];
  for (const [operation, dead] of rows)
    it(`${dead ? 'stay' : 'do not stay'} zeros after ${JSON.stringify(operation)}`, () => {
      const network = after(operation);
      assert.equal(deadLayers(network).has('it'), dead);
      const x = tf.randomNormal([2, 4, 4, 2], 0, 1, 'float32', 3);
      const outputs = outputOf(buildModel(backend, network, 1), x);
      if (dead) assert.ok(outputs.every((value) => value === 0));
    });

  it('are dropped from a sum and change nothing of it', () => {
    const layers: Layer[] = [
      {op: 'zeros', strides: 1, name: 'nothing', inputs: ['input']},
      {op: 'avgPool2d', size: 3, strides: 1, padding: 'same', name: 'pool', inputs: ['nothing']},
      {op: 'add', name: 'sum', inputs: ['input', 'pool', 'nothing']},
    ];
    const model = buildModel(backend, {input: [4, 4, 2], layers, output: 'sum'}, 1);
    const x = tf.randomNormal([2, 4, 4, 2], 0, 1, 'float32', 3);
    assert.deepEqual(outputOf(model, x), [...x.dataSync()]);
    assert.deepEqual(
      model.layers.map(({name}) => name),
      ['input'],
    );
  });
});
