import {z} from 'zod';
import type {KubernetesObject} from './meta.ts';
import {trialReasons} from './reasons.ts';

/** Why a trial exists. Trials are counted, and named `<search>-<letter><n>`, per purpose. */
export const purposes = ['Preflight', 'Baseline', 'Candidate', 'Final'] as const;
export type Purpose = (typeof purposes)[number];
export const purposeLetters: Readonly<Record<Purpose, string>> = {
  Preflight: 'p',
  Baseline: 'b',
  Candidate: 'c',
  Final: 'f',
};

/** Which part of the budget a trial is charged to. */
export const shares = ['Preflight', 'Baseline', 'Candidates', 'Selection'] as const;
export type Share = (typeof shares)[number];

const json = z.json();
export const values = z.record(z.string().max(64), z.number()).describe('Metrics by name.').meta({maxProperties: 64});

/** A report as it was folded into the strategy: its values are written out, so that a replay needs nothing else. */
const foldedReport = z.strictObject({
  index: z.int().min(1).describe('The proposal that this is about.'),
  kind: z.enum(['rung', 'scored', 'stopped', 'failed']).describe('What became of it.'),
  values,
  epoch: z.int().min(0).describe('The epoch that the values are of.'),
  cost: z.number().min(0).describe('GPU-seconds.'),
  reason: z.string().max(64).optional().describe('Why it failed.'),
});

export const curvePoint = z.strictObject({epoch: z.int().min(0).describe('Epochs trained.'), values});

export const trialSpec = z.strictObject({
  search: z.string().max(40).describe('Name of the search.'),
  purpose: z.enum(purposes).describe('Why the trial exists.'),
  share: z.enum(shares).describe('The part of the budget that it is charged to.'),
  index: z.int().min(1).describe('Number among the trials of its purpose.'),
  architecture: z
    .strictObject({
      family: z.enum(['SearchSpace', 'Baseline']).describe('Where the genotype is from.'),
      type: z.string().max(64).describe('Type of the search space, or of the baseline.'),
      settings: z
        .record(z.string().max(64), json)
        .optional()
        .describe('Settings of the search space.')
        .meta({maxProperties: 64}),
      genotype: json.describe('The architecture as data.'),
    })
    .describe('The candidate: a genotype of the search space, or a baseline network.'),
  canonical: z.string().max(64).describe('Hash of the canonical, isomorphism-aware form.'),
  identity: z
    .string()
    .max(64)
    .describe('Hash of canonical form, training values, epochs and resumeFrom: equal identities are duplicates.'),
  training: z
    .record(z.string().max(64), z.union([z.number(), z.string().max(64), z.boolean()]))
    .describe('Training settings by name.')
    .meta({maxProperties: 64}),
  epochs: z.int().min(0).describe('Epochs to train; 0 for trials that only score.'),
  seed: z.int().min(0).describe('Seed of weights, shuffling and augmentation.'),
  dataFraction: z.number().gt(0).max(1).describe('Part of the training data that is used.'),
  deadlineSeconds: z.int().min(1).describe('activeDeadlineSeconds of its Pods.'),
  resumeFrom: z.string().max(63).optional().describe('The trial whose weights this one continues from.'),
  parent: z.string().max(63).optional().describe('The trial that this one was derived from.'),
  duplicateOf: z.string().max(63).optional().describe('The twin whose result this trial gets, without a Pod.'),
  score: z
    .array(z.string().max(63))
    .max(50)
    .optional()
    .describe("Final trials only: these trials' models are loaded and scored once on the test split."),
  tag: json.optional().describe('Memory of the strategy.'),
  why: z.string().max(512).describe('Where the candidate comes from, in words.'),
  skipped: z.int().min(0).describe('Duplicates and infeasible draws passed over.'),
  after: z.array(foldedReport).max(2000).describe('The reports folded since the previous trial of this purpose.'),
});
export type TrialSpecification = z.output<typeof trialSpec>;

export const attempt = z.strictObject({
  pod: z.string().max(63).describe('Name of the Pod.'),
  uid: z.string().max(64).describe('UID of the Pod.'),
  reason: z.enum(trialReasons).describe('How the attempt ended.'),
  message: z.string().max(512).describe('What happened, in words.'),
  startedAt: z.string().max(32).optional().describe('When its Pod was started.'),
  finishedAt: z.string().max(32).describe('When its last container ended.'),
  waited: z
    .strictObject({
      admission: z
        .number()
        .min(0)
        .optional()
        .describe('For budget, since the trial was made or its last attempt ended.'),
      scheduling: z.number().min(0).optional().describe('Then for a node.'),
      starting: z.number().min(0).optional().describe('Then for its container to run.'),
    })
    .optional()
    .describe('Seconds that it waited, as far as they are known.'),
  gpuMilliseconds: z.int().min(0).describe('GPU time charged.'),
  microDollars: z.int().min(0).describe('Cost charged.'),
  wasted: z.boolean().describe('True when it brought no result.'),
});
export type Attempt = z.output<typeof attempt>;

const trialPhases = ['Pending', 'Running', 'Succeeded', 'Stopped', 'Failed'] as const;
export const trialStatus = z.strictObject({
  phase: z.enum(trialPhases).describe('Where the trial is.'),
  stop: z
    .strictObject({
      why: z.string().max(512).describe('Why, in words.'),
      at: z.string().max(32).describe('When it was decided.'),
    })
    .optional()
    .describe('A decision to stop; it is written here before it is sent.'),
  reason: z.enum(trialReasons).optional().describe('How the trial ended.'),
  message: z.string().max(512).optional().describe('What happened, in words.'),
  values: values.optional().describe('Validation metrics of the best epoch, and parameters, flops and latency.'),
  perModel: z
    .array(values)
    .max(50)
    .optional()
    .describe('Scoring trials: test metrics of each scored model, in the order of spec.score.'),
  epoch: z.int().min(0).optional().describe('The epoch of the best weights.'),
  epochs: z.int().min(0).optional().describe('Epochs trained.'),
  curve: z.array(curvePoint).max(20).optional().describe('Validation metrics by epoch, thinned out.'),
  data: z
    .strictObject({
      input: z.array(z.int()).max(4).describe('Sizes of one example.'),
      outputs: z.int().describe('Classes, or 1 for regression.'),
      examples: z.int().describe('Training examples.'),
    })
    .optional()
    .describe('Shape of the data.'),
  timing: z
    .strictObject({
      startSeconds: z.number().describe('Seconds before the first epoch.'),
      epochSeconds: z.number().describe('Seconds of an epoch.'),
    })
    .optional()
    .describe('How long things took.'),
  device: z.string().max(64).optional().describe('What it ran on.'),
  attempts: z.array(attempt).max(64).optional().describe('Pods that were tried, the last one last.'),
  finishedAt: z.string().max(32).optional().describe('When it ended.'),
});
export type TrialStatus = z.output<typeof trialStatus>;

/** One candidate and its attempts. `spec` is written once and is the log entry of the search. */
export interface Trial extends KubernetesObject {
  readonly kind: 'Trial';
  readonly spec: TrialSpecification;
  readonly status?: TrialStatus;
}

export const isFinished = (trial: Trial): boolean =>
  trial.status?.phase === 'Succeeded' || trial.status?.phase === 'Stopped' || trial.status?.phase === 'Failed';
