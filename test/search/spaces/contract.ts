import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {measure} from '../../../search/measure.ts';
import type {Json} from '../../../search/json.ts';
import type {DataShape} from '../../../search/network.ts';
import {keyed} from '../../../search/random.ts';
import type {Space, SpaceType, Task} from '../../../search/space.ts';

/** Data that a task may bring, from the smallest on. */
export const dataOf: Readonly<Record<Task, readonly DataShape[]>> = {
  ImageClassification: [
    {input: [8, 8, 1], outputs: 10},
    {input: [1, 1, 1], outputs: 2},
    {input: [33, 7, 3], outputs: 100},
  ],
  TabularClassification: [
    {input: [30], outputs: 2},
    {input: [1], outputs: 3},
  ],
  TabularRegression: [{input: [13], outputs: 1}],
};

export interface SpaceCase {
  readonly row: SpaceType;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Spaces with more genotypes are not listed here. */
const listable = 20_000;

const textOf = (genotype: Json): string => JSON.stringify(genotype);

/** Every genotype that can be reached over one-step neighbourhoods. */
function reachable(space: Space): Set<string> {
  const open = [space.sample(keyed(1, 0, 'contract', 0))];
  const reached = new Set(open.map(textOf));
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const {genotype} of space.neighbours(next)) {
      if (reached.has(textOf(genotype))) continue;
      reached.add(textOf(genotype));
      open.push(genotype);
    }
  return reached;
}

/** What every search space keeps to. */
export function spaceContract({row, settings}: SpaceCase): void {
  const name = `${row.type} ${JSON.stringify(settings)}`;
  const space = row.open(row.settings.parse(settings));
  const sampled = (index: number, attempt = 0): Json => space.sample(keyed(11, index, 'contract', attempt));
  const forEachSample = (check: (genotype: Json, index: number) => void): void => {
    fc.assert(
      fc.property(fc.nat(), (index) => {
        check(sampled(index), index);
      }),
      {numRuns: 60},
    );
  };

  test(`${name}: what is sampled parses to itself, also after a JSON round trip`, () => {
    forEachSample((genotype) => {
      assert.deepEqual(space.parse(genotype), genotype);
      assert.deepEqual(space.parse(JSON.parse(textOf(genotype))), genotype);
    });
  });

  test(`${name}: one key draws one sample, and keys draw different ones`, () => {
    forEachSample((genotype, index) => {
      assert.deepEqual(sampled(index), genotype);
    });
    if (space.size > 100) assert.ok(new Set(Array.from({length: 20}, (_, index) => textOf(sampled(index)))).size > 10);
  });

  test(`${name}: the canonical form is a text that a JSON round trip does not change`, () => {
    forEachSample((genotype) => {
      const canonical = space.canonical(genotype);
      assert.equal(typeof canonical, 'string');
      assert.equal(space.canonical(space.parse(JSON.parse(textOf(genotype)))), canonical);
    });
  });

  test(`${name}: neighbours are distinct, valid, another genotype, and neighbours in return`, () => {
    forEachSample((genotype) => {
      const neighbours = [...space.neighbours(genotype)];
      const texts = neighbours.map((step) => textOf(step.genotype));
      assert.equal(new Set(texts).size, texts.length);
      assert.ok(!texts.includes(textOf(genotype)));
      for (const step of neighbours) {
        assert.deepEqual(space.parse(step.genotype), step.genotype);
        assert.ok(step.change.length > 0 && step.change.length < 200 && !step.change.includes('\n'));
        assert.ok([...space.neighbours(step.genotype)].some((back) => textOf(back.genotype) === textOf(genotype)));
      }
    });
  });

  test(`${name}: a mutation is one of the neighbours, told as there, and one key draws one`, () => {
    forEachSample((genotype, index) => {
      const mutate = () => space.mutate(genotype, keyed(12, index, 'contract', 0));
      const step = mutate();
      assert.ok(
        [...space.neighbours(genotype)].some((neighbour) => JSON.stringify(neighbour) === JSON.stringify(step)),
      );
      assert.deepEqual(mutate(), step);
    });
  });

  test(`${name}: cells, where there are any, are drawn with edges between their own nodes`, () => {
    forEachSample((genotype) => {
      for (const {nodes, edges} of space.cells?.(genotype) ?? [])
        for (const {from, to} of edges) assert.ok(nodes.includes(from) && nodes.includes(to), `${from}→${to}`);
    });
  });

  test(`${name}: every genotype is described in one line that fits into a status`, () => {
    forEachSample((genotype) => {
      assert.match(space.describe(genotype), /^[^\n]{1,512}$/);
    });
  });

  for (const task of row.tasks)
    for (const data of dataOf[task])
      test(`${name}: networks for ${task} of ${JSON.stringify(data)} can be built and end in its outputs`, () => {
        forEachSample((genotype) => {
          const network = space.network(genotype, data);
          const {parameters, flops, layers} = measure(network);
          assert.deepEqual(layers.find((layer) => layer.name === network.output)?.shape, [data.outputs]);
          assert.ok(parameters > 0 && flops > 0);
          assert.deepEqual(network.input, data.input);
        });
      });

  test(`${name}: equal genotypes expand into equal networks`, () => {
    const data = row.tasks.flatMap((task) => dataOf[task]).slice(0, 1);
    forEachSample((genotype) => {
      for (const each of data)
        assert.deepEqual(space.network(space.parse(JSON.parse(textOf(genotype))), each), space.network(genotype, each));
    });
  });

  test(`${name}: every genotype is a sequence of decisions, and the sequence makes the genotype`, () => {
    const {decisions} = space;
    assert.ok(decisions !== undefined);
    forEachSample((genotype) => {
      const taken = decisions.taken(genotype);
      for (const [at, choice] of taken.entries()) {
        const decision = decisions.next(taken.slice(0, at));
        assert.ok(decision !== undefined && choice >= 0 && choice < decision.choices.length);
      }
      assert.equal(decisions.next(taken), undefined);
      assert.deepEqual(decisions.genotype(taken), genotype);
    });
  });

  test(`${name}: decisions of one name have the same choices, and no name comes twice in a genotype`, () => {
    const choicesOf = new Map<string, string>();
    forEachSample((genotype) => {
      const taken = space.decisions?.taken(genotype) ?? [];
      const met = taken.map((_, at) => space.decisions?.next(taken.slice(0, at)));
      assert.equal(new Set(met.map((decision) => decision?.name)).size, taken.length);
      for (const decision of met) {
        const {name: what = '', choices = []} = decision ?? {};
        assert.equal(JSON.stringify(choices), choicesOf.get(what) ?? JSON.stringify(choices));
        choicesOf.set(what, JSON.stringify(choices));
        if (decision?.ordered === true)
          assert.deepEqual(
            choices,
            [...choices].sort((a, b) => Number(a) - Number(b)),
          );
      }
    });
  });

  test(`${name}: any choices that are on offer make a valid genotype`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), {minLength: 64, maxLength: 64}), (wishes) => {
        const {decisions} = space;
        assert.ok(decisions !== undefined);
        const taken: number[] = [];
        for (let next = decisions.next(taken); next !== undefined; next = decisions.next(taken))
          taken.push((wishes[taken.length] ?? 0) % next.choices.length);
        const genotype = decisions.genotype(taken);
        assert.deepEqual(space.parse(genotype), genotype);
        assert.deepEqual(decisions.taken(genotype), taken);
      }),
      {numRuns: 60},
    );
  });

  test(`${name}: features are numbers from 0 to 1, as many for all, and equal for one canonical form`, () => {
    const byCanonical = new Map<string, readonly number[]>();
    const lengths = new Set<number>();
    for (let index = 0; index < 400; index += 1) {
      const genotype = sampled(index);
      const features = space.features?.(genotype) ?? [];
      lengths.add(features.length);
      assert.ok(features.every((feature) => feature >= 0 && feature <= 1));
      const canonical = space.canonical(genotype);
      assert.deepEqual(features, byCanonical.get(canonical) ?? features);
      byCanonical.set(canonical, features);
    }
    assert.equal(lengths.size, 1);
    assert.ok(!lengths.has(0));
  });

  if (space.size <= listable)
    test(`${name}: every rank has its own genotype`, () => {
      const texts = Array.from({length: space.size}, (_, rank) => textOf(space.at?.(rank) ?? null));
      assert.equal(new Set(texts).size, space.size);
      for (const text of texts.slice(0, 500)) assert.equal(textOf(space.parse(JSON.parse(text))), text);
    });

  if (space.size <= listable)
    test(`${name}: its size is the number of genotypes, and steps lead from each to every other`, () => {
      assert.equal(reachable(space).size, space.size);
    });

  for (const wrong of [undefined, null, 7, '', 'nonsense', [], {}, {widths: 'wide'}])
    test(`${name}: ${JSON.stringify(wrong)} is no genotype, and the error says where`, () => {
      assert.throws(() => space.parse(wrong), {name: 'Error', message: /^genotype.*: found /});
    });
}
