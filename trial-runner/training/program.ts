import type {Backend, LayersModel, Tensor, Variable} from '../backend.ts';
import type {Inputs, Program} from '../compile.ts';
import type {Batch} from './batches.ts';
import type {Loss} from './loss.ts';
import {createOptimizer, type OptimizerSettings} from './optimizer.ts';
import {plain, regularized, type Regularization} from './regularization.ts';
import type {TrainingSettings} from './settings.ts';

export type StepSettings = OptimizerSettings &
  Partial<Regularization & Pick<TrainingSettings, 'dropPath'>> & {
    readonly loss: Loss;
    /** Keys what is drawn at random, with the number of the step; the layers' own draws have the model's seed. 0 if left out. */
    readonly seed?: number;
  };

/** Where training stands: `step` counts from its start and keys what is drawn at random in the model; `rate` is the learning rate. */
export interface At {
  readonly step: number;
  readonly rate: number;
}

/**
 * Training of a model as a function of its inputs and state, and nothing else: run eagerly, or compiled.
 * Inputs of `step`: x [batch, ...input], y [batch, outputs], step int32 [1], coefficients [optimizer's]. Of `evaluate`: x.
 */
export interface TrainingProgram extends Program {
  /** The part of the state that the model is made of: all weights as one vector, then what is not trained. */
  readonly weights: readonly Variable[];
  /** The sum of the mean losses of all steps so far: not a number once one was not. */
  readonly loss: Variable;
  feeds(batch: Batch, at: At): Readonly<Record<'x' | 'y' | 'coefficients', Float32Array>> & {readonly step: Int32Array};
  readonly stepInputs: (count: number) => Inputs;
  readonly evaluationInputs: (count: number) => Inputs;
  /** Writes the weights of the state into the model. */
  spread(): void;
  dispose(): void;
}

export function trainingProgram(backend: Backend, model: LayersModel, settings: StepSettings): TrainingProgram {
  const {tf} = backend;
  const trainable = model.trainableWeights.map((weight) => weight.read() as Variable);
  const others = model.nonTrainableWeights.map((weight) => weight.read() as Variable);
  const optimizer = createOptimizer(backend, trainable, settings);
  const loss = tf.tidy(() => tf.variable(tf.scalar(0), false));
  const input = shapeOf(model.inputs[0]);
  const outputs = shapeOf(model.outputs[0]);
  const {dropPath = 0, seed = 0} = settings;
  const changes: Regularization = {...plain, ...settings};
  const x = (count: number): Inputs => ({x: {shape: [count, ...input], dtype: 'float32'}});
  return {
    state: [...optimizer.state, ...others, loss],
    scratch: trainable,
    weights: [optimizer.weights, ...others],
    loss,
    step({step, coefficients, ...given}) {
      optimizer.spread();
      const {x, y} = regularized({backend, seed}, {...given, step} as Parameters<typeof regularized>[1], changes);
      const forward = () =>
        settings.loss(backend, model.apply(x, {training: true, step, dropPath}) as Tensor, y).asScalar();
      const {value, grads} = tf.variableGrads(forward, trainable);
      optimizer.update(
        trainable.map((variable) => grads[variable.name]),
        coefficients as Tensor,
      );
      loss.assign(loss.add(value));
      return {};
    },
    evaluate({x: given}) {
      optimizer.spread();
      return {outputs: model.apply(given as Tensor) as Tensor};
    },
    feeds: ({inputs, targets}, {step, rate}) => ({
      x: inputs,
      y: targets,
      step: Int32Array.of(step),
      coefficients: optimizer.coefficients(rate, step),
    }),
    stepInputs: (count) => ({
      ...x(count),
      y: {shape: [count, ...outputs], dtype: 'float32'},
      step: {shape: [1], dtype: 'int32'},
      coefficients: {shape: [optimizer.coefficientCount], dtype: 'float32'},
    }),
    evaluationInputs: x,
    spread: () => {
      optimizer.spread();
    },
    dispose() {
      optimizer.dispose();
      loss.dispose();
    },
  };
}

const shapeOf = (tensor: LayersModel['inputs'][number] | undefined): number[] =>
  (tensor?.shape ?? []).slice(1).map((size) => size ?? 1);
