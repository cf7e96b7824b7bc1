import assert from 'node:assert/strict';
import {test} from 'node:test';
import {compare, feasible, scoreOf, staticLimits, violation} from '../../search/objectives.ts';
import type {Objective, Values} from '../../search/objectives.ts';

const accuracy: Objective = {metric: 'accuracy', goal: 'Maximize'};
const small: Objective = {metric: 'parameters', goal: 'Minimize', limit: 1_000};

test('a score is more when it is better', () => {
  assert.equal(scoreOf(accuracy, {accuracy: 0.9}), 0.9);
  assert.equal(scoreOf(small, {parameters: 500}), -500);
  assert.equal(scoreOf(accuracy, {}), -Infinity);
  assert.equal(scoreOf(accuracy, {accuracy: NaN}), -Infinity);
});

const limits: {objective: Objective; values: Values; violation: number}[] = [
  {objective: small, values: {parameters: 1_000}, violation: 0},
  {objective: small, values: {parameters: 1_500}, violation: 0.5},
  {objective: small, values: {}, violation: Infinity},
  {objective: {...accuracy, limit: 0.5}, values: {accuracy: 0.25}, violation: 0.5},
  {objective: {...accuracy, limit: 0}, values: {accuracy: -2}, violation: 2},
  {objective: accuracy, values: {}, violation: 0},
];
for (const row of limits)
  test(`${JSON.stringify(row.values)} passes ${row.objective.metric} ${row.objective.goal} ${String(row.objective.limit)} by ${row.violation}`, () => {
    assert.equal(violation([row.objective], row.values), row.violation);
    assert.equal(feasible([row.objective], row.values), row.violation === 0);
  });

const orders: {better: Values; worse: Values; why: string}[] = [
  {better: {accuracy: 0.9, parameters: 10}, worse: {accuracy: 0.8, parameters: 5}, why: 'the first objective ranks'},
  {better: {accuracy: 0.9, parameters: 5}, worse: {accuracy: 0.9, parameters: 10}, why: 'the second breaks a tie'},
  {
    better: {accuracy: 0.1, parameters: 5},
    worse: {accuracy: 0.9, parameters: 1_001},
    why: 'within the limits comes first',
  },
  {
    better: {accuracy: 0.1, parameters: 1_001},
    worse: {accuracy: 0.9, parameters: 1_002},
    why: 'the smaller violation comes first',
  },
  {better: {accuracy: 0.1, parameters: 5}, worse: {parameters: 5}, why: 'a missing metric is the worst'},
  {
    better: {accuracy: 0.1, parameters: 2_000},
    worse: {accuracy: 0.9},
    why: 'a limit that was not measured is passed by most',
  },
];
for (const {better, worse, why} of orders)
  test(`${JSON.stringify(better)} before ${JSON.stringify(worse)}: ${why}`, () => {
    assert.ok(compare([accuracy, small], better, worse) < 0);
    assert.ok(compare([accuracy, small], worse, better) > 0);
  });

test('equal results are equal, also without any metric', () => {
  assert.equal(compare([accuracy, small], {}, {}), 0);
  assert.equal(compare([accuracy], {accuracy: 0.5}, {accuracy: 0.5, parameters: 3}), 0);
});

test('limits on parameters and FLOPs are known before training, others are not', () => {
  const latency: Objective = {metric: 'latencyMilliseconds', goal: 'Minimize', limit: 3};
  assert.deepEqual(staticLimits([accuracy, small, latency, {metric: 'flops', goal: 'Minimize'}]), [small]);
});
