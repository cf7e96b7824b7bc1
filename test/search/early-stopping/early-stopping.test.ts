import assert from 'node:assert/strict';
import {test} from 'node:test';
import {earlyStoppingRules} from '../../../search/early-stopping/index.ts';
import {earlyStoppingContract} from './contract.ts';

for (const row of earlyStoppingRules) earlyStoppingContract(row);

test('every rule has its own name', () => {
  assert.equal(new Set(earlyStoppingRules.map(({type}) => type)).size, earlyStoppingRules.length);
});
