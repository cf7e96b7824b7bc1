/** Prints a digest of the weights after five compiled steps: the same in every process. */
import {createHash} from 'node:crypto';
import {openBackend} from '../../../trial-runner/backend.ts';
import {baseline, batchOf, batchSize, outputsOf, plainPerceptron, remainder, trainerOf} from './networks.ts';

const backend = await openBackend(1);
const digest = createHash('sha256');
for (const network of [baseline('ResNet'), plainPerceptron]) {
  const trainer = trainerOf(backend, network, {optimizer: 'AdamW', eager: false});
  for (let step = 0; step < 5; step += 1) {
    const count = step === 3 ? remainder : batchSize;
    trainer.step(batchOf(network, outputsOf(network), count, step), {step, rate: 0.003});
  }
  for (const tensor of trainer.snapshot()) digest.update(new Uint8Array(tensor.dataSync().buffer));
  trainer.dispose();
}
console.log(digest.digest('hex'));
