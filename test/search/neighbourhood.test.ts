import assert from 'node:assert/strict';
import {test} from 'node:test';
import {neighboursOf} from '../../search/neighbourhood.ts';
import {parseParameters} from '../../search/parameters.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import type {Problem} from '../../search/strategy.ts';

const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 1, channels: 8}),
  training: {
    learningRate: {kind: 'real', min: 0.001, max: 0.1, scale: 'Log'},
    layers: {kind: 'integer', min: 1, max: 8, scale: 'Linear'},
    optimizer: {kind: 'choice', choices: ['Adam', 'Momentum', 'Sgd']},
    schedule: {kind: 'fixed', value: 'Cosine'},
  },
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 1,
  seed: 1,
};
const candidate = {
  genotype: '|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|',
  training: {learningRate: 0.01, layers: 1, optimizer: 'Adam', schedule: 'Cosine'},
};
const neighbours = [...neighboursOf(problem, candidate)];

test('neighbours differ in the architecture or in one training setting, and each comes once', () => {
  for (const neighbour of neighbours) {
    parseParameters(problem.training, neighbour.candidate.training);
    const changed = Object.entries(candidate.training).filter(
      ([name, value]) => neighbour.candidate.training[name] !== value,
    );
    assert.equal(changed.length + (neighbour.candidate.genotype === candidate.genotype ? 0 : 1), 1, neighbour.change);
  }
  assert.equal(new Set(neighbours.map((each) => JSON.stringify(each.candidate))).size, neighbours.length);
});

test('choices have all others, integers the next ones, and ranges a near and a far step each way', () => {
  const changes = neighbours.map(({change}) => change).filter((change) => !change.startsWith('edge'));
  assert.deepEqual(changes, [
    'learningRate: 0.01 → 0.00398107',
    'learningRate: 0.01 → 0.00794328',
    'learningRate: 0.01 → 0.0125893',
    'learningRate: 0.01 → 0.0251189',
    'layers: 1 → 2',
    'layers: 1 → 3',
    'optimizer: Adam → Momentum',
    'optimizer: Adam → Sgd',
  ]);
});
