import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {hypervolume, nondominated} from '../../search/hypervolume.ts';
import type {Scores} from '../../search/hypervolume.ts';

const rows: readonly {
  readonly name: string;
  readonly points: readonly Scores[];
  readonly reference: Scores;
  readonly volume: number;
}[] = [
  {name: 'no point has no volume', points: [], reference: [0, 0], volume: 0},
  {name: 'one point spans a box', points: [[2, 3]], reference: [0, 1], volume: 4},
  {
    name: 'what two boxes share counts once',
    points: [
      [1, 3],
      [3, 1],
    ],
    reference: [0, 0],
    volume: 5,
  },
  {
    name: 'a point that another dominates adds nothing',
    points: [
      [1, 1],
      [2, 2],
    ],
    reference: [0, 0],
    volume: 4,
  },
  {
    name: 'a point that is no better than the reference somewhere adds nothing',
    points: [
      [5, 0],
      [1, 1],
    ],
    reference: [0, 0],
    volume: 1,
  },
  {
    name: 'three objectives',
    points: [
      [1, 2, 3],
      [3, 2, 1],
      [2, 2, 2],
    ],
    reference: [0, 0, 0],
    volume: 12,
  },
];

for (const {name, points, reference, volume} of rows)
  test(`hypervolume: ${name}`, () => {
    assert.equal(hypervolume(points, reference), volume);
  });

/** Unit cells of a grid that some point covers. */
function cellsUnder(points: readonly Scores[], axes: number, size: number): number {
  const cells = Array.from({length: size ** axes}, (_, cell) =>
    Array.from({length: axes}, (_axis, axis) => Math.floor(cell / size ** axis) % size),
  );
  return cells.filter((cell) => points.some((point) => cell.every((at, axis) => (point[axis] ?? 0) > at))).length;
}

test('on a grid it is the number of cells that the points cover', () => {
  const size = 4;
  const cases = fc.integer({min: 2, max: 4}).chain((axes) =>
    fc.record({
      axes: fc.constant(axes),
      points: fc.array(fc.array(fc.integer({min: 0, max: size}), {minLength: axes, maxLength: axes}), {maxLength: 7}),
    }),
  );
  fc.assert(
    fc.property(cases, ({axes, points}) => {
      const origin = Array.from({length: axes}, () => 0);
      assert.equal(hypervolume(points, origin), cellsUnder(points, axes, size));
    }),
    {numRuns: 200},
  );
});

test('the front keeps what nothing dominates, equal points all', () => {
  const front = nondominated([
    [1, 3],
    [2, 2],
    [2, 2],
    [1, 2],
    [3, 1],
  ]);
  assert.deepEqual(front, [
    [3, 1],
    [2, 2],
    [2, 2],
    [1, 3],
  ]);
});
