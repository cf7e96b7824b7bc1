import {setImmediate} from 'node:timers/promises';
import type {Objective, Values} from '../search/objectives.ts';
import type {Backend, LayersModel, Tensor} from './backend.ts';
import type {Loaded} from './data/load.ts';
import {TrialFailure} from './failure.ts';
import type {Interruption} from './interruption.ts';
import {score} from './metrics.ts';
import {batchCount} from './training/batches.ts';
import {openFeed, type Feed, type FeedSource} from './training/feed.ts';
import {meanSquaredError, softmaxCrossEntropy} from './training/loss.ts';
import {schedules} from './training/schedule.ts';
import type {TrainingSettings} from './training/settings.ts';
import {createTrainer, type Trainer} from './training/trainer.ts';

export interface TrainingRun {
  readonly backend: Backend;
  readonly model: LayersModel;
  readonly data: Loaded;
  readonly settings: TrainingSettings;
  readonly epochs: number;
  readonly seed: number;
  readonly objectives: readonly Objective[];
  /** Run operations one by one instead of as one graph: the reference, slower. */
  readonly eager: boolean;
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
  /** Something that whoever reads the trial's log should know. */
  note(message: string): void;
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
  const {epochs} = run;
  const trainer = trainerOf(run, observer);
  const feed = openFeed(sourceOf(run));
  const keeper = bestKeeper(run.backend, trainer, run.objectives);
  try {
    if (epochs === 0) keep(keeper, observer, {epoch: 0, values: measureEpoch(run, trainer, 0), seconds: 0});
    for (let epoch = 1; epoch <= epochs; epoch += 1) {
      const start = performance.now();
      const interruption = await trainEpoch({run, observer, feed}, trainer, epoch);
      if (interruption !== undefined) return {best: keeper.restore(), interruption};
      const values = measureEpoch(run, trainer, epoch);
      keep(keeper, observer, {epoch, values, seconds: (performance.now() - start) / 1000});
    }
    return {best: keeper.restore(), interruption: undefined};
  } finally {
    keeper.dispose();
    trainer.dispose();
    await feed.close();
  }
}

const sourceOf = ({data, settings: {batchSize, augmentation}, seed}: TrainingRun): FeedSource => ({
  examples: data.train,
  outputs: data.shape.outputs,
  settings: {batchSize, augmentation},
  seed,
});

function trainerOf({backend, model, data, settings, epochs, seed, eager}: TrainingRun, observer: Observer): Trainer {
  const classes = data.preprocessing.targets.kind === 'classes';
  const loss = classes ? softmaxCrossEntropy : meanSquaredError;
  return createTrainer(
    backend,
    model,
    {...settings, loss, seed},
    {
      // Without a step nothing is won by compiling.
      eager: eager || epochs === 0,
      log: (message) => {
        observer.note(message);
      },
    },
  );
}

const keep = (keeper: BestKeeper, observer: Observer, result: EpochResult): void => {
  observer.epoch(result, keeper.offer(result));
};

async function trainEpoch(
  {run, observer, feed}: {run: TrainingRun; observer: Observer; feed: Feed},
  trainer: Trainer,
  epoch: number,
): Promise<Interruption | undefined> {
  const {data, settings} = run;
  const perEpoch = batchCount(data.train.count, settings.batchSize);
  let step = (epoch - 1) * perEpoch;
  for await (const batch of feed.epoch(epoch)) {
    await setImmediate();
    const interruption = observer.interruption();
    if (interruption !== undefined) return interruption;
    if (step === 0) observer.firstStep();
    const rate = settings.learningRate * schedules[settings.schedule](step, perEpoch * run.epochs);
    trainer.step(batch, {step, rate});
    step += 1;
  }
  checkFinite('loss', trainer.loss(), epoch);
  return undefined;
}

function measureEpoch({data}: TrainingRun, trainer: Trainer, epoch: number): Values {
  const outputs = trainer.predict(data.validation);
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

function bestKeeper({tf}: Backend, trainer: Trainer, objectives: readonly Objective[]): BestKeeper {
  let best: EpochResult | undefined;
  let weights: Tensor[] = [];
  return {
    offer(result) {
      if (best !== undefined && !isBetter(result.values, best.values, objectives)) return false;
      tf.dispose(weights);
      weights = trainer.snapshot();
      best = result;
      return true;
    },
    restore() {
      if (best !== undefined) trainer.restore(weights);
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
