import assert from 'node:assert/strict';
import {test} from 'node:test';
import {cheapOf, costSurface, evaluateSurface, spaceOf} from '../../bench/strategies/cost-surfaces.ts';
import {paidByOurs} from '../../bench/strategies/frugal.ts';
import {numericFunctions} from '../../bench/strategies/numeric-functions.ts';
import {sampleParameters} from '../../search/parameters.ts';
import {keyed} from '../../search/random.ts';

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`cost surface ${seed}: cheap settings cost least, nothing costs over a hundred times as much, and the least loss is 0`, () => {
    const surface = costSurface(seed);
    const space = spaceOf(surface);
    const drawn = Array.from({length: 200}, (_, at) => sampleParameters(space, keyed(seed, at, 'point')));
    const points = drawn.map((values) => evaluateSurface(surface, values));
    assert.ok(points.every(({cost}) => cost >= 1 && cost <= surface.span + 1e-9));
    assert.equal(evaluateSurface(surface, {...drawn[0], ...cheapOf(surface)}).cost, 1);
    assert.ok(points.every(({loss}) => loss >= 0));
  });

test('cost-aware searches come within 1% of the best of a surface', () => {
  for (const type of ['CostFrugal', 'BlendSearch'])
    for (const paid of paidByOurs(type, costSurface(5), [1, 2])) assert.ok(paid < 10_000, `${type}: ${paid}`);
});

const points: Readonly<Record<string, readonly number[]>> = {
  Branin: [Math.PI, 2.275],
  'Hartmann 6': [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
  'Rosenbrock 10': Array.from({length: 10}, () => 1),
};
for (const {name, value, least} of numericFunctions)
  test(`${name} has its least value where it is known to be`, () => {
    const at = points[name.replace(' with kinds', '')] ?? [];
    const parameters = Object.fromEntries(at.map((each, axis) => [`x${String(axis)}`, each]));
    assert.ok(Math.abs(value(parameters, {kind: 'tuned', amount: 6}) - least) < 1e-4);
  });
