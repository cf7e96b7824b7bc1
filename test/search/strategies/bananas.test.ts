import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Values} from '../../../search/objectives.ts';
import {keyed} from '../../../search/random.ts';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {bananas} from '../../../search/strategies/bananas.ts';
import {fitEnsemble} from '../../../search/strategies/bananas/ensemble.ts';
import {logImprovement} from '../../../search/strategies/bananas/improvement.ts';
import {improved, initialParameters, processOf} from '../../../search/strategies/bananas/kernel.ts';
import {random} from '../../../search/strategies/random.ts';
import {tpe} from '../../../search/strategies/tpe.ts';
import type {Problem, Proposal, StrategyType} from '../../../search/strategy.ts';
import {readTable} from '../nas-bench-table.ts';
import {foldingOf, search} from './searching.ts';

const table = readTable();
const accuracyOf = new Map(table.map(({arch, accuracy}) => [arch, accuracy]));
const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 5, channels: 16}),
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 12,
  seed: 1,
};
const byTable = (_index: number, {candidate}: Proposal): Values => ({
  accuracy: accuracyOf.get(candidate.genotype as string) ?? NaN,
});
const best = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), -Infinity);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('in 60 trainings on NAS-Bench-201 it finds better cells than random search', () => {
  const [ours, theirs] = [bananas, random].map((row: StrategyType) =>
    mean(
      [1, 2, 3, 4].map((seed) =>
        best(
          search(foldingOf({...problem, seed}, row), 60, byTable).proposals.map(
            (each) => byTable(0, each)['accuracy'] ?? 0,
          ),
        ),
      ),
    ),
  );
  assert.ok((ours ?? 0) > (theirs ?? 0) + 0.4, `${ours} against ${theirs}`);
});

test('after the start it mutates the best few', () => {
  const {proposals} = search(foldingOf(problem, bananas, {startTrials: 8, parents: 3}), 30, byTable);
  const mutated = proposals.flatMap(({parent}, at) => (parent === undefined ? [] : [{parent, at}]));
  assert.ok(mutated.length > 15);
  for (const {parent, at} of mutated) {
    const accuracy = (index: number): number => byTable(0, proposals[index - 1] as Proposal)['accuracy'] ?? 0;
    const better = Array.from({length: at}, (_, before) => before + 1).filter(
      (index) => accuracy(index) > accuracy(parent),
    );
    assert.ok(better.length < 3, `#${parent} was not among the best three at ${at + 1}`);
  }
});

const features = (arch: string): readonly number[] => problem.space.features?.(arch) ?? [];
const sorted = table.toSorted((a, b) => a.accuracy - b.accuracy);
/** Ranks from -1 to 1: what the ensemble learns is as far from a unit. */
const targetOf = new Map(sorted.map(({arch}, rank) => [arch, (2 * rank) / sorted.length - 1]));

test('the ensemble ranks cells that it has not seen', () => {
  const shuffled = keyed(1, 0, 'cells').shuffle(table);
  const [seen, unseen] = [shuffled.slice(0, 120), shuffled.slice(120, 320)];
  const model = fitEnsemble({members: 5, units: 64})(
    {inputs: seen.map(({arch}) => features(arch)), targets: seen.map(({arch}) => targetOf.get(arch) ?? 0)},
    keyed(1, 0, 'ensemble'),
  );
  let [right, pairs] = [0, 0];
  for (const [at, a] of unseen.entries())
    for (const b of unseen.slice(0, at)) {
      if (Math.abs(a.accuracy - b.accuracy) < 1) continue;
      pairs += 1;
      right += Number(a.accuracy > b.accuracy === model(features(a.arch)).mean > model(features(b.arch)).mean);
    }
  assert.ok(right / pairs > 0.75, `${right} of ${pairs} pairs`);
});

test('the ensemble agrees on what it has seen often and disagrees far from it', () => {
  const draws = keyed(2, 0, 'line');
  const inputs = Array.from({length: 60}, () => [0.4 + 0.2 * draws.uniform(), 1]);
  const model = fitEnsemble({members: 8, units: 32})({inputs, targets: inputs.map(([x = 0]) => x - 0.5)}, draws);
  assert.ok(model([3, 1]).deviation > 4 * model([0.5, 1]).deviation);
});

const line = {inputs: [[0.1], [0.4], [0.7], [0.9]], targets: [0.5, -0.8, 0.9, 0.2]};

test('the process goes through its samples, surely, and is unsure between them', () => {
  const model = processOf(line, [Math.log(0.2), Math.log(1e-6)]);
  for (const [at, [x = 0]] of line.inputs.entries()) {
    const {mean: found, deviation} = model([x]);
    assert.ok(Math.abs(found - (line.targets[at] ?? 0)) < 1e-3 && deviation < 0.01);
  }
  assert.ok(model([0.25]).deviation > 0.1);
  assert.ok(Math.abs(model([40]).mean) < 1e-6);
});

test('fitting finds which inputs matter, and that there is next to no noise', () => {
  const draws = keyed(3, 0, 'samples');
  const inputs = Array.from({length: 40}, () => [draws.uniform(), draws.uniform()]);
  const [first = 0, second = 0, noise = 0] = improved(
    {inputs, targets: inputs.map(([x = 0]) => Math.sin(6 * x))},
    initialParameters(2),
    25,
  );
  assert.ok(Math.exp(second) > 5 * Math.exp(first), 'the second input does nothing: its length is long');
  assert.ok(Math.exp(noise) < 1e-3);
});

test('samples that agree but for rounding can be fitted', () => {
  const model = processOf({inputs: [[0.5], [0.5], [0.5]], targets: [1, -1, 0]}, [0, Math.log(1e-6)]);
  assert.ok(Number.isFinite(model([0.5]).mean) && Number.isFinite(model([0.2]).deviation));
});

const improvements = [
  {why: 'level with the best', at: {mean: 0, deviation: 1}, expected: Math.log(0.3989423)},
  {why: 'a deviation below', at: {mean: -1, deviation: 1}, expected: Math.log(0.0833155)},
  {why: 'two above, with half the deviation', at: {mean: 1, deviation: 0.5}, expected: Math.log(1.0042454)},
];
for (const {why, at, expected} of improvements)
  test(`the expected improvement ${why} is that of the tables`, () => {
    assert.ok(Math.abs(logImprovement(at, 0) - expected) < 1e-4, `${logImprovement(at, 0)}`);
  });

test('far below the best, options are still told apart, and without a jump', () => {
  const at = (mean: number): number => logImprovement({mean, deviation: 1}, 0);
  assert.ok(at(-50) > at(-60));
  assert.ok(Math.abs(at(-4.99) - at(-5.01)) < 0.25);
});

/** Branin's function: three equal minima of 0.397887. */
const branin: Problem = {
  ...problem,
  space: {
    size: 1,
    parse: () => null,
    sample: () => null,
    mutate: () => ({genotype: null, change: 'nothing'}),
    neighbours: () => [],
    canonical: () => 'one',
    network: (_genotype, {input}) => ({input, layers: [], output: 'input'}),
    describe: () => 'the only architecture',
  },
  training: {
    x: {kind: 'real', min: -5, max: 10, scale: 'Linear'},
    y: {kind: 'real', min: 0, max: 15, scale: 'Linear'},
  },
  objectives: [{metric: 'loss', goal: 'Minimize'}],
};
function braninOf(_index: number, {candidate}: Proposal) {
  const [x, y] = [Number(candidate.training['x']), Number(candidate.training['y'])];
  const bend = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return {loss: bend * bend + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10};
}
const lossesOf = (row: StrategyType, settings: Readonly<Record<string, unknown>>): number =>
  mean(
    [1, 2].map(
      (seed) =>
        -best(
          search(foldingOf({...branin, seed}, row, settings), 35, braninOf).proposals.map(
            (each) => -braninOf(0, each).loss,
          ),
        ),
    ),
  );

test('with a Gaussian process 35 trainings find the minimum of a smooth function, which densities only come near', () => {
  const [ours, densities] = [lossesOf(bananas, {predictor: 'GaussianProcess'}), lossesOf(tpe, {})];
  assert.ok(ours < 0.41 && ours < densities, `${ours} against ${densities}`);
});

test('the process begins where the last one ended', () => {
  const folding = foldingOf(branin, bananas, {predictor: 'GaussianProcess', startTrials: 5});
  const {proposals, state} = search(folding, 12, braninOf);
  const {kernel} = proposals.at(-1)?.tag as {kernel: readonly number[]};
  assert.equal(kernel.length, 3);
  assert.deepEqual(
    (state as {kernel: readonly number[]}).kernel,
    kernel.map((each) => each / 100),
  );
});
