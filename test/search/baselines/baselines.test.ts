import assert from 'node:assert/strict';
import {test} from 'node:test';
import {baselines} from '../../../search/baselines/index.ts';
import {measure} from '../../../search/measure.ts';
import {parseParameters, sampleParameters, searchedNames} from '../../../search/parameters.ts';
import {keyed} from '../../../search/random.ts';
import {tasks} from '../../../search/space.ts';
import {dataOf} from '../spaces/contract.ts';

for (const task of tasks)
  test(`${task} has a baseline`, () => {
    assert.ok(baselines.some((row) => row.tasks.includes(task)));
  });

for (const row of baselines) {
  for (const task of row.tasks)
    for (const data of dataOf[task])
      test(`${row.type} is a network for ${task} of ${JSON.stringify(data)}, also after a JSON round trip`, () => {
        const network = row.network(JSON.parse(JSON.stringify(row.genotype)) as typeof row.genotype, data);
        const {layers} = measure(network);
        assert.deepEqual(layers.at(-1)?.shape, [data.outputs]);
        assert.deepEqual(network, row.network(row.genotype, data));
      });

  test(`${row.type} is tuned, within ranges that hold what they draw`, () => {
    assert.ok(searchedNames(row.tuning).includes('learningRate'));
    const drawn = sampleParameters(row.tuning, keyed(1, 0, 'test', 0));
    assert.deepEqual(parseParameters(row.tuning, drawn), drawn);
  });
}

const network = (type: string, input: number[], outputs: number) => {
  const row = baselines.find((candidate) => candidate.type === type);
  assert.ok(row !== undefined);
  return measure(row.network(row.genotype, {input, outputs}));
};

test('ResNet for 32×32×3 has the parameters of a residual network with 16, 32 and 64 filters, one block each', () => {
  const convolution = (kernel: number, from: number, to: number): number => kernel ** 2 * from * to + 2 * to;
  const block = (from: number, to: number): number =>
    convolution(3, from, to) + convolution(3, to, to) + (from === to ? 0 : convolution(1, from, to));
  const expected = convolution(3, 3, 16) + block(16, 16) + block(16, 32) + block(32, 64) + 64 * 10 + 10;
  assert.equal(network('ResNet', [32, 32, 3], 10).parameters, expected);
});

test('ResNet halves large images once more, so that they cost about what half the side does', () => {
  assert.ok(network('ResNet', [64, 64, 3], 10).flops < 1.5 * network('ResNet', [32, 32, 3], 10).flops);
});

test('Mlp has two hidden layers of 128 units', () => {
  assert.equal(network('Mlp', [30], 2).parameters, 30 * 128 + 128 + 128 * 128 + 128 + 128 * 2 + 2);
});
