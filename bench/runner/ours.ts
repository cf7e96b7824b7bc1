import {keyed} from '../../search/random.ts';
import type {Backend} from '../../trial-runner/backend.ts';
import {buildModel} from '../../trial-runner/model.ts';
import type {Batch} from '../../trial-runner/training/batches.ts';
import {softmaxCrossEntropy} from '../../trial-runner/training/loss.ts';
import {createTrainer, type Trainer} from '../../trial-runner/training/trainer.ts';
import type {Measure} from '../bench.ts';
import {classes, tokens, type Case} from './networks.ts';

export const learningRate = 0.003;
/** As in a trial; both sides have the same. */
export const threads = 1;

/** Random inputs and labels: what is learned does not matter here. */
export function batchFor({network, batchSize}: Pick<Case, 'network' | 'batchSize'>): Batch {
  const random = keyed(1, 0, 'bench/runner');
  const size = network.input.reduce((product, side) => product * side, 1);
  const targets = new Float32Array(batchSize * classes);
  for (let example = 0; example < batchSize; example += 1) targets[example * classes + random.integer(classes)] = 1;
  const draw = network.layers[0]?.op === 'embedding' ? () => random.integer(tokens) : () => random.normal();
  return {count: batchSize, inputs: Float32Array.from({length: batchSize * size}, draw), targets};
}

export function trainerFor(backend: Backend, {network}: Pick<Case, 'network'>, eager: boolean): Trainer {
  const trainer = createTrainer(
    backend,
    buildModel(backend, network, 1),
    {optimizer: 'Adam', weightDecay: 0, loss: softmaxCrossEntropy},
    {eager, log: console.error},
  );
  if (trainer.compiled === eager) throw new Error('the step could not be compiled');
  return trainer;
}

/** Milliseconds of processor time that this process has had. With one thread that is time, less what others on the machine took. */
export function processorMilliseconds(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1000;
}

/** Processor milliseconds per step; a measurement ends when the loss has been read. */
export function oursFor(trainer: Trainer, each: Case, steps: number): Measure {
  const batch = batchFor(each);
  let step = 0;
  return () => {
    const start = processorMilliseconds();
    for (const end = step + steps; step < end; step += 1) trainer.step(batch, {step, rate: learningRate});
    if (!Number.isFinite(trainer.loss())) throw new Error('the loss is not finite');
    return (processorMilliseconds() - start) / steps;
  };
}
