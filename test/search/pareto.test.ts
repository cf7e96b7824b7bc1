import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {dominates, paretoFront, paretoRanks, standings} from '../../search/pareto.ts';
import type {Objective} from '../../search/objectives.ts';

const objectives: Objective[] = [
  {metric: 'accuracy', goal: 'Maximize'},
  {metric: 'latency', goal: 'Minimize'},
];
const limited: Objective[] = [
  {metric: 'accuracy', goal: 'Maximize'},
  {metric: 'latency', goal: 'Minimize', limit: 5},
];
const point = (accuracy: number, latency: number) => ({values: {accuracy, latency}});

test('the front holds what nothing dominates, best of the first objective first', () => {
  const items = [point(1, 1), point(3, 3), point(2, 2), point(2, 4), point(1, 3)];
  assert.deepEqual(paretoFront(objectives, items), [point(3, 3), point(2, 2), point(1, 1)]);
});

test('nothing that passes a limit is on the front', () => {
  assert.deepEqual(paretoFront(limited, [point(9, 6), point(2, 5)]), [point(2, 5)]);
  assert.deepEqual(paretoFront(limited, [point(9, 6)]), []);
});

test('what keeps the limits dominates what does not', () => {
  assert.ok(dominates(limited, {accuracy: 1, latency: 5}, {accuracy: 9, latency: 6}));
  assert.ok(dominates(limited, {accuracy: 1, latency: 6}, {accuracy: 9, latency: 7}));
});

test('ranks are the layers of the front', () => {
  const items = [point(3, 3), point(2, 4), point(1, 5), point(1, 1)];
  assert.deepEqual(paretoRanks(objectives, items), [0, 1, 2, 0]);
});

test('the ends of a layer are alone, and so is a point between distant neighbours', () => {
  const [low, middle, near, high] = standings(objectives, [point(1, 1), point(5, 5), point(9, 9), point(10, 10)]);
  assert.equal(low?.crowding, Infinity);
  assert.equal(high?.crowding, Infinity);
  assert.ok((middle?.crowding ?? 0) > (near?.crowding ?? Infinity));
});

const values = fc.record({accuracy: fc.integer({min: 0, max: 5}), latency: fc.integer({min: 0, max: 8})});
test('no member of the front dominates another, and every other item is dominated or passes a limit', () => {
  fc.assert(
    fc.property(fc.array(values, {maxLength: 12}), (all) => {
      const items = all.map((each) => ({values: each}));
      const front = paretoFront(limited, items);
      for (const a of front) for (const b of front) assert.ok(!dominates(limited, a.values, b.values));
      for (const item of items)
        assert.ok(
          front.includes(item) ||
            item.values.latency > 5 ||
            front.some((f) => dominates(limited, f.values, item.values)),
        );
    }),
  );
});
