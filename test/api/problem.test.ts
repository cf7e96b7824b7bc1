import assert from 'node:assert/strict';
import {test} from 'node:test';
import {openBaseline, openProblem, openStrategy} from '../../api/problem.ts';
import type {SearchSpec} from '../../api/search.ts';
import {searchSpec} from '../../api/search.ts';
import {keyed} from '../../search/random.ts';

const spec = (changes: Partial<Record<keyof SearchSpec, unknown>> = {}): SearchSpec =>
  searchSpec.parse({
    task: 'ImageClassification',
    dataset: {builtin: 'digits'},
    objectives: [{metric: 'accuracy', goal: 'Maximize'}],
    searchSpace: {type: 'NasBench201'},
    estimation: {maxEpochs: 12},
    limits: {trials: 20},
    baseline: {type: 'ResNet'},
    randomSeed: 7,
    ...changes,
  });
const ownData = {npz: {volume: {claim: 'data', path: 'train.npz'}}};

const settings: readonly (readonly [string, object, object])[] = [
  ['a value is fixed', {optimizer: {value: 'Sgd'}}, {kind: 'fixed', value: 'Sgd'}],
  ['choices are a choice', {optimizer: {choices: ['Sgd', 'Adam']}}, {kind: 'choice', choices: ['Sgd', 'Adam']}],
  [
    'a range of a real setting is real, and linear unless it says Log',
    {learningRate: {min: 0.001, max: 0.1}},
    {kind: 'real', min: 0.001, max: 0.1, scale: 'Linear'},
  ],
  [
    'a range of a count is of integers',
    {batchSize: {min: 16, max: 256, scale: 'Log'}},
    {kind: 'integer', min: 16, max: 256, scale: 'Log'},
  ],
];
for (const [name, training, dimension] of settings)
  test(`in training, ${name}`, () => {
    const [setting = ''] = Object.keys(training);
    assert.deepEqual(openProblem(spec({training})).training[setting], dimension);
  });

test('the problem has the space, the objectives, the epochs and the seed of the spec', () => {
  const problem = openProblem(spec({objectives: [{metric: 'accuracy', goal: 'Maximize', limit: 0.9}]}));
  assert.equal(problem.space.size, 15625);
  assert.deepEqual(problem.objectives, [{metric: 'accuracy', goal: 'Maximize', limit: 0.9}]);
  assert.deepEqual([problem.maxEpochs, problem.seed], [12, 7]);
});

test('the shape of built-in data is known at once, that of other data after Preflight', () => {
  assert.deepEqual(openProblem(spec()).data, {input: [8, 8, 1], outputs: 10});
  assert.equal(openProblem(spec({dataset: ownData})).data, undefined);
  const data = {input: [28, 28, 1], outputs: 10};
  assert.deepEqual(openProblem(spec({dataset: ownData}), {data}).data, data);
});

test('the strategy opens with its defaults filled in', () => {
  const {row, settings: opened} = openStrategy(spec());
  assert.equal(row.type, 'Portfolio');
  assert.equal((opened as {minimumShare: number}).minimumShare, 0.05);
});

test('the baseline is one network in a space of its own', () => {
  const {problem, row} = openBaseline(spec()) ?? assert.fail('no baseline');
  const genotype = problem.space.sample(keyed(1, 0, 'test'));
  assert.equal(problem.space.size, 1);
  assert.deepEqual(genotype, row.genotype);
  assert.deepEqual(problem.space.parse(structuredClone(genotype)), row.genotype);
  assert.throws(() => problem.space.parse({other: 1}), /ResNet has one genotype/);
  assert.deepEqual([...problem.space.neighbours(genotype)], []);
  const network = problem.space.network(genotype, {input: [8, 8, 1], outputs: 10});
  assert.ok(network.layers.length > 5);
});

test("the baseline is tuned over the spec's ranges, or over its own when the spec has none", () => {
  const own = openBaseline(spec())?.problem.training;
  assert.equal(own?.['learningRate']?.kind, 'real');
  const given = openBaseline(spec({training: {batchSize: {choices: [32, 64]}}}))?.problem.training;
  assert.deepEqual(given?.['batchSize'], {kind: 'choice', choices: [32, 64]});
  assert.deepEqual(given['learningRate'], {kind: 'fixed', value: 0.003});
});

test('a search without a baseline opens none', () => {
  assert.equal(openBaseline(spec({baseline: undefined})), undefined);
});
