import {z} from 'zod';
import {baselines} from '../search/baselines/index.ts';
import {earlyStoppingRules} from '../search/early-stopping/index.ts';
import type {Task} from '../search/space.ts';
import {tasks} from '../search/space.ts';
import {spaces} from '../search/spaces/index.ts';
import {strategies} from '../search/strategies/index.ts';
import {dataset, datasetRules} from './dataset.ts';
import type {KubernetesObject} from './meta.ts';
import {metricRules, objectives} from './metrics.ts';
import {durationPattern, moneyPattern} from './quantities.ts';
import {celList, celRule, rulesKey} from './rule.ts';
import type {CelRule} from './rule.ts';
import type {SearchStatus} from './search-status.ts';
import {training, trainingRules} from './training.ts';
import {unionOf} from './union.ts';

export {searchStatus} from './search-status.ts';
export type {SearchStatus} from './search-status.ts';

/** Trials are named `<search>-<letter><n>`, Pods after trial and attempt, and all must fit into 63 characters. */
export const longestSearchName = 40;

const duration = z.string().min(2).max(16).regex(durationPattern);
const money = z.string().min(1).max(16).regex(moneyPattern);
const share = z.number().gt(0).lt(1);

const limits = z
  .strictObject({
    trials: z
      .int()
      .min(1)
      .max(100000)
      .optional()
      .describe('Candidates in all; preflight, baseline and selection not counted.'),
    parallelTrials: z.int().min(1).max(1000).default(1).describe('Pods at once, of every purpose.'),
    failedTrials: z.int().min(1).max(100000).default(10).describe('Failed candidates after which the search gives up.'),
    gpuHours: z
      .number()
      .gt(0)
      .max(10000000)
      .optional()
      .describe('GPU-hours of everything: preflight, baseline, candidates, selection, waste.'),
    cost: money
      .optional()
      .describe('Money for everything, as a quoted decimal such as "130"; needs template.pricePerGpuHour.'),
    duration: duration
      .optional()
      .describe('Wall-clock time from the first trial on, such as 12h, after which nothing new starts.'),
    target: z.number().optional().describe('Stop when the first objective reaches this.'),
  })
  .describe('Where the search ends. May be edited while it runs.')
  .meta({
    [rulesKey]: [
      celRule({
        rule: 'has(self.trials) || has(self.gpuHours) || has(self.cost) || has(self.duration)',
        wrong: 'a search needs an end',
        remedy: 'give at least one of limits.trials, limits.gpuHours, limits.cost, limits.duration',
        reason: 'FieldValueRequired',
      }),
      celRule({
        rule: '!has(self.cost) || double(self.cost) > 0.0',
        wrong: 'nothing can be bought for this',
        remedy: 'give limits.cost above 0, or remove it',
        fieldPath: '.cost',
      }),
    ],
  });

const preflight = z
  .strictObject({
    mode: z.enum(['Enabled', 'Disabled']).default('Enabled').describe('Disabled needs estimation.trialDuration.'),
    trials: z.int().min(1).max(16).default(2).describe('How many architectures are tried.'),
    dataFraction: z.number().gt(0).max(1).default(0.1).describe('Part of the training data that they see.'),
    gpuHours: z.number().gt(0).max(1000).default(0.5).describe('What Preflight may spend of the limits.'),
  })
  .prefault({})
  .describe('A small search first: it finds broken data and ranges, and estimates time and cost.');

const estimation = z
  .strictObject({
    maxEpochs: z.int().min(1).max(100000).describe('Epochs of a full training.'),
    trialDuration: duration
      .optional()
      .describe(
        'Deadline of a trial of maxEpochs, such as 90s, 10m or 1h30m; left out, Preflight sets it from what it measures.',
      ),
    earlyStopping: z
      .array(unionOf(earlyStoppingRules, 'early-stopping rule'))
      .max(8)
      .default([])
      .describe('Rules that end a hopeless trial; the first that says stop wins.'),
  })
  .describe('How long a candidate is trained.');

const baseline = z
  .strictObject({
    type: z.enum(baselines.map((row) => row.type) as [string, ...string[]]).describe('Which network.'),
    share: share
      .default(0.1)
      .describe('Part of gpuHours or cost that is kept back for tuning, retraining and scoring it.'),
  })
  .describe(
    'A standard network, tuned under the same rules with this share of the budget; results are told against it.',
  );

const selection = z
  .strictObject({
    retrain: z.int().min(1).max(50).default(3).describe('Candidates that are trained again.'),
    epochs: z.int().min(1).max(100000).optional().describe('Epochs of the retraining; maxEpochs if left out.'),
    seeds: z.int().min(1).max(20).default(3).describe('How often each is trained, from different seeds.'),
    share: share.default(0.2).describe('Part of gpuHours or cost that is kept back for retraining and scoring.'),
  })
  .describe(
    'The best candidates are trained again with several seeds; the best by mean validation is scored once on the test split.',
  );

const template = z
  .strictObject({
    gpus: z.int().min(1).max(64).default(1).describe('GPUs of one trial. Locally a trial counts as many.'),
    pricePerGpuHour: money
      .optional()
      .describe('Price of one GPU for one hour, as a quoted decimal such as "3.06"; what cost is counted in.'),
    threads: z
      .int()
      .min(1)
      .max(256)
      .default(1)
      .describe('CPU threads of a trial; one thread count gives bit-identical results.'),
    podTemplate: z
      .looseObject({})
      .optional()
      .describe('Pod template of the trials: image, resources, node selectors, tolerations, volumes, queue labels.'),
  })
  .prefault({})
  .describe('What a trial runs on.');

const fitsTask = (task: Task, rows: readonly {readonly type: string; readonly tasks: readonly Task[]}[]) =>
  rows.filter((row) => row.tasks.includes(task)).map((row) => row.type);
const useOneOf = (names: readonly string[], otherwise: string): string =>
  names.length === 0 ? otherwise : `use ${names.join(', ')}`;

const fitRules: readonly CelRule[] = tasks.flatMap((task) => [
  celRule({
    rule: `self.task != '${task}' || self.searchSpace.type in ${celList(fitsTask(task, spaces))}`,
    wrong: `this search space is not for task ${task}`,
    remedy: useOneOf(fitsTask(task, spaces), 'change the task'),
    fieldPath: '.searchSpace.type',
  }),
  celRule({
    rule: `self.task != '${task}' || !has(self.baseline) || self.baseline.type in ${celList(fitsTask(task, baselines))}`,
    wrong: `this baseline is not for task ${task}`,
    remedy: useOneOf(fitsTask(task, baselines), 'remove the baseline'),
    fieldPath: '.baseline.type',
  }),
]);

const budgetRules: readonly CelRule[] = [
  celRule({
    rule: "has(self.estimation.trialDuration) || self.preflight.mode == 'Enabled'",
    wrong: 'without Preflight nobody knows how long a trial may take',
    remedy: 'give estimation.trialDuration, or set preflight.mode to Enabled',
    fieldPath: '.estimation.trialDuration',
    reason: 'FieldValueRequired',
  }),
  celRule({
    rule: '!has(self.limits.cost) || (has(self.template.pricePerGpuHour) && double(self.template.pricePerGpuHour) > 0.0)',
    wrong: 'limits.cost needs the price of a GPU-hour',
    remedy: 'give template.pricePerGpuHour above 0, or limit gpuHours instead',
    fieldPath: '.template.pricePerGpuHour',
    reason: 'FieldValueRequired',
  }),
  celRule({
    rule: '(has(self.baseline) ? self.baseline.share : 0.0) + (has(self.selection) ? self.selection.share : 0.0) < 1.0',
    wrong: 'the shares leave nothing for the candidates',
    remedy: 'choose baseline.share and selection.share with a sum below 1',
    fieldPath: '.selection.share',
  }),
  celRule({
    rule: '!has(self.selection) || !has(self.limits.trials) || self.selection.retrain <= self.limits.trials',
    wrong: 'more candidates are to be retrained than there are',
    remedy: 'lower selection.retrain, or raise limits.trials',
    fieldPath: '.selection.retrain',
  }),
];

const fields = z.strictObject({
  task: z.enum(tasks).describe('What the model is for.'),
  dataset,
  objectives,
  searchSpace: unionOf(spaces, 'search space').describe('Which architectures there are.'),
  training,
  strategy: unionOf(strategies, 'strategy').default({type: 'Portfolio'}).describe('How to search.'),
  estimation,
  limits,
  preflight,
  baseline: baseline.optional(),
  selection: selection.optional(),
  template,
  randomSeed: z.int().min(0).max(2147483647).default(1).describe('Seed of every random choice of the search.'),
  suspend: z
    .boolean()
    .default(false)
    .describe('While true nothing new starts; running trials finish. May be edited while the search runs.'),
});

const editable: readonly string[] = ['limits', 'suspend'];
const immutableRules: readonly CelRule[] = Object.keys(fields.shape)
  .filter((name) => !editable.includes(name))
  .map((name) =>
    celRule({
      rule: `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || self.${name} == oldSelf.${name})`,
      wrong: `spec.${name} cannot change once a search is accepted`,
      remedy: `make a new search; only ${editable.join(' and ')} can be edited`,
      fieldPath: `.${name}`,
      reason: 'FieldValueForbidden',
    }),
  );

export const searchSpec = fields.describe('What to search, and within which limits.').meta({
  [rulesKey]: [...metricRules, ...datasetRules, ...trainingRules, ...fitRules, ...budgetRules, ...immutableRules],
});
export type SearchSpec = z.output<typeof searchSpec>;

export interface ArchitectureSearch extends KubernetesObject {
  readonly kind: 'ArchitectureSearch';
  readonly spec: SearchSpec;
  readonly status?: SearchStatus;
}
