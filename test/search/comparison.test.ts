import assert from 'node:assert/strict';
import {test} from 'node:test';
import {compareOnTest} from '../../search/comparison.ts';
import {keyed} from '../../search/random.ts';

/** Models that are right on an example with a chance of their own, the hard examples being the same for all. */
function scores(models: number, examples: number, chance: number, purpose: string): number[][] {
  const hardness = Array.from({length: examples}, (_, at) => keyed(9, at, 'hardness', 0).uniform());
  return Array.from({length: models}, (_, model) =>
    hardness.map((hard, at) => (hard + 0.1 * keyed(9, at, purpose, model).uniform() < chance ? 1 : 0)),
  );
}
const strong = scores(3, 300, 0.95, 'strong');
const weak = scores(3, 300, 0.7, 'weak');

test('a clearly better winner is called better, with the interval around the difference', () => {
  const {difference, interval, conclusion} = compareOnTest({
    winner: strong,
    baseline: weak,
    higherIsBetter: true,
    seed: 1,
  });
  assert.equal(conclusion, 'WinnerBetter');
  assert.ok(interval[0] > 0 && interval[0] < difference && difference < interval[1]);
});

test('a clearly better baseline is called better', () => {
  const compared = compareOnTest({winner: weak, baseline: strong, higherIsBetter: true, seed: 1});
  assert.equal(compared.conclusion, 'BaselineBetter');
});

test('two sets of equal models have no difference, and none is claimed', () => {
  const {difference, conclusion} = compareOnTest({winner: weak, baseline: weak, higherIsBetter: true, seed: 1});
  assert.equal(difference, 0);
  assert.equal(conclusion, 'NoDifference');
});

test('squared errors are compared by the root of their mean, less being better', () => {
  const {difference, conclusion} = compareOnTest({
    winner: [new Array<number>(50).fill(4)],
    baseline: [new Array<number>(50).fill(9)],
    higherIsBetter: false,
    seed: 1,
    transform: 'RootMean',
  });
  assert.equal(difference, -1);
  assert.equal(conclusion, 'WinnerBetter');
});

test('seeds that disagree widen the interval, by as much as two draws tell of their spread', () => {
  const {difference, interval} = compareOnTest({
    winner: [new Array<number>(20).fill(0), new Array<number>(20).fill(1)],
    baseline: [new Array<number>(20).fill(0)],
    higherIsBetter: true,
    seed: 1,
  });
  assert.equal(difference, 0.5);
  // Both draws the same model in half of the resamples; the unbiased deviation of 0 and 1 is the root of 1/2.
  assert.ok(Math.abs(interval[0] - (0.5 - Math.SQRT1_2)) < 1e-9, interval.join());
  assert.ok(Math.abs(interval[1] - (0.5 + Math.SQRT1_2)) < 1e-9, interval.join());
});

test('the same seed gives the same interval', () => {
  const once = (): unknown => compareOnTest({winner: strong, baseline: weak, higherIsBetter: true, seed: 4});
  assert.deepEqual(once(), once());
});

test('pairing by example makes the interval narrower than the examples alone would', () => {
  const winner = scores(1, 300, 0.8, 'a');
  const baseline = scores(1, 300, 0.75, 'b');
  const width = (pair: {winner: number[][]; baseline: number[][]}): number => {
    const {interval} = compareOnTest({...pair, higherIsBetter: true, seed: 2});
    return interval[1] - interval[0];
  };
  const unpaired = baseline.map((row) => keyed(2, 0, 'unpair', 0).shuffle(row));
  assert.ok(width({winner, baseline}) < 0.7 * width({winner, baseline: unpaired}));
});

test('the interval covers the true difference about as often as it says', () => {
  const trials = 60;
  const covered = Array.from({length: trials}, (_, trial) => {
    const draw = (chance: number, model: number): number[] =>
      Array.from({length: 120}, (_unused, at) => (keyed(trial, at, 'cover', model).uniform() < chance ? 1 : 0));
    const {interval} = compareOnTest({
      winner: [draw(0.8, 0)],
      baseline: [draw(0.7, 1)],
      higherIsBetter: true,
      seed: trial,
    });
    return interval[0] <= 0.1 && interval[1] >= 0.1;
  }).filter(Boolean).length;
  assert.ok(covered >= 51, `${covered} of ${trials}`);
});

const wrong = [
  {what: 'no models', winner: [], baseline: [[1]], message: /winner: no models/},
  {what: 'no examples', winner: [[]], baseline: [[]], message: /no test examples/},
  {what: 'other examples', winner: [[1, 0]], baseline: [[1]], message: /baseline: found 1 examples and 2/},
  {what: 'a score that is no number', winner: [[1]], baseline: [[NaN]], message: /baseline: found a score/},
];
for (const {what, winner, baseline, message} of wrong)
  test(`${what} cannot be compared`, () => {
    assert.throws(() => compareOnTest({winner, baseline, higherIsBetter: true, seed: 1}), message);
  });
