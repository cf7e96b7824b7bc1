import type {Backend, LayersModel, Tensor, Variable} from '../backend.ts';
import {compile, CompileError, type CompiledStep} from '../compile.ts';
import {sizeOf, type Examples} from '../data/raw.ts';
import {joined, predict} from '../evaluation.ts';
import type {Batch} from './batches.ts';
import {trainingProgram, type At, type StepSettings, type TrainingProgram} from './program.ts';

/** Trains a model step by step. The model itself has its new weights after `restore` alone. */
export interface Trainer {
  /** Whether steps run as one graph. */
  readonly compiled: boolean;
  step(batch: Batch, at: At): void;
  /** The sum of the mean losses of all steps so far. */
  loss(): number;
  /** Outputs for all examples with the weights as they are now, [count, outputs] row-major. */
  predict(examples: Examples): Float32Array;
  /** The weights as they are now; tensors of the caller's. */
  snapshot(): Tensor[];
  /** Takes these weights, for training on and for the model. */
  restore(snapshot: readonly Tensor[]): void;
  dispose(): void;
}

export interface TrainerOptions {
  /** Run operations one by one. */
  readonly eager: boolean;
  /** Told why a model that should be compiled is not. */
  readonly log: (message: string) => void;
}

const largestEvaluation = 512;

/** A trainer whose steps are compiled, or eager where that is asked for or nothing else is possible. */
export function createTrainer(
  backend: Backend,
  model: LayersModel,
  settings: StepSettings,
  options: TrainerOptions,
): Trainer {
  const program = trainingProgram(backend, model, settings);
  if (options.eager) return eagerTrainer(backend, model, program);
  try {
    const shapes = {step: program.stepInputs, evaluate: program.evaluationInputs};
    return compiledTrainer(program, compile(backend, program, shapes));
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    options.log(`training runs operation by operation, since its step cannot be compiled: ${error.message}`);
    return eagerTrainer(backend, model, program);
  }
}

function eagerTrainer(backend: Backend, model: LayersModel, program: TrainingProgram): Trainer {
  const {tf} = backend;
  return {
    compiled: false,
    step(batch, at) {
      tf.tidy(() => {
        const feeds = program.feeds(batch, at);
        const inputs = program.stepInputs(batch.count);
        program.step(
          Object.fromEntries(
            Object.entries(inputs).map(([name, {shape, dtype}]) => [
              name,
              tf.tensor(feeds[name as keyof typeof feeds], [...shape], dtype),
            ]),
          ),
        );
      });
    },
    loss: () => program.loss.dataSync()[0] ?? Number.NaN,
    predict(examples) {
      program.spread();
      return predict(backend, model, examples);
    },
    // A clone shares the memory: assigning to a variable replaces its tensor and writes into none.
    snapshot: () => program.weights.map((variable) => variable.clone() as Tensor),
    restore(snapshot) {
      assignAll(program, snapshot);
    },
    dispose() {
      program.dispose();
    },
  };
}

function compiledTrainer(program: TrainingProgram, compiled: CompiledStep): Trainer {
  return {
    compiled: true,
    step(batch, at) {
      compiled.run(program.feeds(batch, at));
    },
    loss() {
      const [sum] = compiled.read([program.loss]) as [Tensor];
      const value = sum.dataSync()[0] ?? Number.NaN;
      sum.dispose();
      return value;
    },
    predict: (examples) => evaluateAll(compiled, examples),
    snapshot: () => compiled.read(program.weights),
    restore(snapshot) {
      compiled.write(new Map(program.weights.map((variable, index) => [variable, snapshot[index] as Tensor])));
      assignAll(program, snapshot);
    },
    dispose() {
      compiled.dispose();
      program.dispose();
    },
  };
}

function assignAll(program: TrainingProgram, snapshot: readonly Tensor[]): void {
  const into = (variable: Variable, tensor: Tensor | undefined): void => {
    variable.assign(tensor as never);
  };
  for (const [index, variable] of program.weights.entries()) into(variable, snapshot[index]);
  program.spread();
}

function evaluateAll(compiled: CompiledStep, {inputs, count, shape}: Examples): Float32Array {
  const size = sizeOf(shape);
  const parts: Float32Array[] = [];
  for (let start = 0; start < count; start += largestEvaluation) {
    const x = inputs.subarray(start * size, Math.min(count, start + largestEvaluation) * size);
    parts.push(compiled.evaluate({x}));
  }
  return joined(parts);
}
