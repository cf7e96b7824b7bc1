import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Objective, Values} from '../../../search/objectives.ts';
import {paretoFront} from '../../../search/pareto.ts';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {nsga2} from '../../../search/strategies/nsga2.ts';
import {random} from '../../../search/strategies/random.ts';
import type {Problem, Proposal} from '../../../search/strategy.ts';
import {readTable} from '../nas-bench-table.ts';
import {foldingOf, search} from './searching.ts';

const table = new Map(readTable().map(({arch, accuracy, flopsMillions}) => [arch, {accuracy, flopsMillions}]));
const objectives: [Objective, Objective] = [
  {metric: 'accuracy', goal: 'Maximize'},
  {metric: 'flopsMillions', goal: 'Minimize'},
];
const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 5, channels: 16}),
  training: {},
  objectives,
  maxEpochs: 12,
  seed: 1,
};
const byTable = (_index: number, {candidate}: Proposal): Values => ({...table.get(candidate.genotype as string)});

/** Area that the results dominate, over 70% accuracy and under 250 million FLOPs. */
function dominated(results: readonly Values[]): number {
  const front = paretoFront(
    objectives,
    results.map((values) => ({values})),
  );
  let [area, best, reached] = [0, 0, 0];
  // Cheapest first: from there on, its accuracy is to be had.
  for (const {values} of front.toReversed()) {
    const {accuracy = 0, flopsMillions = 0} = values;
    if (accuracy <= 70 || flopsMillions >= 250) continue;
    area += best * (flopsMillions - reached);
    [best, reached] = [accuracy - 70, flopsMillions];
  }
  return area + best * (250 - reached);
}

test('it leaves less of the front uncovered than random search', () => {
  const seeds = [1, 2, 3, 4, 5, 6];
  const whole = dominated([...table.values()]);
  const [ours = 0, theirs = 0] = [nsga2, random].map((row) =>
    seeds.reduce((sum, seed) => {
      const {proposals} = search(foldingOf({...problem, seed}, row), 150, byTable);
      return sum + whole - dominated(proposals.map((proposal) => byTable(0, proposal)));
    }, 0),
  );
  assert.ok(ours < 0.8 * theirs, `${ours} against ${theirs}`);
});

test('the first population is random; parents are then taken from what survived', () => {
  const {proposals} = search(foldingOf(problem, nsga2, {populationSize: 6}), 40, byTable);
  assert.ok(proposals.slice(0, 6).every(({parent}) => parent === undefined));
  assert.ok(proposals.slice(6).every(({parent}) => parent !== undefined));
});

test('what is dominated by as many as survive has no children', () => {
  // The first four are all better in both objectives than the four that follow.
  const valuesOf = (index: number): Values =>
    index <= 4 ? {accuracy: 80 + index, flopsMillions: 10 + index} : {accuracy: 50, flopsMillions: 100 + index};
  const {proposals} = search(foldingOf(problem, nsga2, {populationSize: 4}), 40, valuesOf);
  for (const {parent} of proposals.slice(4)) assert.ok(parent !== undefined && parent <= 4, `#${parent}`);
});

test('what keeps a limit survives what does not, however good', () => {
  const limited: Problem = {...problem, objectives: [objectives[0], {...objectives[1], limit: 50}]};
  const valuesOf = (index: number): Values =>
    index <= 3 ? {accuracy: 60, flopsMillions: 40} : {accuracy: 90, flopsMillions: 60};
  const {proposals} = search(foldingOf(limited, nsga2, {populationSize: 3}), 30, valuesOf);
  for (const {parent} of proposals.slice(6)) assert.ok(parent !== undefined && parent <= 3, `#${parent}`);
});

test('failed trials have no children and are replaced', () => {
  const {proposals} = search(foldingOf(problem, nsga2, {populationSize: 4}), 30, (index, proposal) =>
    index % 2 === 0 ? undefined : byTable(index, proposal),
  );
  assert.ok(proposals.some(({parent}) => parent !== undefined));
  assert.ok(proposals.every(({parent}) => parent === undefined || parent % 2 === 1));
});
