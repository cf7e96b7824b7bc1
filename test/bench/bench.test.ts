import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {describe, it} from 'node:test';
import fc from 'fast-check';
import {comparison, interleaved, mean, median, ratioInterval} from '../../bench/bench.ts';

const samples = fc.array(fc.double({min: 0.001, max: 1000, noNaN: true}), {minLength: 1, maxLength: 20});

describe('bench', () => {
  it('measures both sides in alternating order and throws the warm-up away', async () => {
    const order: string[] = [];
    const side = (name: string) => () => order.push(name);
    const measured = await interleaved({ours: side('o'), peer: side('p'), rounds: 3, warmup: 1});
    assert.equal(order.join(''), 'po' + 'op' + 'po' + 'op');
    assert.deepEqual(measured, {ours: [3, 6, 7], peer: [4, 5, 8]});
  });

  for (const {values, expected} of [
    {values: [3], expected: 3},
    {values: [9, 1, 5], expected: 5},
    {values: [4, 1, 3, 2], expected: 2.5},
  ])
    it(`takes ${expected} as the median of ${values.join(', ')}`, () => {
      assert.equal(median(values), expected);
    });

  it('refuses the median of nothing', () => {
    assert.throws(() => median([]), /no measurements/);
  });

  for (const {better, ratio} of [
    {better: 'Less', ratio: 2},
    {better: 'More', ratio: 0.5},
  ] as const)
    it(`gives ${ratio} where ours is half the peer's and ${better.toLowerCase()} is better`, () => {
      assert.deepEqual(ratioInterval({ours: [1, 1, 1], peer: [2, 2, 2]}, {better}), {ratio, interval: [ratio, ratio]});
    });

  it('gives an interval within the extremes of the samples, ordered and the same each time', () => {
    fc.assert(
      fc.property(samples, samples, (ours, peer) => {
        const settings = {better: 'Less', resamples: 50} as const;
        const {ratio, interval} = ratioInterval({ours, peer}, settings);
        const lowest = Math.min(...peer) / Math.max(...ours);
        const highest = Math.max(...peer) / Math.min(...ours);
        assert.ok(lowest <= interval[0] && interval[0] <= interval[1] && interval[1] <= highest);
        assert.ok(lowest <= ratio && ratio <= highest);
        assert.deepEqual(ratioInterval({ours, peer}, settings), {ratio, interval});
      }),
      {numRuns: 50},
    );
  });

  it('makes a row of the centres, the ratio and the smaller number of measurements', () => {
    const row = comparison(
      {case: 'a', unit: 's', peerName: 'b'},
      {ours: [1, 3], peer: [4, 4, 4]},
      {better: 'Less', centre: mean},
    );
    assert.deepEqual(
      {...row, interval: undefined},
      {
        case: 'a',
        unit: 's',
        peerName: 'b',
        ours: 2,
        peer: 4,
        ratio: 2,
        interval: undefined,
        n: 2,
      },
    );
  });
});

describe('bench/main.ts', () => {
  const bench = (...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../../bench/main.ts'), ...args], {encoding: 'utf8'});

  it('lists the benches when none is named', () => {
    const {status, stdout} = bench();
    assert.equal(status, 0);
    for (const name of ['digits', 'strategies', 'suggestions', 'runner'])
      assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'));
  });

  it('says which benches there are when the name is unknown', () => {
    const {status, stderr} = bench('digit');
    assert.equal(status, 1);
    assert.match(stderr, /digit.*\n {2}digits /);
  });
});
