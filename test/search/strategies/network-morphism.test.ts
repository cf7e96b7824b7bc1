import assert from 'node:assert/strict';
import {test} from 'node:test';
import {begin, tellAll} from '../../../search/fold.ts';
import type {Folding} from '../../../search/fold.ts';
import {tabular} from '../../../search/spaces/tabular.ts';
import type {TabularGenotype} from '../../../search/spaces/tabular/genotype.ts';
import {tabularMorphs} from '../../../search/spaces/tabular/morphs.ts';
import {settings} from '../../../search/spaces/tabular/settings.ts';
import {networkMorphism} from '../../../search/strategies/network-morphism.ts';
import {sequenceOf, squaredEditDistance} from '../../../search/strategies/network-morphism/edit-distance.ts';
import type {Problem, Proposal, StrategyType} from '../../../search/strategy.ts';

const choices = settings.parse({});
const problem: Problem = {
  space: tabular.open(choices),
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 4,
  seed: 1,
};
const base: TabularGenotype = {
  widths: [64, 32],
  activation: 'relu',
  dropout: 0,
  normalization: 'Identity',
  residual: false,
};

const distances: readonly {to: Partial<TabularGenotype>; distance: number; why: string}[] = [
  {to: {}, distance: 0, why: 'the same'},
  {to: {widths: [64, 64]}, distance: 1 / 3, why: 'one width, one of three steps'},
  {to: {widths: [256, 32]}, distance: 2 / 3, why: 'one width, two of three steps'},
  // The number of layers is a choice of its own: one of three steps, and the layer.
  {to: {widths: [64, 64, 32]}, distance: 1 + 1 / 3, why: 'a layer more'},
  {to: {activation: 'tanh'}, distance: 1, why: 'another activation'},
  {to: {dropout: 0.5}, distance: 1, why: 'dropout from one end to the other'},
];
for (const {to, distance, why} of distances)
  test(`edit distance: ${why}`, () => {
    const [a, b] = [base, {...base, ...to}].map((genotype) => sequenceOf(problem, {genotype, training: {}}));
    assert.ok(a !== undefined && b !== undefined);
    assert.ok(Math.abs(squaredEditDistance(a, b) - distance ** 2) < 1e-12);
    assert.equal(squaredEditDistance(a, b), squaredEditDistance(b, a));
  });

const morphs: readonly {from: Partial<TabularGenotype>; changes: readonly string[]}[] = [
  {
    from: {widths: [128]},
    changes: [
      'deepened with a skip connection behind hidden layer 1: 128 units',
      'deepened behind hidden layer 1: 128 units',
      'widened hidden layer 1: 128 → 256 units',
    ],
  },
  {
    from: {widths: [128], activation: 'gelu'},
    changes: [
      'deepened with a skip connection behind hidden layer 1: 128 units',
      'widened hidden layer 1: 128 → 256 units',
    ],
  },
  {from: {widths: [256, 256, 256, 256], residual: true}, changes: []},
  {
    from: {widths: [128, 128], residual: true},
    changes: [1, 2].map((layer) => `deepened behind hidden layer ${layer}: 128 units`),
  },
];
for (const {from, changes} of morphs)
  test(`what ${JSON.stringify(from)} may grow to`, () => {
    assert.deepEqual(
      tabularMorphs({...base, ...from}, choices).map(({change}) => change),
      changes,
    );
  });

function search(trials: number): Proposal[] {
  const row = networkMorphism as unknown as StrategyType;
  const folding: Folding = {problem, row, settings: row.settings.parse({})};
  const proposals: Proposal[] = [];
  let state = begin(folding);
  for (let index = 1; index <= trials; index += 1) {
    const proposal = row.strategy.ask(problem, folding.settings, state);
    assert.ok(proposal.kind === 'Propose');
    proposals.push(proposal);
    const {widths, dropout} = proposal.candidate.genotype as TabularGenotype;
    const accuracy = widths.reduce((sum, width) => sum + Math.log2(width), 0) / 32 - Math.abs(dropout - 0.1);
    state = row.strategy.asked(problem, folding.settings, state, proposal);
    state = tellAll(folding, state, [{index, kind: 'scored', values: {accuracy}, epoch: 4, cost: 1}]);
  }
  return proposals;
}

test('every child is one morphism away from the parent that it names', () => {
  const proposals = search(40);
  const children = proposals.filter(({parent}) => parent !== undefined);
  assert.ok(children.length >= 15, `${children.length} children`);
  for (const {parent = 0, candidate, why} of children) {
    const morphed = tabularMorphs(proposals[parent - 1]?.candidate.genotype as TabularGenotype, choices);
    const morph = morphed.find(({genotype}) => JSON.stringify(genotype) === JSON.stringify(candidate.genotype));
    assert.equal(why, `grown out of #${parent}: ${morph?.change}`);
  }
});

test('it grows towards what is better: the best grown network beats the best that was drawn', () => {
  const best = (proposals: readonly Proposal[]): number =>
    Math.max(...proposals.map(({candidate}) => (candidate.genotype as TabularGenotype).widths.length));
  const proposals = search(40);
  assert.ok(best(proposals) === choices.layers.max);
});
