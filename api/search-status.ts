import {z} from 'zod';
import {condition} from './meta.ts';
import {values} from './trial.ts';

const trialName = z.string().max(63);
const time = z.string().max(32);
const count = z.int().min(0);

const best = z.strictObject({
  trial: trialName.describe('Name of the trial.'),
  values: values.describe('Its validation metrics, and parameters, flops and latency.'),
  description: z.string().max(512).optional().describe('Its architecture in words.'),
});
const scored = z.strictObject({
  trial: trialName.describe('The retrained trial whose model is kept.'),
  from: trialName.describe('The candidate or baseline trial that was retrained.'),
  validation: values.describe('Mean over seeds.'),
  test: values.describe('Mean over seeds, scored once.'),
});

const frozen = z
  .strictObject({
    strategy: z.looseObject({type: z.string().max(64).describe('Which strategy.')}).describe('With all its defaults.'),
    strategyVersion: z.int().describe('Version of the strategy that accepted the search.'),
    podTemplate: z.string().max(64).optional().describe('Hash of the podTemplate that was checked.'),
    trialDurationSeconds: z.int().optional().describe('Set by Preflight when the spec leaves it out.'),
    data: z
      .strictObject({
        input: z.array(z.int()).max(4).describe('Sizes of one example.'),
        outputs: z.int().describe('Classes, or 1 for regression.'),
      })
      .optional()
      .describe('Shape of the data.'),
  })
  .describe(
    'What the search was accepted with; it never changes for the life of the search, only data and trialDuration are added by Preflight.',
  );

const preflight = z
  .strictObject({
    secondsPerTrial: z.number().describe('Expected seconds of one trial of maxEpochs on all data.'),
    estimatedSeconds: z.number().describe('Expected seconds of the whole search.'),
    estimatedGpuHours: z.number().describe('Expected GPU-hours of the whole search.'),
    estimatedCost: z.string().max(32).optional().describe('Expected cost of the whole search.'),
  })
  .describe('What Preflight measured.');

const trials = z
  .strictObject({
    total: count.describe('Candidates asked for.'),
    running: count.describe('Candidates under way.'),
    succeeded: count.describe('Candidates that finished.'),
    failed: count.describe('Candidates that failed.'),
    stopped: count.describe('Candidates that were ended early.'),
    duplicates: count.describe('Candidates that got the result of an equal one, without training.'),
    skippedDuplicates: count.describe('Duplicates that the strategy passed over.'),
  })
  .describe('Counts of candidates.');

const usage = z
  .strictObject({
    gpuMilliseconds: count.describe('GPU time used, in GPU-milliseconds.'),
    reservedGpuMilliseconds: count.describe('GPU time held for running Pods.'),
    wastedGpuMilliseconds: count.describe('The part of the used time that brought no result.'),
    microDollars: count.describe('Cost in millionths of the currency of the prices.'),
  })
  .describe('What the search cost so far.');

const difference = z
  .strictObject({
    metric: z.string().max(64).describe('The first objective.'),
    value: z.number().describe('Winner minus baseline on the test split.'),
    interval: z.tuple([z.number(), z.number()]).describe('95% paired bootstrap over test examples and seeds.'),
    conclusion: z.enum(['WinnerBetter', 'BaselineBetter', 'NoDifference']).describe('What the interval says.'),
  })
  .describe('Winner against baseline.');

export const searchStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation of the spec that this status is about.'),
    updatedAt: time.optional().describe('When this status was written: its counts are as of then.'),
    phase: z
      .enum(['Pending', 'Preflight', 'Running', 'Selecting', 'Suspended', 'Succeeded', 'Failed'])
      .optional()
      .describe('Where the search is.'),
    conditions: z.array(condition).max(32).optional().describe('What holds, and why.'),
    startedAt: time.optional().describe('When the first trial was made.'),
    finishedAt: time.optional().describe('When the search ended.'),
    frozen: frozen.optional(),
    preflight: preflight.optional(),
    trials: trials.optional(),
    best: best.optional().describe('The best candidate so far.'),
    baseline: best.optional().describe('The best tuning of the baseline so far.'),
    front: z.array(best).max(20).optional().describe('Top of the Pareto front.'),
    usage: usage.optional(),
    comparison: z
      .strictObject({
        winner: scored.describe('The best candidate by mean validation, retrained.'),
        baseline: scored.optional().describe('The tuned baseline, retrained in the same way.'),
        difference: difference.optional(),
      })
      .optional()
      .describe('The result, scored once on the test split.'),
    summary: z
      .strictObject({
        best: z.string().max(64).optional().describe('First objective of the best candidate.'),
        againstBaseline: z.string().max(64).optional().describe('Its distance to the baseline.'),
        gpuHours: z.string().max(32).optional().describe('GPU-hours used, of those allowed.'),
        cost: z.string().max(40).optional().describe('Cost so far, of what is allowed.'),
      })
      .optional()
      .describe('The columns of `kubectl get`, as text.'),
  })
  .describe('What became of the search.');
export type SearchStatus = z.output<typeof searchStatus>;
