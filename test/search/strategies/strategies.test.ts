import assert from 'node:assert/strict';
import {test} from 'node:test';
import {strategies} from '../../../search/strategies/index.ts';
import {strategyContract} from './contract.ts';

/** Settings with which a short search reaches what the defaults reach late; every row is held to its defaults as well. */
const brisk: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  RegularizedEvolution: [{populationSize: 4, sampleSize: 2}],
};

for (const row of strategies) for (const settings of [{}, ...(brisk[row.type] ?? [])]) strategyContract(row, settings);

test('every strategy has its own name', () => {
  assert.equal(new Set(strategies.map(({type}) => type)).size, strategies.length);
});
