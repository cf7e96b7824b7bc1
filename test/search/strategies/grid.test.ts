import assert from 'node:assert/strict';
import {test} from 'node:test';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {tabular} from '../../../search/spaces/tabular.ts';
import {grid} from '../../../search/strategies/grid.ts';
import type {Problem} from '../../../search/strategy.ts';
import {oneByOne, play} from './play.ts';
import {foldingOf} from './searching.ts';

const problem: Problem = {
  space: tabular.open({
    layers: {min: 1, max: 1},
    widths: [8, 16],
    activations: ['relu'],
    dropout: [0],
    normalization: ['Identity'],
    residual: [false],
  }),
  training: {
    learningRate: {kind: 'real', min: 0.001, max: 0.1, scale: 'Log'},
    layersFrozen: {kind: 'integer', min: 0, max: 2, scale: 'Linear'},
    optimizer: {kind: 'choice', choices: ['Adam', 'Sgd']},
    schedule: {kind: 'fixed', value: 'Cosine'},
  },
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 1,
  seed: 1,
};
const settings = {pointsPerRange: 3};
const cells: Problem = {...problem, space: nasBench201.open({cellsPerStage: 1, channels: 8}), training: {}};

test('every combination comes once: all choices, short integer ranges whole, real ranges by their points from end to end', () => {
  const {log, exhausted} = play(foldingOf(problem, grid, settings), oneByOne(50));
  assert.equal(log.length, 2 * 3 * 3 * 2);
  assert.equal(exhausted, 'every candidate in the space was asked (36 proposals): the grid had 36 points');
  const valuesOf = (name: string) => new Set(log.map(({proposal}) => proposal.candidate.training[name]));
  assert.deepEqual(valuesOf('learningRate'), new Set([0.001, 0.01, 0.1]));
  assert.deepEqual(valuesOf('layersFrozen'), new Set([0, 1, 2]));
  assert.deepEqual(valuesOf('optimizer'), new Set(['Adam', 'Sgd']));
});

test('each proposal says which point of how many it is', () => {
  const {log} = play(foldingOf(cells, grid), oneByOne(3));
  assert.deepEqual(
    log.map(({proposal}) => proposal.why),
    ['point 1 of 15,625 of the grid', 'point 2 of 15,625 of the grid', 'point 3 of 15,625 of the grid'],
  );
});

test('a search that ends early has looked evenly over the whole', () => {
  const {log} = play(foldingOf(cells, grid), oneByOne(250));
  const counts = new Map<string, number>();
  for (const {proposal} of log)
    for (const [edge, operation] of (cells.space.decisions?.taken(proposal.candidate.genotype) ?? []).entries())
      counts.set(`${edge} ${operation}`, (counts.get(`${edge} ${operation}`) ?? 0) + 1);
  assert.equal(counts.size, 30);
  // Drawn independently, a count of 50 has a standard deviation of 6.3; isomorphic cells are left out, which favours some operations.
  for (const [what, count] of counts) assert.ok(count > 25 && count < 75, `${what}: ${count}`);
});

test('a grid of more points than trials is refused before anything is spent', () => {
  const refusal = grid.refuse?.(cells, grid.settings.parse({}), 200);
  assert.equal(refusal?.message, 'the grid has 15,625 points, and limits.trials is 200');
  assert.equal(grid.refuse?.(cells, grid.settings.parse({}), 15_625), undefined);
  assert.equal(grid.refuse?.(cells, grid.settings.parse({}), undefined), undefined);
});
