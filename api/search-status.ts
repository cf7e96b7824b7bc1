import {z} from 'zod';
import {condition} from './meta.ts';
import {values} from './trial.ts';

const best = z.strictObject({
  trial: z.string().max(63),
  values,
  description: z.string().max(512).optional(),
});
const interval = z.tuple([z.number(), z.number()]);
const scored = z.strictObject({
  trial: z.string().max(63).describe('The retrained trial whose model is kept.'),
  from: z.string().max(63).describe('The candidate or baseline trial that was retrained.'),
  validation: values.describe('Mean over seeds.'),
  test: values.describe('Mean over seeds, scored once.'),
});

export const searchStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  phase: z.enum(['Pending', 'Preflight', 'Running', 'Selecting', 'Suspended', 'Succeeded', 'Failed']).optional(),
  conditions: z.array(condition).max(32).optional(),
  startedAt: z.string().max(32).optional(),
  finishedAt: z.string().max(32).optional(),
  frozen: z
    .strictObject({
      strategy: z.looseObject({type: z.string().max(64)}),
      strategyVersion: z.int(),
      trialDurationSeconds: z.int().optional().describe('Set by Preflight when the spec leaves it out.'),
      data: z.strictObject({input: z.array(z.int()).max(4), outputs: z.int()}).optional(),
    })
    .optional()
    .describe(
      'What the search was accepted with; it never changes for the life of the search, only data and trialDuration are added by Preflight.',
    ),
  preflight: z
    .strictObject({
      secondsPerTrial: z.number().describe('Expected seconds of one trial of maxEpochs on all data.'),
      estimatedSeconds: z.number(),
      estimatedGpuHours: z.number(),
      estimatedCost: z.string().max(32).optional(),
    })
    .optional(),
  trials: z
    .strictObject({
      total: z.int(),
      running: z.int(),
      succeeded: z.int(),
      failed: z.int(),
      stopped: z.int(),
      duplicates: z.int(),
      skippedDuplicates: z.int(),
    })
    .optional(),
  best: best.optional(),
  baseline: best.optional(),
  front: z.array(best).max(20).optional(),
  usage: z
    .strictObject({
      gpuMilliseconds: z.int(),
      reservedGpuMilliseconds: z.int(),
      wastedGpuMilliseconds: z.int(),
      microDollars: z.int(),
    })
    .optional(),
  comparison: z
    .strictObject({
      winner: scored,
      baseline: scored.optional(),
      difference: z
        .strictObject({
          metric: z.string().max(64),
          value: z.number().describe('Winner minus baseline on the test split.'),
          interval: interval.describe('95% paired bootstrap over test examples and seeds.'),
          conclusion: z.enum(['WinnerBetter', 'BaselineBetter', 'NoDifference']),
        })
        .optional(),
    })
    .optional(),
});
export type SearchStatus = z.output<typeof searchStatus>;
