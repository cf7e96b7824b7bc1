import {z} from 'zod';
import {baselines} from '../search/baselines/index.ts';
import {earlyStoppingRules} from '../search/early-stopping/index.ts';
import {tasks} from '../search/space.ts';
import {spaces} from '../search/spaces/index.ts';
import {strategies} from '../search/strategies/index.ts';
import {condition} from './meta.ts';
import type {KubernetesObject} from './meta.ts';
import {durationPattern} from './quantities.ts';
import {unionOf} from './union.ts';

const duration = z.string().max(16).regex(durationPattern).describe('A duration such as 90s, 10m or 1h30m.');
const money = z
  .string()
  .max(16)
  .regex(/^[0-9]+(\.[0-9]{1,6})?$/)
  .describe('An amount of money as a quoted decimal, such as "3.06".');
const share = z.number().gt(0).lt(1);
const exactlyOne = (members: readonly string[]): {rule: string; message: string} => ({
  rule: `[${members.map((member) => `has(self.${member})`).join(', ')}].filter(x, x).size() == 1`,
  message: `exactly one of ${members.join(', ')} must be given`,
});

const volume = z
  .strictObject({
    claim: z
      .string()
      .min(1)
      .max(253)
      .describe('Name of a PersistentVolumeClaim; locally, `run --mount CLAIM=DIRECTORY` stands for it.'),
    path: z.string().min(1).max(1024).describe('Path of the file inside the volume.'),
  })
  .describe('A file on a volume.');

export const builtinDatasets = ['digits', 'breastCancer'] as const;

const dataset = z
  .strictObject({
    builtin: z.enum(builtinDatasets).optional().describe('A data set that ships with archsearch.'),
    csv: z
      .strictObject({
        volume,
        target: z.string().min(1).max(256).describe('The column to predict.'),
        delimiter: z.string().length(1).default(','),
        ignore: z
          .array(z.string().max(256))
          .max(256)
          .default([])
          .describe('Columns that are not features, such as identifiers.'),
      })
      .optional()
      .describe('A table with a header row; numeric columns are standardized, text columns one-hot encoded.'),
    npz: z
      .strictObject({
        volume,
        inputs: z
          .string()
          .min(1)
          .max(128)
          .default('x')
          .describe(
            'Array of the inputs: [examples, features], [examples, height, width] or [examples, height, width, channels].',
          ),
        targets: z.string().min(1).max(128).default('y').describe('Array of the targets: [examples].'),
      })
      .optional()
      .describe('NumPy arrays in one .npz file.'),
    split: z
      .strictObject({validation: share.default(0.2), test: share.default(0.2)})
      .default({validation: 0.2, test: 0.2})
      .describe(
        'Shares of the examples kept for validation and test; stratified for classification. Built-in data has fixed splits.',
      ),
    seed: z.int().min(0).max(2147483647).default(0).describe('Seed of the split.'),
  })
  .meta({'x-kubernetes-validations': [exactlyOne(['builtin', 'csv', 'npz'])]});

const choiceRule = {...exactlyOne(['value', 'choices'])};
const rangeRules = [
  {
    rule: '[has(self.value), has(self.choices), has(self.min) || has(self.max)].filter(x, x).size() == 1',
    message: 'give one of: value; choices; or min and max',
  },
  {rule: 'has(self.min) == has(self.max)', message: 'a range needs both min and max'},
  {rule: '!has(self.min) || !has(self.max) || self.min < self.max', message: 'min must be below max'},
  {
    rule: "!has(self.scale) || self.scale != 'Log' || !has(self.min) || self.min > 0.0",
    message: 'a range with scale: Log needs min above 0',
  },
];
const searchable = (number: z.ZodNumber) =>
  z
    .strictObject({
      value: number.optional().describe('A fixed value.'),
      choices: z.array(number).min(1).max(32).optional().describe('Values to search among.'),
      min: number.optional(),
      max: number.optional(),
      scale: z.enum(['Linear', 'Log']).optional().describe('How a range is searched; Linear if left out.'),
    })
    .meta({'x-kubernetes-validations': rangeRules});
const searchableName = <const T extends readonly [string, ...string[]]>(names: T) =>
  z
    .strictObject({value: z.enum(names).optional(), choices: z.array(z.enum(names)).min(1).max(16).optional()})
    .meta({'x-kubernetes-validations': [choiceRule]});

export const optimizers = ['Sgd', 'Momentum', 'RmsProp', 'Adam', 'AdamW'] as const;
export const schedules = ['Constant', 'Cosine'] as const;
export const augmentations = ['Identity', 'Shift', 'ShiftFlip'] as const;

const training = z
  .strictObject({
    optimizer: searchableName(optimizers).default({value: 'Adam'}),
    learningRate: searchable(z.number().gt(0).max(10)).default({value: 0.003}),
    schedule: searchableName(schedules).default({value: 'Cosine'}),
    weightDecay: searchable(z.number().min(0).max(1)).default({value: 0}),
    batchSize: searchable(z.int().min(1).max(65536)).default({value: 64}),
    labelSmoothing: searchable(z.number().min(0).max(0.5)).default({value: 0}),
    augmentation: searchableName(augmentations).default({value: 'Identity'}),
  })
  .prefault({})
  .describe('How candidates are trained: fixed values, or ranges that are searched together with the architecture.');

export const metrics = [
  'accuracy',
  'balancedAccuracy',
  'crossEntropy',
  'rmse',
  'mae',
  'r2',
  'parameters',
  'flops',
  'latencyMilliseconds',
] as const;
export type MetricName = (typeof metrics)[number];

const objective = z.strictObject({
  metric: z.enum(metrics),
  goal: z.enum(['Maximize', 'Minimize']),
  limit: z
    .number()
    .optional()
    .describe('A hard constraint: at most this when minimizing, at least this when maximizing.'),
});

const limits = z
  .strictObject({
    trials: z.int().min(1).max(100000).optional().describe('Candidates in all.'),
    parallelTrials: z.int().min(1).max(1000).default(1).describe('Pods at once, of every purpose.'),
    failedTrials: z.int().min(1).max(100000).default(10).describe('Failed candidates after which the search gives up.'),
    gpuHours: z
      .number()
      .gt(0)
      .max(10000000)
      .optional()
      .describe('GPU-hours of everything: preflight, baseline, candidates, selection, waste.'),
    cost: money.optional().describe('Money for everything; needs template.pricePerGpuHour.'),
    duration: duration.optional().describe('Wall-clock time from the first trial on, after which nothing new starts.'),
    target: z.number().optional().describe('Stop when the first objective reaches this.'),
  })
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'has(self.trials) || has(self.gpuHours) || has(self.cost) || has(self.duration)',
        message: 'a search needs an end: give at least one of trials, gpuHours, cost, duration',
      },
    ],
  });

const preflight = z
  .strictObject({
    mode: z.enum(['Enabled', 'Disabled']).default('Enabled'),
    trials: z.int().min(1).max(16).default(2),
    dataFraction: z.number().gt(0).max(1).default(0.1),
    gpuHours: z.number().gt(0).max(1000).default(0.5).describe('What Preflight may spend of the limits.'),
  })
  .prefault({})
  .describe('A small search first: it finds broken data and ranges, and estimates time and cost.');

export const searchSpec = z
  .strictObject({
    task: z.enum(tasks),
    dataset,
    objectives: z.array(objective).min(1).max(4).describe('The first ranks; more than one gives a Pareto front.'),
    searchSpace: unionOf(spaces, 'search space'),
    training,
    strategy: unionOf(strategies, 'strategy').default({type: 'RegularizedEvolution'}),
    estimation: z.strictObject({
      maxEpochs: z.int().min(1).max(100000),
      trialDuration: duration
        .optional()
        .describe('Deadline of a trial of maxEpochs; left out, Preflight sets it from what it measures.'),
      earlyStopping: z.array(unionOf(earlyStoppingRules, 'early-stopping rule')).max(8).default([]),
    }),
    limits,
    preflight,
    baseline: z
      .strictObject({
        type: z.enum(baselines.map((row) => row.type) as [string, ...string[]]),
        share: share.default(0.1),
      })
      .optional()
      .describe(
        'A standard network, tuned under the same rules with this share of the budget; results are told against it.',
      ),
    selection: z
      .strictObject({
        retrain: z.int().min(1).max(50).default(3).describe('Candidates that are trained again.'),
        epochs: z.int().min(1).max(100000).optional().describe('Epochs of the retraining; maxEpochs if left out.'),
        seeds: z.int().min(1).max(20).default(3),
        share: share.default(0.2),
      })
      .optional()
      .describe(
        'The best candidates are trained again with several seeds; the best by mean validation is scored once on the test split.',
      ),
    template: z
      .strictObject({
        gpus: z.int().min(1).max(64).default(1),
        pricePerGpuHour: money.optional(),
        threads: z
          .int()
          .min(1)
          .max(256)
          .default(1)
          .describe('CPU threads of a trial; one thread count gives bit-identical results.'),
        podTemplate: z.looseObject({}).meta({'x-kubernetes-preserve-unknown-fields': true}).optional(),
      })
      .prefault({}),
    randomSeed: z.int().min(0).max(2147483647).default(1),
    suspend: z.boolean().default(false),
  })
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "has(self.estimation.trialDuration) || self.preflight.mode == 'Enabled'",
        message: 'estimation.trialDuration must be given when preflight.mode is Disabled',
      },
      {
        rule: '!has(self.limits.cost) || has(self.template.pricePerGpuHour)',
        message: 'limits.cost needs template.pricePerGpuHour',
      },
      {
        rule: '(has(self.baseline) ? self.baseline.share : 0.0) + (has(self.selection) ? self.selection.share : 0.0) < 1.0',
        message:
          'baseline.share and selection.share must leave something for the candidates: their sum must be below 1',
      },
    ],
  });
export type SearchSpec = z.output<typeof searchSpec>;

const values = z.record(z.string().max(64), z.number());
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

export interface ArchitectureSearch extends KubernetesObject {
  readonly kind: 'ArchitectureSearch';
  readonly spec: SearchSpec;
  readonly status?: SearchStatus;
}
