import {z} from 'zod';
import {tasks} from '../search/space.ts';
import {dataset} from './dataset.ts';
import {objectives} from './metrics.ts';
import {trialReasons} from './reasons.ts';
import {curvePoint, trialSpec, values} from './trial.ts';

/**
 * The trial protocol, version 1: any container can be a trial. The runner gets a `TrialAssignment` (JSON in the file named by
 * `ARCHSEARCH_TRIAL`), reports an `epoch` message per epoch and one `result`, obeys `stop`, and rewrites a `TerminationRecord` at every
 * epoch to the file named by `ARCHSEARCH_TERMINATION_LOG`.
 */
export const protocolVersion = 1;

export const trialAssignment = z.strictObject({
  version: z.literal(protocolVersion),
  search: z.strictObject({name: z.string(), namespace: z.string(), uid: z.string()}),
  trial: z.strictObject({name: z.string(), uid: z.string()}),
  pod: z.strictObject({name: z.string()}),
  // Not by way of the search's schema, which knows all strategies: every trial would load them when it starts.
  task: z.enum(tasks),
  dataset,
  objectives,
  spec: trialSpec.pick({
    purpose: true,
    architecture: true,
    training: true,
    epochs: true,
    seed: true,
    dataFraction: true,
    deadlineSeconds: true,
    resumeFrom: true,
    score: true,
  }),
  /** The trial whose weights this one begins with, as far as they are there and fit, and the genotype that they are of. */
  inherit: z.strictObject({trial: z.string(), genotype: z.json()}).optional(),
  /** Keep the best weights for trials that may inherit them; those of Final trials are kept anyway. */
  keepModel: z.boolean().optional(),
  threads: z.int().min(1),
  /** Name → UID of the trials that `resumeFrom`, `inherit` and `score` name: blobs over NATS are kept by UID. */
  trials: z.record(z.string(), z.string()).optional(),
});
export type TrialAssignment = z.output<typeof trialAssignment>;

/** Runner → operator. Hints only: they may be lost, doubled, late or forged. */
export const trialMessage = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('event'),
    step: z.int(),
    event: z.enum(['Started', 'DataLoaded', 'ModelBuilt']),
    message: z.string().max(512),
  }),
  z.strictObject({kind: z.literal('epoch'), step: z.int(), point: curvePoint}),
  z.strictObject({kind: z.literal('result'), step: z.int()}),
]);
export type TrialMessage = z.output<typeof trialMessage>;

/** Operator → runner. */
export const controlMessage = z.strictObject({kind: z.literal('stop'), why: z.string().max(512)});
export type ControlMessage = z.output<typeof controlMessage>;

/** Size of the termination record on disk: one padded write, so that no kill leaves half a record. */
export const terminationBytes = 2048;

/** The container's termination message: what the operator believes, whatever became of the messages. */
export const terminationRecord = z.strictObject({
  version: z.literal(protocolVersion),
  /** Running: killed before it could finish; the best so far stands. */
  state: z.enum(['Running', 'Succeeded', 'Stopped', 'Failed']),
  reason: z.enum(trialReasons).optional(),
  message: z.string().max(512).optional(),
  values: values.optional(),
  perModel: z.array(values).max(50).optional(),
  epoch: z.int().min(0).optional(),
  epochs: z.int().min(0).optional(),
  curve: z.array(curvePoint).max(20).optional(),
  data: z.strictObject({input: z.array(z.int()).max(4), outputs: z.int(), examples: z.int()}).optional(),
  timing: z.strictObject({startSeconds: z.number(), epochSeconds: z.number()}).optional(),
  device: z.string().max(64).optional(),
});
export type TerminationRecord = z.output<typeof terminationRecord>;

/** Reads a termination message; undefined when it is not one of ours. */
export function parseTermination(message: string | undefined): TerminationRecord | undefined {
  if (message === undefined) return undefined;
  try {
    return terminationRecord.parse(JSON.parse(message));
  } catch {
    return undefined;
  }
}

/** Environment of a trial's container. */
export const environment = {
  trial: 'ARCHSEARCH_TRIAL',
  terminationLog: 'ARCHSEARCH_TERMINATION_LOG',
  /** Directory with one folder per trial for checkpoints, models and predictions; without it they go over NATS. */
  blobs: 'ARCHSEARCH_BLOBS',
  /** JSON object: claim → directory where the volume is mounted. */
  mounts: 'ARCHSEARCH_MOUNTS',
  /** Address of NATS, `nats://host:port`; several are separated by commas. Without it the runner reports to its parent process. */
  nats: 'ARCHSEARCH_NATS',
  /** File with the token that NATS is told whose connection it is by; read at each connection, since it is renewed. Left out where NATS asks nobody. */
  natsToken: 'ARCHSEARCH_NATS_TOKEN',
  /** Certificate of the authority that has signed the server's, in PEM; with it NATS is reached by TLS alone. */
  natsCa: 'ARCHSEARCH_NATS_CA',
  /** UID of the runner's own Pod (downward API); messages over NATS name it. */
  podUid: 'ARCHSEARCH_POD_UID',
  /** `1`: train operation by operation instead of by a compiled step; slower, the reference. */
  eager: 'ARCHSEARCH_EAGER',
} as const;

/** Names of the blobs that a trial writes under `<blobs>/<trial>/`. */
export const blobs = {
  /** Folder with model.json and weights.bin as `tf.loadLayersModel` reads them: the best epoch's weights. */
  model: 'model',
  /** Folder with saved_model.pb: the same from raw inputs to answers, for TensorFlow in any language. */
  savedModel: 'saved_model',
  /** JSON: how raw inputs become the model's inputs, and class names. */
  preprocessing: 'preprocessing.json',
  /** JSON array per scored model of per-example scores on the test split (1/0 for accuracy, squared error for regression). */
  testScores: 'test-scores.json',
} as const;

/** What is written after them, to be deployed; the search itself never reads it. */
export const savedModelFile = `${blobs.savedModel}/saved_model.pb`;

/** The files of a saved model, in the order in which they are written: where the last one is, all are. */
export const modelFiles = [`${blobs.model}/weights.bin`, blobs.preprocessing, `${blobs.model}/model.json`] as const;
