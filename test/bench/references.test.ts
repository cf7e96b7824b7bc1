import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Budgeted} from '../../bench/references/budgeted.ts';
import type {Reference} from '../../bench/references/budgeted.ts';
import {localSearch} from '../../bench/references/local-search.ts';
import {randomSearch} from '../../bench/references/random-search.ts';
import {deduplicatedEvolution, plainEvolution} from '../../bench/references/regularized-evolution.ts';
import {keyed} from '../../search/random.ts';
import {readTable} from '../search/nas-bench-table.ts';

const cells = new Map(
  readTable().map(({arch, accuracy, seconds}) => [arch, {guide: accuracy, cost: seconds, report: accuracy}]),
);

function meanReport(reference: Reference): number {
  const seeds = Array.from({length: 100}, (_, seed) => seed);
  const reports = seeds.map((seed) => {
    const budget = new Budgeted(cells, 12_000);
    reference(budget, keyed(seed, 0, 'reference'));
    return budget.report;
  });
  return reports.reduce((sum, report) => sum + report, 0) / seeds.length;
}

test('the references come in the order in which their papers have them', () => {
  const means = [randomSearch, plainEvolution, deduplicatedEvolution, localSearch].map(meanReport);
  assert.deepEqual(
    means,
    means.toSorted((a, b) => a - b),
  );
});

test('a cell that would cross the budget does not count', () => {
  const few = new Map([
    ['a', {guide: 1, cost: 5, report: 7}],
    ['b', {guide: 2, cost: 6, report: 8}],
  ]);
  const budget = new Budgeted(few, 10);
  assert.equal(budget.train('a'), 1);
  assert.equal(budget.train('b'), undefined);
  assert.equal(budget.report, 7);
});
