import assert from 'node:assert/strict';
import {test} from 'node:test';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {reinforce} from '../../../search/strategies/reinforce.ts';
import {Rollout} from '../../../search/strategies/reinforce/controller.ts';
import {axisWeights, descend, initialAdam, initialWeights} from '../../../search/strategies/reinforce/weights.ts';
import type {Weights} from '../../../search/strategies/reinforce/weights.ts';
import type {Problem, Proposal} from '../../../search/strategy.ts';
import {foldingOf, search} from './searching.ts';

const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 1, channels: 8}),
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 1,
  seed: 1,
};
const questions = [
  {name: 'depth', choices: 3},
  {name: 'width', choices: 4},
  {name: 'activation', choices: 2},
];
const taken = [2, 1, 0];

/** Weights of a small controller that knows the questions, and whose heads are not all alike. */
function weightsOf(units: number): Weights {
  const empty = initialWeights(1, units);
  const axes = Object.fromEntries(
    questions.map((question) => {
      const {embedding, head} = axisWeights(empty, 1, question);
      return [question.name, {embedding, head: head.map((_, at) => Math.sin(at + question.choices))}];
    }),
  );
  return {...empty, axes};
}

function rollout(weights: Weights): Rollout {
  const way = new Rollout(weights, 1);
  for (const [at, question] of questions.entries()) {
    way.ask(question);
    way.take(taken[at] ?? 0);
  }
  return way;
}

/** What `gradient` is the slope of. */
function lossOf(weights: Weights, advantage: number, entropyBonus: number): number {
  const way = new Rollout(weights, 1);
  let loss = 0;
  for (const [at, question] of questions.entries()) {
    const probabilities = way.ask(question);
    way.take(taken[at] ?? 0);
    const entropy = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0);
    loss -= advantage * Math.log(probabilities[taken[at] ?? 0] ?? 0) + entropyBonus * entropy;
  }
  return loss;
}

/** The weights with one number moved. */
function moved(weights: Weights, part: 'cell' | 'embedding' | 'head', at: number, by: number): Weights {
  const shift = (values: readonly number[]): number[] => values.with(at, (values[at] ?? 0) + by);
  if (part === 'cell') return {...weights, cell: shift(weights.cell)};
  const axis = weights.axes['depth'];
  assert.ok(axis !== undefined);
  return {...weights, axes: {...weights.axes, depth: {...axis, [part]: shift(axis[part])}}};
}

for (const part of ['cell', 'embedding', 'head'] as const)
  test(`the gradient in the ${part} is the slope of the loss`, () => {
    const weights = weightsOf(3);
    const gradient = rollout(weights).gradient(0.7, 0.3);
    const slopes = part === 'cell' ? gradient.cell : (gradient.axes['depth']?.[part] ?? []);
    assert.ok(slopes.some((slope) => Math.abs(slope) > 1e-3));
    for (const [at, slope] of slopes.entries()) {
      const [up, down] = [1e-5, -1e-5].map((by) => lossOf(moved(weights, part, at, by), 0.7, 0.3));
      const difference = ((up ?? 0) - (down ?? 0)) / 2e-5;
      assert.ok(Math.abs(difference - slope) < 1e-7, `${part}[${at}]: ${slope}, not ${difference}`);
    }
  });

test('before anything is learnt all choices are alike', () => {
  const way = new Rollout(initialWeights(1, 8), 1);
  assert.deepEqual([...way.ask({name: 'depth', choices: 4})], [0.25, 0.25, 0.25, 0.25]);
});

test('a step down the gradient makes what was good likelier, and what was bad less likely', () => {
  const weights = weightsOf(8);
  const before = rollout(weights).logProbability();
  const after = (advantage: number): number => {
    const learnt = descend({weights, adam: initialAdam(8)}, rollout(weights).gradient(advantage, 0), 0.01);
    return rollout(learnt.weights).logProbability();
  };
  assert.ok(after(1) > before);
  assert.ok(after(-1) < before);
});

/** Cells are the better the more 3×3 convolutions they have. */
const convolutions = ({candidate}: Proposal): number =>
  JSON.stringify(candidate.genotype).split('nor_conv_3x3').length - 1;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const settings of [{}, {update: 'Ppo', batchSize: 5, passes: 6}])
  test(`${JSON.stringify(settings)}: the controller moves towards a planted winner`, () => {
    const {proposals} = search(foldingOf(problem, reinforce, settings), 150, (_index, proposal) => ({
      accuracy: convolutions(proposal),
    }));
    const [early, late] = [proposals.slice(0, 30), proposals.slice(-30)].map((part) => mean(part.map(convolutions)));
    assert.ok((late ?? 0) > (early ?? 0) + 1, `${early} then ${late} of 6`);
  });

test('the unit of the metric does not matter', () => {
  const [one, thousand] = [1, 1_000].map(
    (unit) =>
      search(foldingOf(problem, reinforce), 20, (_index, proposal) => ({accuracy: unit * convolutions(proposal)}))
        .proposals,
  );
  assert.deepEqual(one, thousand);
});

test('proximal policy optimization learns from a batch at once', () => {
  const {proposals} = search(
    foldingOf(problem, reinforce, {update: 'Ppo', batchSize: 5, passes: 3}),
    11,
    (_index, proposal) => ({
      accuracy: convolutions(proposal),
    }),
  );
  const steps = proposals.map(({why}) => /after (\d+) steps/.exec(why)?.[1]);
  assert.deepEqual(steps, ['0', '0', '0', '0', '0', '15', '15', '15', '15', '15', '30']);
});
