import assert from 'node:assert/strict';
import {test} from 'node:test';
import {measure} from '../../../search/measure.ts';
import {inputName, NetworkBuilder} from '../../../search/network-builder.ts';
import {operations} from '../../../search/operations/index.ts';
import type {OperationName} from '../../../search/operations/index.ts';

function built(name: OperationName, strides: number) {
  const network = new NetworkBuilder([7, 5, 4]);
  const stem = network.append({op: 'batchNorm'}, inputName);
  const output = operations[name](network, stem, {channels: 4, strides});
  const {layers} = measure(network.finish(output));
  return {shape: layers.find((layer) => layer.name === output)?.shape, added: layers.slice(1)};
}

for (const name of Object.keys(operations) as OperationName[])
  for (const {strides, shape} of [
    {strides: 1, shape: [7, 5, 4]},
    {strides: 2, shape: [4, 3, 4]},
  ])
    test(`${name} with strides ${strides} turns [7, 5, 4] into [${shape.join(', ')}]`, () => {
      assert.deepEqual(built(name, strides).shape, shape);
    });

const weights: {name: OperationName; parameters: number}[] = [
  {name: 'none', parameters: 0},
  {name: 'skip_connect', parameters: 0},
  {name: 'avg_pool_3x3', parameters: 0},
  {name: 'nor_conv_1x1', parameters: 16 + 8},
  {name: 'nor_conv_3x3', parameters: 144 + 8},
];
for (const {name, parameters} of weights)
  test(`${name} on 4 channels has ${parameters} parameters`, () => {
    assert.equal(
      built(name, 1).added.reduce((sum, layer) => sum + layer.parameters, 0),
      parameters,
    );
  });

test('skip_connect is no layer at all', () => {
  assert.deepEqual(built('skip_connect', 1).added, []);
});
