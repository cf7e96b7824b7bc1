import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {keyed, philox} from '../../search/random.ts';

const ones = 0xffffffff;
/** Known answers that its authors publish with Random123. */
const knownAnswers = [
  {counter: [0, 0, 0, 0], key: [0, 0], block: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]},
  {counter: [ones, ones, ones, ones], key: [ones, ones], block: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]},
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    block: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
] as const;

for (const {counter, key, block} of knownAnswers)
  test(`Philox4x32-10 of counter ${counter.join()} and key ${key.join()} is the published block`, () => {
    assert.deepEqual(philox(counter, key), block);
  });

test('the same key draws the same', () => {
  const draw = (): number[] => {
    const random = keyed(7, 3, 'mutation', 2);
    return [random.uniform(), random.integer(10), random.normal(), ...random.shuffle([1, 2, 3, 4])];
  };
  assert.deepEqual(draw(), draw());
});

test('seed, index, purpose and attempt each change the draw', () => {
  const first = [
    keyed(1, 1, 'a', 1),
    keyed(2, 1, 'a', 1),
    keyed(1 + 2 ** 32, 1, 'a', 1),
    keyed(1, 2, 'a', 1),
    keyed(1, 1, 'b', 1),
    keyed(1, 1, 'a', 2),
  ].map((random) => random.uniform());
  assert.equal(new Set(first).size, first.length);
});

test('uniform numbers are spread evenly over [0, 1)', () => {
  const random = keyed(1, 0, 'test', 0);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 20_000; draw += 1) {
    const at = Math.floor(random.uniform() * 10);
    counts[at] = (counts[at] ?? NaN) + 1;
  }
  // Standard deviation of a count is 42: five of them.
  assert.ok(
    counts.every((count) => Math.abs(count - 2_000) < 212),
    counts.join(),
  );
});

test('normal numbers have mean 0 and variance 1', () => {
  const random = keyed(2, 0, 'test', 0);
  const draws = Array.from({length: 20_000}, () => random.normal());
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
  assert.ok(Math.abs(mean) < 0.036, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 0.051, `variance ${variance}`);
});

test('an integer lies below its bound, for small and for huge bounds', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({min: 1, max: Number.MAX_SAFE_INTEGER}), (index, bound) => {
      const drawn = keyed(1, index, 'test', 0).integer(bound);
      assert.ok(Number.isInteger(drawn) && drawn >= 0 && drawn < bound);
    }),
  );
});

test('a shuffled copy holds the same elements and leaves the original alone', () => {
  const original = Object.freeze([1, 2, 3, 4, 5, 6]);
  const shuffled = keyed(3, 0, 'test', 0).shuffle(original);
  assert.deepEqual([...shuffled].sort(), original);
  assert.notDeepEqual(shuffled, original);
});

test('there is no picking from an empty list and no integer below 0', () => {
  assert.throws(() => keyed(1, 0, 'test', 0).pick([]), /list is empty/);
  assert.throws(() => keyed(1, 0, 'test', 0).integer(0), /positive integer/);
});
