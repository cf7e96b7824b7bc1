import type {Backend, LayersModel, Tensor, Variable} from '../backend.ts';
import {compile, CompileError, type CompiledStep} from '../compile.ts';
import {sizeOf, type Examples} from '../data/raw.ts';
import {predict} from '../evaluation.ts';
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
  /** Sizes of batches that will come, the remainder of an epoch among them. */
  readonly batches: readonly number[];
  /** Examples that `predict` will be asked about. */
  readonly evaluated: number;
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
  const evaluated = Math.max(1, Math.min(largestEvaluation, options.evaluated));
  try {
    const compiled = compile(backend, program, {
      step: [...new Set(options.batches)].map((count) => program.stepInputs(count)),
      evaluate: [program.evaluationInputs(evaluated)],
    });
    return compiledTrainer(program, compiled, evaluated);
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

function compiledTrainer(program: TrainingProgram, compiled: CompiledStep, evaluated: number): Trainer {
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
    predict: (examples) => evaluateAll(compiled, examples, evaluated),
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

/** The graph takes so many examples at once; the last ones come with zeros behind them, whose outputs are left out. */
function evaluateAll(compiled: CompiledStep, {inputs, count, shape}: Examples, batch: number): Float32Array {
  const size = sizeOf(shape);
  let all = new Float32Array(0);
  for (let start = 0; start < count; start += batch) {
    const here = inputs.subarray(start * size, (start + batch) * size);
    const full = here.length === batch * size ? here : padded(here, batch * size);
    const outputs = compiled.evaluate({x: full});
    const width = outputs.length / batch;
    if (start === 0) all = new Float32Array(count * width);
    all.set(outputs.subarray(0, Math.min(batch, count - start) * width), start * width);
  }
  return all;
}

function padded(values: Float32Array, length: number): Float32Array {
  const result = new Float32Array(length);
  result.set(values);
  return result;
}
