import type {Shape} from '../../search/network.ts';
import type {Task} from '../../search/space.ts';

/** What decides how much can be searched in a few minutes. */
export interface Given {
  readonly task: Task;
  readonly examples: number;
  /** Shape of one encoded input. */
  readonly input: Shape;
  readonly classes: number;
  /** Seconds that reading and encoding the data takes. */
  readonly loadSeconds: number;
  /** Seconds that reading each example that is used takes beside that. */
  readonly pictureSeconds?: number;
}

/** Sizes of a generated search. */
export interface Plan {
  /** Set when there are more examples than can be trained on in time. */
  readonly maxExamples?: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly trials: number;
  readonly trialSeconds: number;
  readonly retrain: number;
  readonly estimatedSeconds: number;
}

/** Two trials at a time; room is left below five minutes for what is not training. */
const places = 2;
const wantedSeconds = 230;
const startSeconds = 5;
const trainShare = 0.6;
const seeds = 2;
const preflights = 2;

/** Rough costs on one CPU core, on the high side. */
const tableStepSeconds = 0.012;
const tableExampleSeconds = 1e-6;
const imageStepSeconds = 0.05;
const imagePixelSeconds = 2.5e-6;

/** Sizes with which a search takes at most five minutes on two cores, as far as can be told beforehand. */
export function planFor(given: Given): Plan {
  const {training, fewestEpochs, mostEpochs} = pace[given.task === 'ImageClassification' ? 'image' : 'table'];
  const {maxExamples, train} = examplesFor(given, training);
  const reading = given.loadSeconds + (given.pictureSeconds ?? 0) * (maxExamples ?? given.examples);
  const overhead = startSeconds + 1.5 * reading;
  const batchSize = batchSizeFor(given.task, train);
  const epoch = epochSeconds(given, train, batchSize);
  const epochs = Math.max(fewestEpochs, Math.min(mostEpochs, Math.floor(training / epoch)));
  const expected = overhead + epochs * epoch;
  const trialSeconds = Math.ceil(Math.max(overhead + training, expected));
  const room = (wantedSeconds * places) / trialSeconds;
  const retrain = room >= 20 ? 2 : 1;
  const trials = Math.max(
    fewestTrials,
    Math.min(mostTrials, Math.floor((room - others(retrain)) / (1 + baselineShare))),
  );
  const work = trials * (1 + baselineShare) + others(retrain);
  return {
    ...(maxExamples === undefined ? {} : {maxExamples}),
    ...{epochs, batchSize, trials, trialSeconds, retrain},
    estimatedSeconds: Math.ceil((work * expected) / places),
  };
}

/** Seconds of training for a trial, and epochs that are worth comparing. */
const pace = {
  image: {training: 16, fewestEpochs: 6, mostEpochs: 12},
  table: {training: 12, fewestEpochs: 8, mostEpochs: 40},
} as const;

export const baselineShare = 0.15;
const fewestTrials = 4;
const mostTrials = 16;

function examplesFor(given: Given, training: number): {readonly maxExamples?: number; readonly train: number} {
  const most = Math.max(fewest(given), affordable(given, training));
  const used = Math.min(given.examples, most);
  return {...(given.examples > most ? {maxExamples: most} : {}), train: used * trainShare};
}

/** Trials beside candidates and baseline: Preflight, retraining of both sides, scoring at a part of the cost. */
const others = (retrain: number): number => preflights / 2 + (retrain + 1) * seeds + 1;

/** Below these a comparison says nothing. */
const fewest = ({classes}: Given): number => Math.max(200, 10 * classes);

/** That a trial may spend on opening pictures. */
const mostReadingSeconds = 8;

/** Examples with which eight epochs of images, or ten of a table, fit into the time. */
function affordable({task, input, pictureSeconds = 0}: Given, seconds: number): number {
  const width = widthOf(input);
  const example =
    task === 'ImageClassification'
      ? imageStepSeconds / 64 + width * imagePixelSeconds
      : tableStepSeconds / 256 + width * tableExampleSeconds;
  const epochs = task === 'ImageClassification' ? 8 : 10;
  // two digits are enough of a guess
  const trained = Number((seconds / epochs / example / trainShare).toPrecision(2));
  return pictureSeconds === 0 ? trained : Math.min(trained, Math.floor(mostReadingSeconds / pictureSeconds));
}

const widthOf = (input: Shape): number => input.reduce((product, side) => product * side, 1);

function epochSeconds({task, input}: Given, train: number, batchSize: number): number {
  const steps = Math.ceil(train / batchSize);
  const width = widthOf(input);
  return task === 'ImageClassification'
    ? steps * imageStepSeconds + train * width * imagePixelSeconds
    : steps * tableStepSeconds + train * width * tableExampleSeconds;
}

/** Images keep the cores busy in small batches; tables get about fifty steps an epoch, in powers of two from 16 to 256. */
const batchSizeFor = (task: Task, train: number): number =>
  task === 'ImageClassification'
    ? train < 640
      ? 32
      : 64
    : 2 ** Math.max(4, Math.min(8, Math.round(Math.log2(Math.max(1, train / 50)))));
