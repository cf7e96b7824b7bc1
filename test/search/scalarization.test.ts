import assert from 'node:assert/strict';
import {test} from 'node:test';
import {keyed} from '../../search/random.ts';
import {drawWeights, scalarized} from '../../search/scalarization.ts';

const accuracy = {metric: 'accuracy', goal: 'Maximize'} as const;
const latency = {metric: 'latency', goal: 'Minimize'} as const;
const limited = {...latency, limit: 10};

const order = (scores: readonly number[]): number[] =>
  scores.map((_, at) => at).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));

const rows = [
  {
    why: 'one objective is its own score, turned so that more is better',
    objectives: [latency],
    items: [{latency: 3}, {latency: 1}, {}],
    best: [1, 0, 2],
  },
  {
    why: 'two objectives of equal weight prefer the balanced result',
    objectives: [accuracy, latency],
    items: [
      {accuracy: 1, latency: 10},
      {accuracy: 0.6, latency: 4},
      {accuracy: 0, latency: 0},
    ],
    best: [1, 0, 2],
  },
  {
    why: 'what passes a limit is worse than what keeps it, the more so the further it is past it',
    objectives: [accuracy, limited],
    items: [
      {accuracy: 0.9, latency: 40},
      {accuracy: 0.1, latency: 10},
      {accuracy: 0.9, latency: 11},
    ],
    best: [1, 2, 0],
  },
  {
    why: 'where nothing keeps the limits, the smallest excess is best',
    objectives: [accuracy, limited],
    items: [
      {accuracy: 0.9, latency: 40},
      {accuracy: 0.1, latency: 12},
    ],
    best: [1, 0],
  },
] as const;
for (const {why, objectives, items, best} of rows)
  test(why, () => {
    const scores = scalarized(
      objectives,
      items.map((values) => ({values})),
      objectives.map(() => 1 / objectives.length),
    );
    assert.deepEqual(order(scores), best);
  });

test('a trial without the first objective has no score', () => {
  assert.deepEqual(
    scalarized([accuracy, latency], [{values: {latency: 1}}, {values: {accuracy: 0.5}}], [1, 0])[0],
    -Infinity,
  );
});

test('weights are positive and add up to 1, and the more one objective weighs the more its best is preferred', () => {
  for (let index = 0; index < 50; index += 1) {
    const weights = drawWeights([accuracy, latency], keyed(1, index, 'test'));
    assert.ok(weights.every((weight) => weight > 0) && Math.abs(weights.reduce((a, b) => a + b) - 1) < 1e-12);
  }
  const items = [{values: {accuracy: 1, latency: 10}}, {values: {accuracy: 0, latency: 0}}];
  const [first, second] = [
    scalarized([accuracy, latency], items, [0.99, 0.01]),
    scalarized([accuracy, latency], items, [0.01, 0.99]),
  ];
  assert.deepEqual(
    [order(first), order(second)],
    [
      [0, 1],
      [1, 0],
    ],
  );
});
