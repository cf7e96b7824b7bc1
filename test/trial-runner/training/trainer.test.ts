import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {Network} from '../../../search/network.ts';
import {openBackend, type LayersModel, type Tensor} from '../../../trial-runner/backend.ts';
import {buildModel} from '../../../trial-runner/model.ts';
import type {Loss} from '../../../trial-runner/training/loss.ts';
import {createTrainer, type Trainer} from '../../../trial-runner/training/trainer.ts';

const backend = await openBackend(1);

const line: Network = {
  input: [2],
  layers: [{op: 'dense', units: 1, bias: true, name: 'out', inputs: ['input']}],
  output: 'out',
};
const batch = {count: 2, inputs: Float32Array.of(1, 2, 3, 4), targets: Float32Array.of(1, 0)};

/** A loss that looks at a value, which no graph can. */
const looking: Loss = (_backend, outputs, targets) => {
  const scale = (outputs.abs().max().dataSync()[0] ?? 0) > 100 ? 0.5 : 1;
  return outputs.sub(targets).square().mean<Tensor>().mul(scale);
};

function trained(eager: boolean): {trainer: Trainer; model: LayersModel; said: string[]} {
  const said: string[] = [];
  const model = buildModel(backend, line, 1);
  const trainer = createTrainer(
    backend,
    model,
    {optimizer: 'Sgd', weightDecay: 0, loss: looking},
    {eager, log: (message) => said.push(message)},
  );
  for (let step = 0; step < 3; step += 1) trainer.step(batch, {step, rate: 0.01});
  return {trainer, model, said};
}

describe('A step that cannot be compiled', () => {
  it('is run operation by operation, and the log names the operation', () => {
    const {trainer, said} = trained(false);
    assert.equal(trainer.compiled, false);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /cannot be compiled: the result of Max is read in JavaScript/);
    const asked = trained(true);
    assert.deepEqual(asked.said, []);
    assert.equal(trainer.loss(), asked.trainer.loss());
  });
});
