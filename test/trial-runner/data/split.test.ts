import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import fc from 'fast-check';
import {fractionOf, split} from '../../../trial-runner/data/split.ts';

const strata = fc.array(fc.nat(4), {minLength: 20, maxLength: 200});
const share = fc.double({min: 0.05, max: 0.45, noNaN: true});

describe('A split', () => {
  it('gives every example to one part', () => {
    fc.assert(
      fc.property(strata, share, share, fc.nat(), (given, validation, test, seed) => {
        const parts = split(given, {validation, test}, seed);
        const all = [...parts.train, ...parts.validation, ...parts.test].sort((a, b) => a - b);
        assert.deepEqual(all, [...given.keys()]);
      }),
    );
  });

  it('keeps an example of every stratum for training', () => {
    fc.assert(
      fc.property(strata, share, share, (given, validation, test) => {
        const {train} = split(given, {validation, test}, 1);
        assert.deepEqual(new Set(train.map((index) => given[index])), new Set(given));
      }),
    );
  });

  it('has the shares asked for in every large stratum', () => {
    const given = Array.from({length: 1000}, (_, index) => index % 4);
    const {validation, test} = split(given, {validation: 0.2, test: 0.3}, 7);
    for (const stratum of [0, 1, 2, 3]) {
      assert.equal(validation.filter((index) => index % 4 === stratum).length, 50);
      assert.equal(test.filter((index) => index % 4 === stratum).length, 75);
    }
  });

  it('is the same for the same seed and another for another', () => {
    const given = Array.from({length: 100}, () => 0);
    const shares = {validation: 0.2, test: 0.2};
    assert.deepEqual(split(given, shares, 3), split(given, shares, 3));
    assert.notDeepEqual(split(given, shares, 3), split(given, shares, 4));
  });
});

describe('A fraction', () => {
  it('is stratified and keeps every stratum', () => {
    const given = Array.from({length: 400}, (_, index) => (index < 390 ? index % 2 : 2));
    const kept = fractionOf([...given.keys()], given, 0.1, 0);
    const count = (stratum: number): number => kept.filter((index) => given[index] === stratum).length;
    assert.deepEqual([Math.abs(count(0) - 20) <= 1, Math.abs(count(1) - 19) <= 1, count(2)], [true, true, 1]);
  });

  it('of 1 is everything', () => {
    assert.deepEqual(fractionOf([3, 5], [0, 0, 0, 0, 0, 0], 1, 0), [3, 5]);
  });
});
