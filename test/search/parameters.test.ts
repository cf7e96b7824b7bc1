import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  allParameters,
  mutateParameters,
  parameterSpaceSize,
  parseParameters,
  sampleParameters,
  searchedNames,
} from '../../search/parameters.ts';
import type {Dimension, ParameterSpace} from '../../search/parameters.ts';
import {keyed} from '../../search/random.ts';

const space: ParameterSpace = {
  optimizer: {kind: 'choice', choices: ['Adam', 'Sgd']},
  learningRate: {kind: 'real', min: 0.0001, max: 0.1, scale: 'Log'},
  dropout: {kind: 'real', min: 0, max: 0.5, scale: 'Linear'},
  batchSize: {kind: 'integer', min: 1, max: 512, scale: 'Log'},
  warmup: {kind: 'integer', min: -2, max: 2, scale: 'Linear'},
  schedule: {kind: 'fixed', value: 'Cosine'},
};

test('samples and chains of mutations stay in the space, each step changing one setting', () => {
  fc.assert(
    fc.property(fc.nat(), (index) => {
      let values = parseParameters(space, sampleParameters(space, keyed(1, index, 'sample', 0)));
      for (let step = 0; step < 20; step += 1) {
        const mutated = mutateParameters(space, values, keyed(1, index, 'mutate', step));
        assert.ok(mutated !== undefined);
        const before = values;
        values = parseParameters(space, mutated.values);
        const changed = Object.keys(space).filter((name) => values[name] !== before[name]);
        assert.equal(changed.length, 1);
        assert.ok(mutated.change.startsWith(`${changed[0] ?? ''}: `));
      }
    }),
  );
});

test('a range on a logarithmic scale is drawn evenly over its magnitudes', () => {
  const draws = Array.from({length: 2_000}, (_, index) =>
    Number(sampleParameters(space, keyed(5, index, 'sample', 0))['learningRate']),
  );
  const below = draws.filter((rate) => rate < 0.001).length / draws.length;
  assert.ok(Math.abs(below - 1 / 3) < 0.053, `${below} of the draws lie in the lowest of three magnitudes`);
});

test('both ends of an integer range are drawn', () => {
  const drawn = new Set(
    Array.from({length: 200}, (_, index) => sampleParameters(space, keyed(6, index, 'sample', 0))['warmup']),
  );
  assert.deepEqual(
    [...drawn].map(Number).sort((a, b) => a - b),
    [-2, -1, 0, 1, 2],
  );
});

const sizes: {space: ParameterSpace; size: number}[] = [
  {space: {}, size: 1},
  {space: {a: {kind: 'choice', choices: [1, 2, 3]}, b: {kind: 'integer', min: 1, max: 4, scale: 'Linear'}}, size: 12},
  {space: {a: {kind: 'fixed', value: true}}, size: 1},
  {space, size: Infinity},
];
for (const row of sizes)
  test(`${Object.keys(row.space).join(', ') || 'nothing'} has ${row.size} combinations`, () => {
    assert.equal(parameterSpaceSize(row.space), row.size);
    if (Number.isFinite(row.size))
      assert.equal(new Set([...allParameters(row.space)].map((values) => JSON.stringify(values))).size, row.size);
  });

test('a real range cannot be listed', () => {
  assert.throws(() => [...allParameters(space)], /real numbers/);
});

test('nothing is mutated where nothing is searched', () => {
  const fixed: ParameterSpace = {a: {kind: 'fixed', value: 1}, b: {kind: 'choice', choices: [2]}};
  assert.deepEqual(searchedNames(fixed), []);
  assert.equal(mutateParameters(fixed, {a: 1, b: 2}, keyed(1, 0, 'mutate', 0)), undefined);
});

const one: Dimension = {kind: 'integer', min: 1, max: 3, scale: 'Linear'};
const wrong: {given: unknown; message: RegExp}[] = [
  {given: {n: 4}, message: /training\.n: found 4; give an integer from 1 to 3/},
  {given: {n: 1.5}, message: /training\.n: found 1\.5/},
  {given: {n: '2'}, message: /training\.n: found "2"/},
  {given: {}, message: /training\.n: found nothing/},
  {given: {n: 2, m: 1}, message: /training\.m: not a setting/},
  {given: [2], message: /training: found \[2\]/},
  {given: null, message: /training: found null/},
];
for (const {given, message} of wrong)
  test(`${JSON.stringify(given)} is refused with the field and what was found`, () => {
    assert.throws(() => parseParameters({n: one}, given), message);
  });
