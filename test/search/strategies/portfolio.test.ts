import assert from 'node:assert/strict';
import {test} from 'node:test';
import {cellWorld} from '../../../search/simulation/cells.ts';
import {simulate} from '../../../search/simulation/simulate.ts';
import {allot, begun, credited, started} from '../../../search/strategies/portfolio/allotment.ts';
import type {Accounts} from '../../../search/strategies/portfolio/allotment.ts';
import {portfolio} from '../../../search/strategies/portfolio.ts';
import {regularizedEvolution} from '../../../search/strategies/regularized-evolution.ts';
import type {StrategyType} from '../../../search/strategy.ts';
import {readTable} from '../nas-bench-table.ts';

const names = ['a', 'b', 'c'];
const trial = (accounts: Accounts, name: string, result: {standing: number; cost: number}): Accounts =>
  credited(started(accounts, name), name, result);

test('before anything is known everyone has a turn', () => {
  let accounts = begun(names);
  const turns: string[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const [first = ''] = allot(accounts, 0.05);
    turns.push(first);
    accounts = started(accounts, first);
  }
  assert.deepEqual(turns.sort(), names);
});

test('the cost goes to whom the best results come from', () => {
  let accounts = begun(names);
  const counts = new Map<string, number>();
  for (let turn = 0; turn < 200; turn += 1) {
    const [first = ''] = allot(accounts, 0.05);
    counts.set(first, (counts.get(first) ?? 0) + 1);
    accounts = trial(accounts, first, {standing: first === 'b' ? 1 : 0.5, cost: 10});
  }
  assert.ok((counts.get('b') ?? 0) > 130, JSON.stringify([...counts]));
  for (const name of names) assert.ok((counts.get(name) ?? 0) >= 9, `${name} keeps its minimum`);
});

test('who trains dear gets fewer trials for the same worth', () => {
  let accounts = begun(names);
  const counts = new Map<string, number>();
  for (let turn = 0; turn < 200; turn += 1) {
    const [first = ''] = allot(accounts, 0.05);
    counts.set(first, (counts.get(first) ?? 0) + 1);
    accounts = trial(accounts, first, {standing: 1, cost: first === 'a' ? 30 : 10});
  }
  const [dear = 0, other = 0] = [counts.get('a'), counts.get('b')];
  assert.ok(Math.abs(other / dear - 3) < 0.5, `${other} and ${dear}`);
});

/** So many turns in which one member's results are the best and the others' the worst. */
function lucky(accounts: Accounts, name: string, turns: number): {accounts: Accounts; taken: string[]} {
  const taken: string[] = [];
  let after = accounts;
  for (let turn = 0; turn < turns; turn += 1) {
    const [first = ''] = allot(after, 0.05);
    taken.push(first);
    after = trial(after, first, {standing: first === name ? 1 : 0, cost: 10});
  }
  return {accounts: after, taken};
}

test('a member whose luck ends gives way within some tens of results', () => {
  const {accounts} = lucky(begun(names), 'a', 60);
  const {taken} = lucky(lucky(accounts, 'c', 30).accounts, 'c', 30);
  const countOf = (name: string): number => taken.filter((each) => each === name).length;
  assert.ok(countOf('c') > countOf('a'), taken.join(' '));
});

const rows = readTable().map(({arch, accuracy, seconds}) => ({
  cells: {arch},
  guide: [accuracy],
  cost: seconds,
  report: accuracy,
}));
const world = cellWorld(rows, 'arch', 'Maximize');

function meanBest(row: StrategyType, settings: unknown, {proxy = false, budgetSeconds = 6_000} = {}): number {
  const on = proxy
    ? cellWorld(
        rows.map((each) => ({...each, proxy: each.guide[0] ?? NaN})),
        'arch',
        'Maximize',
      )
    : world;
  const seeds = [1, 2, 3, 4];
  const runs = seeds.map((seed) =>
    simulate({
      world: on,
      row,
      settings: row.settings.parse(settings),
      seed,
      budgetSeconds,
      evaluations: Infinity,
      parallel: 1,
    }),
  );
  return runs.reduce((sum, {guide}) => sum + guide, 0) / seeds.length;
}

test('on NAS-Bench-201 it finds better cells than evolution', () => {
  const ours = meanBest(portfolio, {}, {budgetSeconds: 12_000});
  const evolution = meanBest(regularizedEvolution, {populationSize: 10, sampleSize: 3}, {budgetSeconds: 12_000});
  assert.ok(ours > evolution + 0.1, `${ours} against ${evolution}`);
});

test('a proxy that tells the truth saves trials', () => {
  const row = portfolio as unknown as StrategyType;
  const [blind, told] = [false, true].map((proxy) => meanBest(row, {}, {proxy, budgetSeconds: 1_500}));
  assert.ok((told ?? 0) > (blind ?? 0) + 0.5, `${told} with the proxy, ${blind} without`);
});
