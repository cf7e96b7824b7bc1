import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {SearchSpec, SearchStatus} from '../../api/search.ts';
import {searchSpec} from '../../api/search.ts';
import type {Summary} from '../../api/summary.ts';
import {summaryOf} from '../../api/summary.ts';

const spec = (changes: Partial<Record<keyof SearchSpec, unknown>> = {}): SearchSpec =>
  searchSpec.parse({
    task: 'ImageClassification',
    dataset: {builtin: 'digits'},
    objectives: [{metric: 'accuracy', goal: 'Maximize'}],
    searchSpace: {type: 'NasBench201'},
    estimation: {maxEpochs: 12},
    limits: {gpuHours: 40},
    ...changes,
  });
const usage = {
  gpuMilliseconds: 4_500_000,
  reservedGpuMilliseconds: 0,
  wastedGpuMilliseconds: 0,
  microDollars: 3_825_000,
};
const best = {trial: 'digits-c7', values: {accuracy: 0.97213}};
const baseline = {trial: 'digits-b2', values: {accuracy: 0.96}};
const scored = {trial: 'digits-f1', from: 'digits-c7', validation: {}, test: {}};
const difference = (value: number, conclusion: 'WinnerBetter' | 'BaselineBetter' | 'NoDifference'): SearchStatus => ({
  comparison: {winner: scored, difference: {metric: 'accuracy', value, interval: [0, 0.02], conclusion}},
});

const rows: readonly (readonly [string, SearchStatus, Summary])[] = [
  ['nothing before there is anything', {}, {}],
  ['the first objective of the best', {best}, {best: 'accuracy 0.9721'}],
  [
    'the distance on the validation split while the search runs',
    {best, baseline},
    {best: 'accuracy 0.9721', againstBaseline: '+0.01213 (validation)'},
  ],
  ['a better winner', difference(0.012, 'WinnerBetter'), {againstBaseline: '+0.012 (better)'}],
  ['a worse winner', difference(-0.012, 'BaselineBetter'), {againstBaseline: '-0.012 (worse)'}],
  ['no difference', difference(0.001, 'NoDifference'), {againstBaseline: '+0.001 (no difference)'}],
  ['hours of those allowed', {usage}, {gpuHours: '1.25/40'}],
];
for (const [name, status, summary] of rows)
  test(`the columns show ${name}`, () => {
    assert.deepEqual(summaryOf(spec(), status), summary);
  });

test('the columns show cost where there is a price, and its limit where there is one', () => {
  const template = {pricePerGpuHour: '3.06'};
  assert.deepEqual(summaryOf(spec({template, limits: {trials: 5}}), {usage}), {gpuHours: '1.25', cost: '3.83'});
  assert.deepEqual(summaryOf(spec({template, limits: {cost: '130'}}), {usage}), {gpuHours: '1.25', cost: '3.83/130'});
});
