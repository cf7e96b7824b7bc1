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
export const foldedReport = z.strictObject({
  index: z.int().min(1),
  kind: z.enum(['rung', 'scored', 'stopped', 'failed']),
  values,
  epoch: z.int().min(0),
  cost: z.number().min(0).describe('GPU-seconds.'),
  reason: z.string().max(64).optional(),
});

export const curvePoint = z.strictObject({epoch: z.int().min(0), values});

export const trialSpec = z.strictObject({
  search: z.string().max(40),
  purpose: z.enum(purposes),
  share: z.enum(shares),
  index: z.int().min(1),
  architecture: z
    .strictObject({
      family: z.enum(['SearchSpace', 'Baseline']),
      type: z.string().max(64),
      settings: z.record(z.string().max(64), json).optional().meta({maxProperties: 64}),
      genotype: json,
    })
    .describe('The candidate: a genotype of the search space, or a baseline network.'),
  canonical: z.string().max(64).describe('Hash of the canonical, isomorphism-aware form.'),
  identity: z
    .string()
    .max(64)
    .describe('Hash of canonical form, training values, epochs and resumeFrom: equal identities are duplicates.'),
  training: z
    .record(z.string().max(64), z.union([z.number(), z.string().max(64), z.boolean()]))
    .meta({maxProperties: 64}),
  epochs: z.int().min(0),
  seed: z.int().min(0),
  dataFraction: z.number().gt(0).max(1),
  deadlineSeconds: z.int().min(1),
  resumeFrom: z.string().max(63).optional(),
  parent: z.string().max(63).optional(),
  duplicateOf: z.string().max(63).optional().describe('The twin whose result this trial gets, without a Pod.'),
  score: z
    .array(z.string().max(63))
    .max(50)
    .optional()
    .describe("Final trials only: these trials' models are loaded and scored once on the test split."),
  tag: json.optional(),
  why: z.string().max(512),
  skipped: z.int().min(0),
  after: z.array(foldedReport).max(2000).describe('The reports folded since the previous trial of this purpose.'),
});
export type TrialSpecification = z.output<typeof trialSpec>;

export const attempt = z.strictObject({
  pod: z.string().max(63),
  uid: z.string().max(64),
  reason: z.enum(trialReasons),
  message: z.string().max(512),
  startedAt: z.string().max(32).optional(),
  finishedAt: z.string().max(32),
  gpuMilliseconds: z.int().min(0),
  microDollars: z.int().min(0),
  wasted: z.boolean(),
});
export type Attempt = z.output<typeof attempt>;

export const trialPhases = ['Pending', 'Running', 'Succeeded', 'Stopped', 'Failed'] as const;
export const trialStatus = z.strictObject({
  phase: z.enum(trialPhases),
  stop: z
    .strictObject({why: z.string().max(512), at: z.string().max(32)})
    .optional()
    .describe('A decision to stop; it is written here before it is sent.'),
  reason: z.enum(trialReasons).optional(),
  message: z.string().max(512).optional(),
  values: values.optional().describe('Validation metrics of the best epoch, and parameters, flops and latency.'),
  perModel: z
    .array(values)
    .max(50)
    .optional()
    .describe('Scoring trials: test metrics of each scored model, in the order of spec.score.'),
  epoch: z.int().min(0).optional().describe('The epoch of the best weights.'),
  epochs: z.int().min(0).optional().describe('Epochs trained.'),
  curve: z.array(curvePoint).max(20).optional(),
  data: z.strictObject({input: z.array(z.int()).max(4), outputs: z.int(), examples: z.int()}).optional(),
  timing: z.strictObject({startSeconds: z.number(), epochSeconds: z.number()}).optional(),
  device: z.string().max(64).optional(),
  attempts: z.array(attempt).max(64).optional(),
  finishedAt: z.string().max(32).optional(),
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
