import assert from 'node:assert/strict';
import {test} from 'node:test';
import {begin, tellAll} from '../../../search/fold.ts';
import type {Folding} from '../../../search/fold.ts';
import type {Objective, Values} from '../../../search/objectives.ts';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {random} from '../../../search/strategies/random.ts';
import {regularizedEvolution} from '../../../search/strategies/regularized-evolution.ts';
import type {Ask, Problem, Proposal} from '../../../search/strategy.ts';
import {readTable} from '../nas-bench-table.ts';

const accuracyOf = new Map(readTable().map(({arch, accuracy}) => [arch, accuracy]));
const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 5, channels: 16}),
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 12,
  seed: 1,
};
const evolution = (
  settings: {populationSize: number; sampleSize?: number; crossover?: number; removal?: string},
  changes: Partial<Problem> = {},
): Folding => ({
  problem: {...problem, ...changes},
  row: regularizedEvolution,
  settings: regularizedEvolution.settings.parse(settings),
});

function ask({problem: on, row, settings}: Folding, state: Parameters<typeof tellAll>[1]): Ask {
  return row.strategy.ask(on, settings, state);
}

/** Asks and tells one trial after another; every trial's values are given by its index and proposal. */
function search(folding: Folding, trials: number, valuesOf: (index: number, proposal: Proposal) => Values) {
  const {problem: on, row, settings} = folding;
  const proposals: Proposal[] = [];
  let state = begin(folding);
  for (let index = 1; index <= trials; index += 1) {
    const proposal = ask(folding, state);
    assert.ok(proposal.kind === 'Propose');
    proposals.push(proposal);
    state = row.strategy.asked(on, settings, state, proposal);
    state = tellAll(folding, state, [{index, kind: 'scored', values: valuesOf(index, proposal), epoch: 12, cost: 1}]);
  }
  return {proposals, state};
}

const byTable = (_index: number, {candidate}: Proposal): Values => ({
  accuracy: accuracyOf.get(problem.space.parse(candidate.genotype) as string) ?? NaN,
});

function meanBest(folding: (seed: number) => Folding): number {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  const bests = seeds.map((seed) => {
    const {proposals} = search(folding(seed), 100, byTable);
    return Math.max(...proposals.map((proposal) => byTable(0, proposal)['accuracy'] ?? 0));
  });
  return bests.reduce((sum, best) => sum + best, 0) / seeds.length;
}

test('in 100 trainings on NAS-Bench-201 it finds better cells than random search', () => {
  const ours = meanBest((seed) => evolution({populationSize: 20}, {seed}));
  const theirs = meanBest((seed) => ({problem: {...problem, seed}, row: random, settings: {}}));
  assert.ok(ours > theirs + 0.2, `${ours} against ${theirs}`);
});

test('the first population is random, and all that follows is mutated in one step', () => {
  const {proposals} = search(evolution({populationSize: 10}), 30, byTable);
  for (const [at, {parent, why, candidate}] of proposals.entries()) {
    assert.equal(parent === undefined, at < 10);
    if (parent === undefined) continue;
    const before = proposals[parent - 1]?.candidate.genotype ?? '';
    const step = [...problem.space.neighbours(before)].find(({genotype}) => genotype === candidate.genotype);
    assert.equal(why, `mutated #${parent}: ${step?.change}`);
  }
});

test('the oldest leaves, however good: no child descends from beyond the last generation', () => {
  const populationSize = 6;
  const {proposals} = search(evolution({populationSize, sampleSize: 6}), 40, (index) => ({accuracy: 1 / index}));
  for (const [at, {parent}] of proposals.entries())
    if (parent !== undefined) assert.equal(parent, at + 1 - populationSize, 'the best of the living is the oldest');
});

test('a sample as large as the population always takes the best', () => {
  const {proposals} = search(evolution({populationSize: 6, sampleSize: 6}), 20, (index) => ({accuracy: index}));
  for (const [at, {parent}] of proposals.entries()) if (parent !== undefined) assert.equal(parent, at);
});

test('a sample of one takes any of the living', () => {
  const {proposals} = search(evolution({populationSize: 4, sampleSize: 1}), 60, (index) => ({accuracy: index}));
  const ages = new Set(proposals.flatMap(({parent}, at) => (parent === undefined ? [] : [at + 1 - parent])));
  assert.deepEqual([...ages].sort(), [1, 2, 3, 4]);
});

test('failed trials are replaced in the first population and never become parents', () => {
  const folding = evolution({populationSize: 5, sampleSize: 5});
  const {proposals} = search(folding, 12, (index) => (index % 2 === 0 ? {accuracy: NaN} : {accuracy: index}));
  const mutated = proposals.filter(({parent}) => parent !== undefined);
  assert.equal(mutated.length, 3);
  assert.ok(mutated.every(({parent}) => parent !== undefined && parent % 2 === 1));
});

test('trials under way count for the first population', () => {
  const folding = evolution({populationSize: 3});
  const {problem: on, row, settings} = folding;
  let state = begin(folding);
  const whys = [1, 2, 3, 4].map((index) => {
    const proposal = ask(folding, state);
    assert.ok(proposal.kind === 'Propose');
    state = row.strategy.asked(on, settings, state, proposal);
    if (index === 1)
      state = tellAll(folding, state, [{index, kind: 'scored', values: {accuracy: 0.5}, epoch: 12, cost: 1}]);
    return proposal.why.startsWith('mutated');
  });
  assert.deepEqual(whys, [false, false, false, true]);
});

test('a rung is no result: its trial stays under way until it is scored', () => {
  const folding = evolution({populationSize: 2});
  const {problem: on, row, settings} = folding;
  const proposal = ask(folding, begin(folding));
  assert.ok(proposal.kind === 'Propose');
  const state = row.strategy.asked(on, settings, begin(folding), proposal);
  const report = {index: 1, values: {accuracy: 0.5}, epoch: 12, cost: 1} as const;
  const scored = tellAll(folding, state, [{...report, kind: 'scored'}]);
  assert.deepEqual(tellAll(folding, state, [{...report, kind: 'rung'}]), state);
  assert.deepEqual(
    tellAll(folding, state, [
      {...report, kind: 'rung'},
      {...report, kind: 'scored'},
    ]),
    scored,
  );
  assert.notDeepEqual(scored, state);
});

const twoObjectives: [Objective, Objective] = [
  {metric: 'accuracy', goal: 'Maximize'},
  {metric: 'latency', goal: 'Minimize'},
];
const tournaments = [
  {
    why: 'what is dominated loses against the front, also against a lower first objective',
    results: [
      {accuracy: 0.8, latency: 8},
      {accuracy: 0.7, latency: 9},
      {accuracy: 0.5, latency: 1},
    ],
    loser: 2,
  },
  {
    why: 'a crowded member of the front loses against one that is alone, also against a lower first objective',
    results: [
      {accuracy: 0.9, latency: 9},
      {accuracy: 0.8, latency: 8},
      {accuracy: 0.79, latency: 7.9},
      {accuracy: 0.1, latency: 1},
    ],
    loser: 2,
  },
];
for (const {why, results, loser} of tournaments)
  test(`in a tournament for several objectives ${why}`, () => {
    const parents = Array.from({length: 40}, (_, seed) => {
      const settings = {populationSize: results.length, sampleSize: 2};
      const folding = evolution(settings, {objectives: twoObjectives, seed});
      const {state} = search(folding, results.length, (index) => results[index - 1] ?? {});
      const child = ask(folding, state);
      return child.kind === 'Propose' ? child.parent : undefined;
    });
    const others = results.map((_, at) => at + 1).filter((index) => index !== loser);
    assert.deepEqual([...new Set(parents)].sort(), others);
  });

test('architecture and training settings are both mutated, one at a time', () => {
  const folding = evolution(
    {populationSize: 5},
    {training: {learningRate: {kind: 'real', min: 0.001, max: 0.1, scale: 'Log'}}},
  );
  const {proposals} = search(folding, 60, byTable);
  const kinds = proposals.flatMap(({parent, candidate}) => {
    const before = parent === undefined ? undefined : proposals[parent - 1]?.candidate;
    if (before === undefined) return [];
    const moved = [
      before.genotype !== candidate.genotype,
      before.training['learningRate'] !== candidate.training['learningRate'],
    ];
    assert.equal(moved.filter(Boolean).length, 1);
    return [moved[0] ? 'architecture' : 'training'];
  });
  assert.deepEqual([...new Set(kinds)].sort(), ['architecture', 'training']);
});

test('known points are the first parents', () => {
  const genotype = '|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|';
  const prior = [{candidate: {genotype, training: {}}, values: {accuracy: 90}}];
  const folding = {...evolution({populationSize: 2, sampleSize: 2}), prior: [...prior, ...prior]};
  const first = ask(folding, begin(folding));
  assert.ok(first.kind === 'Propose');
  assert.match(first.why, /^mutated a known point: edge /);
});

test('with crossover a child has the choices of its two parents, but for one mutation', () => {
  const {proposals} = search(evolution({populationSize: 10, crossover: 1}), 40, byTable);
  const operationsOf = (index: number): readonly number[] =>
    problem.space.decisions?.taken(proposals[index - 1]?.candidate.genotype ?? '') ?? [];
  const crossed = proposals.flatMap(({why}, at) => {
    const [, one, other] = /^crossed #(\d+) with #(\d+): edge/.exec(why) ?? [];
    return one === undefined ? [] : [{child: at + 1, parents: [Number(one), Number(other)]}];
  });
  assert.ok(crossed.length > 20);
  for (const {child, parents} of crossed) {
    const strange = operationsOf(child).filter(
      (operation, edge) => !parents.some((parent) => operationsOf(parent)[edge] === operation),
    );
    assert.ok(strange.length <= 1, `#${child} of ${parents.join(' and ')}`);
    assert.equal(proposals[child - 1]?.parent, parents[0]);
  }
});

test('where the worst of a sample leaves, the best stays however old', () => {
  const folding = evolution({populationSize: 6, sampleSize: 6, removal: 'WorstOfSample'});
  const {proposals} = search(folding, 40, (index) => ({accuracy: 1 / index}));
  for (const {parent} of proposals.slice(6)) assert.equal(parent, 1);
});
