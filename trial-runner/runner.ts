import type {TrialAssignment} from '../api/protocol.ts';
import type {Objective} from '../search/objectives.ts';
import {expandArchitecture} from './architecture.ts';
import type {Backend, LayersModel} from './backend.ts';
import type {BlobStore} from './blobs.ts';
import {decoderOf} from './data/decoder.ts';
import {load, type DataRequest, type Loaded} from './data/load.ts';
import type {Mounts} from './data/mounts.ts';
import {latencyMilliseconds} from './evaluation.ts';
import {TrialFailure} from './failure.ts';
import {inherit, type Child} from './inheritance.ts';
import type {Interruptions} from './interruption.ts';
import {buildModel} from './model.ts';
import type {RecordKeeper} from './record.ts';
import type {Reporter} from './report.ts';
import {scoreModels} from './scoring.ts';
import {train, type Trained} from './training.ts';
import {parseSettings} from './training/settings.ts';

/** What a trial runs with; made in `main.ts`. */
export interface Surroundings {
  readonly backend: Backend;
  readonly mounts: Mounts;
  readonly blobs: BlobStore;
  readonly record: RecordKeeper;
  readonly reporter: Reporter;
  readonly interruptions: Interruptions;
  /** Seconds since the process started. */
  readonly uptime: () => number;
  /** Train operation by operation instead of by a compiled step. */
  readonly eager: boolean;
  /** One line for the trial's log. */
  readonly log: (message: string) => void;
}

/** Runs a trial to its end; what it leaves in the record is the result. */
export async function runTrial(assignment: TrialAssignment, surroundings: Surroundings): Promise<void> {
  const {backend, record, reporter} = surroundings;
  record.update({device: backend.device});
  reporter.event('Started', `${assignment.trial.name} on ${backend.device}`);
  if (assignment.spec.score === undefined) await runTraining(assignment, surroundings);
  else await runScoring(assignment, assignment.spec.score, surroundings);
}

const requestOf = ({dataset, task, spec}: TrialAssignment): DataRequest => ({
  dataset,
  task,
  dataFraction: spec.dataFraction,
});

/** zod says `limit: undefined` where the search core says that it is absent. */
const objectivesOf = (assignment: TrialAssignment): Objective[] =>
  assignment.objectives.map(({metric, goal, limit}) => ({metric, goal, ...(limit === undefined ? {} : {limit})}));

async function runScoring(
  assignment: TrialAssignment,
  trials: readonly string[],
  {backend, blobs, mounts, record}: Surroundings,
): Promise<void> {
  if (assignment.spec.purpose !== 'Final')
    throw new TrialFailure(
      'RunnerError',
      `spec.score is for Final trials alone, found purpose ${assignment.spec.purpose}: the test split is scored once`,
    );
  if (trials.length === 0) throw new TrialFailure('RunnerError', 'spec.score names no trial');
  const {models, values, examples} = await scoreModels({
    backend,
    blobs,
    mounts,
    request: requestOf(assignment),
    trials,
  });
  const scored = `scored ${String(trials.length)} model${trials.length === 1 ? '' : 's'} on ${String(examples)} test examples`;
  const lost = await blobs.writeTestScores(
    assignment.trial.name,
    models.map(({perExample}) => perExample),
  );
  record.finish({
    state: 'Succeeded',
    reason: 'Completed',
    message: sentence(scored, lost),
    values,
    perModel: models.map((model) => model.values),
    epoch: 0,
    epochs: 0,
  });
}

async function runTraining(assignment: TrialAssignment, surroundings: Surroundings): Promise<void> {
  const {spec, trial} = assignment;
  const objectives = objectivesOf(assignment);
  const {backend, blobs, mounts, record, reporter, interruptions, eager} = surroundings;
  const settings = parseSettings(spec.training);
  const data = load(requestOf(assignment), mounts, decoderOf(backend));
  const {shape} = data;
  record.update({data: {input: [...shape.input], outputs: shape.outputs, examples: data.train.count}});
  reporter.event(
    'DataLoaded',
    `${String(data.train.count)} training and ${String(data.validation.count)} validation examples`,
  );
  const {network, values} = expandArchitecture(spec.architecture, {data: shape, task: assignment.task, objectives});
  const model = buildModel(backend, network, spec.seed);
  if (spec.resumeFrom !== undefined) await resume(model, spec.resumeFrom, blobs);
  const origin = await beginning(assignment, {model, network, data: shape}, surroundings);
  const precision = objectives.some(({metric}) => metric === 'latencyMilliseconds') ? 'precise' : 'rough';
  const latency = latencyMilliseconds(backend, model, {shape: shape.input, precision});
  record.measured({...values, latencyMilliseconds: latency});
  reporter.event('ModelBuilt', `${String(values['parameters'])} parameters, ${String(values['flops'])} multiply-adds`);
  interruptions.reserve(savingSeconds(values['parameters'] ?? 0));
  const run = {backend, model, data, settings, epochs: spec.epochs, seed: spec.seed, objectives, eager};
  const trained = await train(run, observerOf(surroundings));
  const deploy = spec.purpose === 'Final';
  const save = deploy || assignment.keepModel === true;
  await finish(trained, {model, data, trial: trial.name, save, deploy, origin}, {blobs, record});
}

/** Takes over the parent's weights, where there is a parent; what came of it goes into the log, and is told. */
async function beginning(
  {inherit: from, spec: {architecture, seed}}: TrialAssignment,
  built: Pick<Child, 'model' | 'network' | 'data'>,
  {backend, blobs, log}: Surroundings,
): Promise<string | undefined> {
  if (from === undefined) return undefined;
  const words = await inherit({backend, blobs}, from, {...built, architecture, seed});
  log(words);
  return words;
}

/** Writing the model, guessed low on the disk's side: 20 MB a second. */
const savingSeconds = (parameters: number): number => (parameters * 4) / 20e6;

function observerOf({record, reporter, interruptions, uptime, log}: Surroundings): Parameters<typeof train>[1] {
  return {
    interruption: () => interruptions.current(),
    note: log,
    firstStep: () => {
      record.started(uptime());
    },
    epoch: (result, isBest) => {
      interruptions.reserve(result.seconds);
      record.epoch(result, isBest);
      reporter.epoch({epoch: result.epoch, values: result.values});
    },
  };
}

interface Outcome {
  readonly model: LayersModel;
  readonly data: Loaded;
  readonly trial: string;
  readonly save: boolean;
  /** Write it for others too. */
  readonly deploy: boolean;
  /** Whose weights it began with, where that is to be told. */
  readonly origin: string | undefined;
}

async function finish(
  {best, interruption}: Trained,
  {model, data, trial, save, deploy, origin}: Outcome,
  {blobs, record}: {blobs: BlobStore; record: RecordKeeper},
): Promise<void> {
  if (best === undefined)
    throw interruption === undefined
      ? new TrialFailure('RunnerError', 'training ended without an epoch')
      : new TrialFailure(interruption.reason, `${interruption.why}, before the first epoch was complete`);
  const lost = save ? await blobs.writeModel(trial, model, data.preprocessing) : undefined;
  // What has no room for the model has none for its export.
  const exports = deploy && lost === undefined;
  const unexported = exports ? await blobs.exportModel(trial, model, data.preprocessing) : undefined;
  const message = sentence(interruption?.why, origin, lost, unexported);
  record.finish({
    ...(interruption === undefined
      ? {state: 'Succeeded', reason: 'Completed'}
      : {state: 'Stopped', reason: interruption.reason}),
    ...(message === undefined ? {} : {message}),
  });
}

/** What is known, joined; a record's message holds 512 characters. */
function sentence(...parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.join('; ').slice(0, 512);
}

async function resume(model: LayersModel, from: string, blobs: BlobStore): Promise<void> {
  const {model: parent} = await blobs.readModel(from);
  const shapes = (one: LayersModel): string =>
    one
      .getWeights()
      .map(({shape}) => `[${String(shape)}]`)
      .join(' ');
  if (shapes(model) !== shapes(parent))
    throw new TrialFailure(
      'WrongShape',
      `the weights of ${from} do not fit this architecture; resume from the same one`,
    );
  model.setWeights(parent.getWeights());
  parent.dispose();
}
