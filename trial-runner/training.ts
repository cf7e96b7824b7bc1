import {setImmediate} from 'node:timers/promises';
import type {Objective, Values} from '../search/objectives.ts';
import type {Backend, LayersModel, Tensor} from './backend.ts';
import type {Loaded} from './data/load.ts';
import {predict} from './evaluation.ts';
import {TrialFailure} from './failure.ts';
import type {Interruption} from './interruption.ts';
import {score} from './metrics.ts';
import {batchCount, batches} from './training/batches.ts';
import {meanSquaredError, softmaxCrossEntropy} from './training/loss.ts';
import {schedules} from './training/schedule.ts';
import type {TrainingSettings} from './training/settings.ts';
import {createStepper, type Stepper} from './training/step.ts';

export interface TrainingRun {
  readonly backend: Backend;
  readonly model: LayersModel;
  readonly data: Loaded;
  readonly settings: TrainingSettings;
  readonly epochs: number;
  readonly seed: number;
  readonly objectives: readonly Objective[];
}

/** Validation metrics after an epoch. */
export interface EpochResult {
  readonly epoch: number;
  readonly values: Values;
  readonly seconds: number;
}

export interface Observer {
  /** Asked before every step and epoch: training ends there when it answers. */
  interruption(): Interruption | undefined;
  firstStep(): void;
  epoch(result: EpochResult, isBest: boolean): void;
}

export interface Trained {
  readonly best: EpochResult | undefined;
  readonly interruption: Interruption | undefined;
}

/**
 * Trains a model in place for a number of epochs and leaves the best epoch's weights in it; without an epoch, the initial weights are
 * measured as epoch 0. Between steps it yields to the event loop, so that messages and signals are seen.
 *
 * @throws TrialFailure `NotANumber` once loss or a metric is not finite.
 */
export async function train(run: TrainingRun, observer: Observer): Promise<Trained> {
  const {backend, model, settings, epochs} = run;
  const classes = run.data.preprocessing.targets.kind === 'classes';
  const stepper = createStepper(backend, model, {...settings, loss: classes ? softmaxCrossEntropy : meanSquaredError});
  const keeper = bestKeeper(backend, model, run.objectives);
  try {
    if (epochs === 0) keep(keeper, observer, {epoch: 0, values: measureEpoch(run, 0), seconds: 0});
    for (let epoch = 1; epoch <= epochs; epoch += 1) {
      const start = performance.now();
      const interruption = await trainEpoch({run, observer}, stepper, epoch);
      if (interruption !== undefined) return {best: keeper.restore(), interruption};
      const values = measureEpoch(run, epoch);
      keep(keeper, observer, {epoch, values, seconds: (performance.now() - start) / 1000});
    }
    return {best: keeper.restore(), interruption: undefined};
  } finally {
    stepper.dispose();
    keeper.dispose();
  }
}

const keep = (keeper: BestKeeper, observer: Observer, result: EpochResult): void => {
  observer.epoch(result, keeper.offer(result));
};

async function trainEpoch(
  {run, observer}: {run: TrainingRun; observer: Observer},
  stepper: Stepper,
  epoch: number,
): Promise<Interruption | undefined> {
  const {data, settings, seed} = run;
  const perEpoch = batchCount(data.train.count, settings.batchSize);
  let step = (epoch - 1) * perEpoch;
  let loss: Tensor = run.backend.tf.scalar(0);
  try {
    for (const batch of batches(data.train, data.shape.outputs, settings, {seed, epoch})) {
      await setImmediate();
      const interruption = observer.interruption();
      if (interruption !== undefined) return interruption;
      if (step === 0) observer.firstStep();
      const rate = settings.learningRate * schedules[settings.schedule](step, perEpoch * run.epochs);
      const sum = stepper.step(batch, {step, rate, loss});
      loss.dispose();
      loss = sum;
      step += 1;
    }
    checkFinite('loss', loss.dataSync()[0] ?? NaN, epoch);
    return undefined;
  } finally {
    loss.dispose();
  }
}

function measureEpoch({backend, model, data}: TrainingRun, epoch: number): Values {
  const outputs = predict(backend, model, data.validation);
  const {values} = score(outputs, data.validation, data.preprocessing.targets);
  for (const [name, value] of Object.entries(values)) checkFinite(name, value, epoch);
  return values;
}

function checkFinite(what: string, value: number, epoch: number): void {
  if (!Number.isFinite(value))
    throw new TrialFailure(
      'NotANumber',
      `${what} is ${String(value)} in epoch ${String(epoch)}; lower training.learningRate, or look for extreme values in the data`,
    );
}

interface BestKeeper {
  /** Whether this epoch is the best so far; its weights are then kept. */
  offer(result: EpochResult): boolean;
  /** Puts the best weights back into the model. */
  restore(): EpochResult | undefined;
  dispose(): void;
}

function bestKeeper({tf}: Backend, model: LayersModel, objectives: readonly Objective[]): BestKeeper {
  let best: EpochResult | undefined;
  let weights: Tensor[] = [];
  return {
    offer(result) {
      if (best !== undefined && !isBetter(result.values, best.values, objectives)) return false;
      tf.dispose(weights);
      // A clone shares the memory: assigning to a variable replaces its tensor and writes into none.
      weights = model.getWeights().map((weight) => weight.clone());
      best = result;
      return true;
    },
    restore() {
      if (best !== undefined) model.setWeights(weights);
      return best;
    },
    dispose() {
      tf.dispose(weights);
    },
  };
}

/** By the first objective that training can move; ties (frequent with accuracy) by cross-entropy or mean squared error. */
export function isBetter(values: Values, than: Values, objectives: readonly Objective[]): boolean {
  const trained = objectives.filter(({metric}) => metric in values);
  const loss: Objective = {metric: 'crossEntropy' in values ? 'crossEntropy' : 'rmse', goal: 'Minimize'};
  for (const {metric, goal} of [...trained.slice(0, 1), loss]) {
    const gain = ((values[metric] ?? 0) - (than[metric] ?? 0)) * (goal === 'Maximize' ? 1 : -1);
    if (gain !== 0) return gain > 0;
  }
  return false;
}
