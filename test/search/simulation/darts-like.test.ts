import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import fc from 'fast-check';
import {keyed} from '../../../search/random.ts';
import {dartsLikeSpace, scoreGenotype, surrogateSchema} from '../../../search/simulation/darts-like.ts';
import type {DartsGenotype} from '../../../search/simulation/darts-cell.ts';
import type {Score} from '../../../search/simulation/darts-like.ts';

const file = JSON.parse(readFileSync(new URL('../../data/darts-like-1.json', import.meta.url), 'utf8')) as {
  tests: readonly (Score & {genotype: DartsGenotype})[];
};
const surrogate = surrogateSchema.parse(file);
const space = dartsLikeSpace(surrogate);
const sampled = fc.nat(10_000).map((seed) => space.sample(keyed(seed, 0, 'test')));

for (const [at, {genotype, ...expected}] of file.tests.entries())
  test(`test vector ${at + 1} of the generator is met to 1e-9`, () => {
    const found = scoreGenotype(surrogate, genotype);
    assert.equal(found.canonical, expected.canonical);
    for (const name of ['guide', 'cost', 'report'] as const)
      assert.ok(Math.abs(found[name] - expected[name]) <= 1e-9, `${name}: ${found[name]} against ${expected[name]}`);
  });

test('samples, mutants and neighbours are genotypes, and a neighbour leads back', () => {
  fc.assert(
    fc.property(sampled, fc.nat(1_000), (genotype, seed) => {
      assert.deepEqual(space.parse(genotype), genotype);
      const mutant = space.mutate(genotype, keyed(seed, 0, 'test')).genotype;
      const neighbours = [...space.neighbours(genotype)].map((step) => JSON.stringify(step.genotype));
      assert.ok(neighbours.includes(JSON.stringify(mutant)));
      assert.ok(
        [...space.neighbours(mutant)].some((step) => JSON.stringify(step.genotype) === JSON.stringify(genotype)),
      );
      // Six other operations on 16 pairs, and 0, 1, 2 or 3 other sources for each of a node's two inputs.
      assert.equal(new Set(neighbours).size, 16 * 6 + 2 * 2 * (0 + 1 + 2 + 3));
    }),
    {numRuns: 30},
  );
});

test('swapping the inputs of a node changes nothing', () => {
  fc.assert(
    fc.property(sampled, fc.nat(3), (genotype, node) => {
      const {normal} = genotype;
      const [first, second] = [normal[2 * node], normal[2 * node + 1]];
      assert.ok(first !== undefined && second !== undefined);
      const swapped = {...genotype, normal: normal.with(2 * node, second).with(2 * node + 1, first)};
      assert.deepEqual(scoreGenotype(surrogate, swapped), scoreGenotype(surrogate, genotype));
    }),
    {numRuns: 30},
  );
});

test('a decision sequence makes its genotype again', () => {
  fc.assert(
    fc.property(sampled, (genotype) => {
      const {decisions} = space;
      assert.ok(decisions !== undefined);
      const taken = decisions.taken(genotype);
      assert.equal(space.canonical(decisions.genotype(taken)), space.canonical(genotype));
      for (const [at, choice] of taken.entries()) {
        const decision = decisions.next(taken.slice(0, at));
        assert.ok(decision !== undefined && choice >= 0 && choice < decision.choices.length);
      }
      assert.equal(decisions.next(taken), undefined);
    }),
  );
});

test('isomorphic genotypes have the same features', () => {
  fc.assert(
    fc.property(sampled, fc.nat(3), (genotype, node) => {
      const {normal} = genotype;
      const [first, second] = [normal[2 * node], normal[2 * node + 1]];
      assert.ok(first !== undefined && second !== undefined);
      const swapped = {...genotype, normal: normal.with(2 * node, second).with(2 * node + 1, first)};
      assert.deepEqual(space.features?.(swapped), space.features?.(genotype));
    }),
    {numRuns: 30},
  );
});

test('a source that both inputs of a node read is refused by name', () => {
  const genotype = space.sample(keyed(1, 0, 'test'));
  const [first] = genotype.normal;
  assert.ok(first !== undefined);
  const doubled = {...genotype, normal: genotype.normal.with(1, first)};
  assert.throws(() => space.parse(doubled), /genotype\.normal\[0\]: found source \d; give one of/);
});
