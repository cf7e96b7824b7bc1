import assert from 'node:assert/strict';
import {test} from 'node:test';
import {strategies} from '../../../search/strategies/index.ts';
import {strategyContract} from './contract.ts';

/** Settings with which a short search reaches what the defaults reach late; every row is held to its defaults as well. */
const brisk: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  RegularizedEvolution: [
    {populationSize: 4, sampleSize: 2},
    {populationSize: 4, sampleSize: 2, crossover: 0.5, removal: 'WorstOfSample'},
  ],
  LocalSearch: [{startSamples: 1}, {startSamples: 2, step: 'BestOfAll'}],
  Nsga2: [{populationSize: 4}],
  Reinforce: [{units: 4, update: 'Ppo', batchSize: 4, passes: 2}],
  Bananas: [
    {startTrials: 4, candidates: 20, members: 2, units: 8},
    {predictor: 'GaussianProcess', startTrials: 4, candidates: 4},
  ],
  Tpe: [{startTrials: 3, candidates: 4}],
};

const full = {runs: 12, turns: {minLength: 60, maxLength: 140}};
/** Strategies that walk over a neighbourhood, fit a model at every question or train one are held to the rules in fewer, shorter searches. */
const brief = {runs: 2, turns: {minLength: 30, maxLength: 60}};
const briefest = {runs: 1, turns: {minLength: 30, maxLength: 40}};
const effortOf: Readonly<Record<string, typeof full>> = {
  Bananas: briefest,
  LocalSearch: brief,
  NetworkMorphism: briefest,
  Portfolio: brief,
  Reinforce: briefest,
  Tpe: brief,
};

for (const row of strategies)
  for (const settings of [{}, ...(brisk[row.type] ?? [])])
    strategyContract({row, settings, effort: effortOf[row.type] ?? full});

test('every strategy has its own name', () => {
  assert.equal(new Set(strategies.map(({type}) => type)).size, strategies.length);
});
