import assert from 'node:assert/strict';
import {test} from 'node:test';
import {historyWorld} from '../../../search/simulation/history.ts';
import {simulate} from '../../../search/simulation/simulate.ts';
import type {Run, Simulation} from '../../../search/simulation/simulate.ts';
import {summarizeRuns} from '../../../search/simulation/summary.ts';
import type {TableRow} from '../../../search/simulation/table.ts';
import type {Ask, Report, Strategy, StrategyType} from '../../../search/strategy.ts';
import {z} from 'zod';

type Cells = readonly [name: string, guide: number | readonly number[], cost: number, report: number];

const rowsOf = (cells: readonly Cells[]): TableRow[] =>
  cells.map(([name, guide, cost, report]) => ({
    cells: {x: name},
    guide: typeof guide === 'number' ? [guide] : guide,
    cost,
    report,
  }));
const worldOf = (cells: readonly Cells[], goal: 'Maximize' | 'Minimize' = 'Maximize') =>
  historyWorld(rowsOf(cells), [{name: 'x', kind: 'categorical'}], goal);

interface Step {
  readonly x: string;
  readonly epochs?: number;
  readonly resumeFrom?: number;
}
type ScriptState = {
  readonly asked: number;
  readonly told: readonly (readonly [index: number, kind: string, guide: number, cost: number])[];
};

/** Proposes what it is told to, one after another, and writes down what it is told. */
function scripted(steps: readonly Step[], heard: ScriptState['told'][] = []): StrategyType {
  const strategy: Strategy<unknown, ScriptState> = {
    version: 1,
    init: () => ({asked: 0, told: []}),
    ask: (problem, _settings, {asked}): Ask => {
      const step = steps[asked];
      if (step === undefined) return {kind: 'Exhausted', why: 'the script ends'};
      const {x, epochs = problem.maxEpochs, ...rest} = step;
      return {
        kind: 'Propose',
        candidate: {genotype: null, training: {x}},
        epochs,
        ...rest,
        why: 'scripted',
        skipped: 0,
      };
    },
    asked: (_problem, _settings, state) => ({...state, asked: state.asked + 1}),
    tell: (_problem, _settings, state, {index, kind, values, cost}: Report) => {
      const told = [...state.told, [index, kind, values['guide'] ?? NaN, cost] as const];
      heard.push(told);
      return {...state, told};
    },
  };
  return {type: 'Scripted', settings: z.unknown(), strategy: strategy};
}

function run(
  cells: readonly Cells[],
  steps: readonly Step[],
  changes: Partial<Simulation> = {},
): Run & {told: ScriptState['told']} {
  const heard: ScriptState['told'][] = [];
  const result = simulate({
    world: worldOf(cells),
    row: scripted(steps, heard),
    settings: {},
    seed: 1,
    budgetSeconds: 1_000,
    evaluations: Infinity,
    parallel: 1,
    ...changes,
  });
  return {...result, told: heard.at(-1) ?? []};
}

const table: readonly Cells[] = [
  ['a', 1, 10, 50],
  ['b', 3, 40, 20],
  ['c', 2, 30, 90],
];
const order = (...names: string[]): Step[] => names.map((x) => ({x}));

test('the incumbent is the best by guide, whatever its report', () => {
  const {report, guide, evaluations, unique, spent, trace} = run(table, order('a', 'b', 'c'));
  assert.deepEqual(
    {report, guide, evaluations, unique, spent},
    {report: 20, guide: 3, evaluations: 3, unique: 3, spent: 80},
  );
  assert.deepEqual(trace, [
    {spent: 10, report: 50},
    {spent: 50, report: 20},
  ]);
});

test('what is minimized has its incumbent at the least guide', () => {
  assert.equal(run(table, order('b', 'a', 'c'), {world: worldOf(table, 'Minimize')}).report, 50);
});

const budgets = [
  {budgetSeconds: 80, evaluations: 3, spent: 80, why: 'a trial that ends exactly at the budget counts'},
  {budgetSeconds: 79, evaluations: 2, spent: 50, why: 'a trial that would cross the budget does not count'},
  {budgetSeconds: 9, evaluations: 0, spent: 0, why: 'a budget below the first trial finds nothing'},
];
for (const {why, budgetSeconds, ...expected} of budgets)
  test(why, () => {
    const {evaluations, spent} = run(table, order('a', 'b', 'c'), {budgetSeconds});
    assert.deepEqual({evaluations, spent}, expected);
  });

test('the budget is the sum over the workers', () => {
  const {evaluations, spent} = run(table, order('a', 'b', 'c'), {budgetSeconds: 79, parallel: 3});
  assert.deepEqual({evaluations, spent}, {evaluations: 2, spent: 50});
});

test('workers train side by side: results come in the order in which they end', () => {
  const indices = (parallel: number) =>
    run(
      [
        ['a', 1, 30, 1],
        ['b', 2, 10, 2],
        ['c', 3, 5, 3],
        ['d', 4, 20, 4],
      ],
      order('a', 'b', 'c', 'd'),
      {parallel},
    ).told.map(([index]) => index);
  assert.deepEqual(indices(1), [1, 2, 3, 4]);
  // b ends at 10; c runs from 10 to 15, d from 15 to 35; a ends at 30.
  assert.deepEqual(indices(2), [2, 3, 1, 4]);
});

test("a duplicate gets its twin's result for nothing, and not before the twin has it", () => {
  const {told, evaluations, unique, spent} = run(table, order('b', 'b', 'a'), {parallel: 2});
  assert.deepEqual({evaluations, unique, spent}, {evaluations: 3, unique: 2, spent: 50});
  assert.deepEqual(told, [
    [3, 'scored', 1, 10],
    [1, 'scored', 3, 40],
    [2, 'scored', 3, 0],
  ]);
});

test('a strategy that asks the same for ever comes to an end', () => {
  const {unique, spent} = run(
    table,
    Array.from({length: 5_000}, () => ({x: 'a'})),
  );
  assert.deepEqual({unique, spent}, {unique: 1, spent: 10});
});

const failures: readonly {what: string; cells: Cells; cost: number}[] = [
  {what: 'guide', cells: ['a', NaN, 10, 5], cost: 10},
  {what: 'report', cells: ['a', 1, 10, NaN], cost: 10},
  {what: 'cost', cells: ['a', 1, NaN, 5], cost: 0},
];
for (const {what, cells, cost} of failures)
  test(`an empty ${what} is a failed trial, paid for as far as its price is known`, () => {
    const {told, report, spent} = run([cells, ['b', 0, 1, 7]], order('a', 'b'));
    assert.deepEqual(
      told.map(([index, kind]) => [index, kind]),
      [
        [1, 'failed'],
        [2, 'scored'],
      ],
    );
    assert.deepEqual({report, spent}, {report: 7, spent: cost + 1});
  });

const curves: readonly Cells[] = [
  ['slow', [0, 1, 9], 10, 9],
  ['fast', [3, 4, 5], 20, 5],
  ['diverges', [6, NaN, NaN], 10, NaN],
];
test('with learning curves the cost is per epoch, and fewer epochs show the guide that was reached', () => {
  const steps = [
    {x: 'slow', epochs: 1},
    {x: 'fast', epochs: 2},
    {x: 'slow', epochs: 3, resumeFrom: 1},
    {x: 'diverges', epochs: 3},
  ];
  const {told, spent, report} = run(curves, steps);
  assert.deepEqual(told, [
    [1, 'rung', 0, 10],
    [2, 'rung', 4, 40],
    [3, 'scored', 9, 20],
    [4, 'failed', NaN, 20],
  ]);
  assert.deepEqual({spent, report}, {spent: 90, report: 9});
});

test('evaluations are limited without a budget', () => {
  assert.equal(run(table, order('a', 'a', 'b', 'c'), {budgetSeconds: Infinity, evaluations: 2}).evaluations, 3);
});

test('a strategy that waits for nothing is named', () => {
  const waiting = scripted([]);
  const strategy = {...waiting.strategy, ask: (): Ask => ({kind: 'Wait'})};
  assert.throws(
    () => run(table, [], {row: {...waiting, strategy}}),
    /Scripted waits for a report while nothing is under way \(seed 1\)/,
  );
});

test('a candidate brings what the nearest row brought, each number on its scale', () => {
  const rows = [
    {cells: {lr: '0.001', kind: 'a'}, guide: [1], cost: 1, report: 1},
    {cells: {lr: '0.1', kind: 'a'}, guide: [2], cost: 1, report: 2},
    {cells: {lr: '0.001', kind: 'b'}, guide: [3], cost: 1, report: 3},
  ];
  const world = historyWorld(
    rows,
    [
      {name: 'lr', kind: 'log-numeric'},
      {name: 'kind', kind: 'categorical'},
    ],
    'Maximize',
  );
  const reportOf = (lr: number, kind: string) => world.train({genotype: null, training: {lr, kind}}, 1, 0).report;
  assert.equal(reportOf(0.009, 'a'), 1);
  assert.equal(reportOf(0.011, 'a'), 2);
  assert.equal(reportOf(0.009, 'b'), 3);
  assert.deepEqual(world.problem(1).training, {
    lr: {kind: 'real', min: 0.001, max: 0.1, scale: 'Log'},
    kind: {kind: 'choice', choices: ['a', 'b']},
  });
});

test('mean, deviation, standard error and regret are what a hand works out', () => {
  const runs = [run(table, order('a', 'b')), run(table, order('c'))];
  const {report, regretByCost, evaluations, unique} = summarizeRuns(worldOf(table), runs);
  // Reports 20 and 90: mean 55, deviation √2450, error √1225 = 35. The best report is 90.
  assert.deepEqual(report, {mean: 55, sd: Math.sqrt(2450), se: Math.sqrt(2450) / Math.SQRT2, perSeed: [20, 90]});
  assert.deepEqual([evaluations.mean, unique.mean], [1.5, 1.5]);
  const at = new Map(regretByCost);
  assert.equal(regretByCost[0]?.[0], 30, 'both have an incumbent once 30 s are spent');
  assert.equal(at.get(40), 90 - (50 + 90) / 2);
  assert.equal(at.get(50), 90 - (20 + 90) / 2);
});
