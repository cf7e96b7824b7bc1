import assert from 'node:assert/strict';
import {test} from 'node:test';
import {measure} from '../../../search/measure.ts';
import {tabular} from '../../../search/spaces/tabular.ts';

const settings = tabular.settings.parse({layers: {min: 0, max: 4}});
const space = tabular.open(settings);
const base = {widths: [64, 64], activation: 'relu', dropout: 0.1, normalization: 'BatchNorm', residual: true} as const;
const data = {input: [30], outputs: 2};

const inert = [
  {
    why: 'a residual connection without two layers of one width',
    a: {...base, widths: [64, 32]},
    b: {...base, widths: [64, 32], residual: false},
  },
  {
    why: 'any choice without a hidden layer',
    a: {...base, widths: []},
    b: {...base, widths: [], activation: 'tanh', dropout: 0} as const,
  },
];
for (const {why, a, b} of inert)
  test(`${why} changes neither canonical form nor network`, () => {
    assert.equal(space.canonical(a), space.canonical(b));
    assert.deepEqual(space.network(a, data), space.network(b, data));
  });

const effective = [
  {what: 'residual', other: {...base, residual: false}},
  {what: 'dropout', other: {...base, dropout: 0.25}},
  {what: 'normalization', other: {...base, normalization: 'LayerNorm'}},
  {what: 'activation', other: {...base, activation: 'gelu'}},
  {what: 'widths', other: {...base, widths: [64, 32]}},
] as const;
for (const {what, other} of effective)
  test(`another ${what} is another architecture`, () => {
    assert.notEqual(space.canonical(base), space.canonical(other));
    assert.notDeepEqual(space.network(base, data), space.network(other, data));
  });

test('a hidden layer is dense, normalization, activation, dropout, and joins its input where the widths agree', () => {
  assert.deepEqual(
    space.network(base, data).layers.map(({op}) => op),
    ['dense', 'batchNorm', 'activation', 'dropout', 'dense', 'batchNorm', 'activation', 'dropout', 'add', 'dense'],
  );
});

test('without hidden layers the network is the linear model', () => {
  assert.equal(measure(space.network({...base, widths: []}, data)).parameters, 62);
});

const wrong = [
  {genotype: {...base, widths: [64, 65]}, message: /genotype\.widths\[1\]: found 65; give one of 32, 64/},
  {genotype: {...base, widths: [64, 64, 64, 64, 64]}, message: /genotype\.widths: found .* give 0 to 4 hidden layers/},
  {genotype: {...base, activation: 'selu'}, message: /genotype\.activation: found "selu"; give one of relu/},
  {genotype: {...base, depth: 2}, message: /depth/},
];
for (const {genotype, message} of wrong)
  test(`${JSON.stringify(genotype)} is refused`, () => {
    assert.throws(() => space.parse(genotype), message);
  });

test('a range of layers that is upside down is refused', () => {
  assert.throws(() => tabular.open({...settings, layers: {min: 3, max: 2}}), /layers: found min 3 and max 2/);
});
