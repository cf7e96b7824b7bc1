import type {Backend, LayersModel, Tensor, Variable} from '../backend.ts';
import type {Batch} from './batches.ts';
import type {Loss} from './loss.ts';
import {createOptimizer} from './optimizer.ts';
import type {TrainingSettings} from './settings.ts';

export interface Stepper {
  /**
   * One update of the model's weights. `step` counts from the start of training and keys what is drawn at random in the model; `rate` is
   * the learning rate. Returns `loss` with this batch's mean loss added, a tensor, so that no step waits to read a value.
   */
  step(batch: Batch, at: {readonly step: number; readonly rate: number; readonly loss: Tensor}): Tensor;
  dispose(): void;
}

type StepSettings = Pick<TrainingSettings, 'optimizer' | 'weightDecay'> & {readonly loss: Loss};

/** Steps of eager training: forward, gradients and update as single operations. */
export function createStepper(backend: Backend, model: LayersModel, settings: StepSettings): Stepper {
  const {tf} = backend;
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const optimizer = createOptimizer(backend, variables, settings);
  const [, ...input] = model.inputs[0]?.shape ?? [];
  return {
    step: (batch, {step, rate, loss}) =>
      tf.tidy(() => {
        const x = tf.tensor(batch.inputs, [batch.count, ...(input as number[])]);
        const y = tf.tensor(batch.targets, [batch.count, batch.targets.length / batch.count]);
        const {value, grads} = tf.variableGrads(
          () => settings.loss(backend, model.apply(x, {training: true, step}) as Tensor, y).asScalar(),
          variables,
        );
        optimizer.step(
          variables.map((variable) => grads[variable.name]),
          rate,
        );
        return loss.add(value);
      }),
    dispose() {
      optimizer.dispose();
    },
  };
}
