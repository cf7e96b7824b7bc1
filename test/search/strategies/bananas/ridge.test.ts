import assert from 'node:assert/strict';
import {test} from 'node:test';
import {keyed} from '../../../../search/random.ts';
import {ridge} from '../../../../search/strategies/bananas/ridge.ts';

const decay = 0.3;
const width = 12;

for (const [name, count] of [
  ['fewer rows than columns', 5],
  ['as many', 12],
  ['more rows than columns', 60],
] as const)
  test(`with ${name} the slope of the loss is zero at the weights`, () => {
    const random = keyed(1, count, 'ridge');
    const rows = Array.from({length: count}, () =>
      Float64Array.from({length: width}, () => (random.uniform() < 0.5 ? 0 : random.normal())),
    );
    const targets = rows.map(() => random.normal());
    const counts = rows.map(() => 1 + random.integer(3));
    const weights = ridge({rows, targets, counts}, decay);
    const missed = rows.map(
      (row, at) => row.reduce((sum, value, column) => sum + value * (weights[column] ?? 0), 0) - (targets[at] ?? 0),
    );
    for (let column = 0; column < width; column += 1) {
      const slope = rows.reduce(
        (sum, row, at) => sum + (counts[at] ?? 0) * (missed[at] ?? 0) * (row[column] ?? 0),
        decay * (weights[column] ?? 0),
      );
      assert.ok(Math.abs(slope) < 1e-9, `column ${column}: ${slope}`);
    }
  });
