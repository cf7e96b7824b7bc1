import assert from 'node:assert/strict';
import {test} from 'node:test';
import {spaces} from '../../../search/spaces/index.ts';
import {spaceContract} from './contract.ts';

/** Settings small enough to list a space, beside the defaults, which every row is held to. */
const smaller: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  NasBench201: [{cellsPerStage: 1, channels: 8}],
  Tabular: [
    {
      layers: {min: 0, max: 3},
      widths: [8, 16],
      activations: ['relu', 'tanh'],
      dropout: [0, 0.5],
      normalization: ['Identity', 'BatchNorm'],
      residual: [true, false],
    },
    {
      layers: {min: 2, max: 2},
      widths: [8, 16, 16],
      activations: ['relu'],
      dropout: [0.1],
      normalization: ['LayerNorm'],
      residual: [true],
    },
  ],
};

for (const row of spaces) for (const settings of [{}, ...(smaller[row.type] ?? [])]) spaceContract({row, settings});

test('every space has its own name', () => {
  assert.equal(new Set(spaces.map(({type}) => type)).size, spaces.length);
});
