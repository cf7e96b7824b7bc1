import assert from 'node:assert/strict';
import {test} from 'node:test';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';

const space = nasBench201.open({cellsPerStage: 1, channels: 8});
const cell = (...operations: [string, string, string, string, string, string]): string => {
  const [a, b, c, d, e, f] = operations;
  return `|${a}~0|+|${b}~0|${c}~1|+|${d}~0|${e}~1|${f}~2|`;
};
const [conv, skip, pool, none] = ['nor_conv_3x3', 'skip_connect', 'avg_pool_3x3', 'none'];

const isomorphic = [
  {
    why: 'two branches change places, one over a node and one direct',
    a: cell(conv, none, none, pool, skip, none),
    b: cell(pool, none, none, conv, skip, none),
  },
  {
    why: 'a skip connection only passes on what its node sums',
    a: cell(skip, none, conv, none, none, skip),
    b: cell(none, conv, none, none, none, skip),
  },
  {
    why: 'what follows a dead edge is dead, whatever it would do',
    a: cell(none, none, conv, skip, conv, pool),
    b: cell(none, none, pool, skip, skip, pool),
  },
];
for (const {why, a, b} of isomorphic)
  test(`two cells are one where ${why}`, () => {
    assert.equal(space.canonical(a), space.canonical(b));
  });

test('another operation on a live edge makes another cell', () => {
  assert.notEqual(
    space.canonical(cell(conv, none, none, none, skip, none)),
    space.canonical(cell(pool, none, none, none, skip, none)),
  );
});

test('a step names the edge and both operations', () => {
  const steps = [...space.neighbours(cell(conv, none, skip, none, skip, none))];
  assert.equal(steps.length, 24);
  assert.ok(steps.some(({change}) => change === 'edge 1→2: skip_connect → nor_conv_1x1'));
});

const wrong = [
  {
    arch: cell(conv, none, 'conv_9x9', none, skip, none),
    message: /edge 1→2: found conv_9x9~1; give OPERATION~1 with one of none,/,
  },
  {arch: cell(conv, none, skip, none, skip, none).replace('~2', '~1'), message: /edge 2→3: found none~1/},
  {arch: `${cell(conv, none, skip, none, skip, none)}|none~0|`, message: /six edges/},
  {arch: '|nor_conv_3x3~0|', message: /edge 0→2: found nothing/},
];
for (const {arch, message} of wrong)
  test(`${arch} is refused`, () => {
    assert.throws(() => space.parse(arch), message);
  });

test('the dead branches of a cell stay in its network', () => {
  const {layers} = space.network(cell(conv, none, none, none, none, none), {input: [8, 8, 1], outputs: 10});
  // The stem, one in each of three cells, three in each of two reductions.
  assert.equal(layers.filter(({op}) => op === 'conv2d').length, 1 + 3 + 6);
  assert.equal(layers.filter(({op}) => op === 'zeros').length, 15);
});
