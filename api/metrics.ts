import {z} from 'zod';
import type {Task} from '../search/space.ts';
import {tasks} from '../search/space.ts';
import {celList, celRule, rulesKey} from './rule.ts';
import type {CelRule} from './rule.ts';

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
export type Goal = 'Maximize' | 'Minimize';

interface MetricRow {
  readonly goal: Goal;
  readonly tasks: readonly Task[];
  /** Quality is measured on examples and can rank candidates; a cost is known of the network alone. */
  readonly measures: 'quality' | 'cost';
  /** No model reaches less, or more. */
  readonly min: number;
  readonly max: number;
}

const classification: readonly Task[] = ['ImageClassification', 'TabularClassification'];
const regression: readonly Task[] = ['TabularRegression'];
const fraction: MetricRow = {goal: 'Maximize', tasks: classification, measures: 'quality', min: 0, max: 1};
const loss = {goal: 'Minimize', measures: 'quality', min: 0, max: Infinity} as const;
const cost: MetricRow = {goal: 'Minimize', tasks, measures: 'cost', min: 0, max: Infinity};

/** Which way a metric is better, the tasks that have it, and the values that it can take. */
const metricTable: Readonly<Record<MetricName, MetricRow>> = {
  accuracy: fraction,
  balancedAccuracy: fraction,
  crossEntropy: {...loss, tasks: classification},
  rmse: {...loss, tasks: regression},
  mae: {...loss, tasks: regression},
  r2: {goal: 'Maximize', tasks: regression, measures: 'quality', min: -Infinity, max: 1},
  parameters: cost,
  flops: cost,
  latencyMilliseconds: cost,
};

const namesWhere = (holds: (row: MetricRow) => boolean): MetricName[] =>
  metrics.filter((metric) => holds(metricTable[metric]));
const maximized = namesWhere((row) => row.goal === 'Maximize');
const atMostOne = namesWhere((row) => row.max === 1);
const neverNegative = namesWhere((row) => row.min === 0);
const qualities = namesWhere((row) => row.measures === 'quality');

const objective = z
  .strictObject({
    metric: z
      .enum(metrics)
      .describe('What is measured: a quality on the validation split, or what the network costs to run.'),
    goal: z.enum(['Maximize', 'Minimize']).describe('Which way is better.'),
    limit: z
      .number()
      .optional()
      .describe('A hard constraint: at most this when minimizing, at least this when maximizing.'),
  })
  .meta({
    [rulesKey]: [
      celRule({
        rule: `self.goal == (self.metric in ${celList(maximized)} ? 'Maximize' : 'Minimize')`,
        wrong: 'this goal asks for the worst model by its metric',
        remedy: `Maximize ${maximized.join(', ')}; Minimize the other metrics`,
        fieldPath: '.goal',
      }),
      celRule({
        rule: `!has(self.limit) || !(self.metric in ${celList(atMostOne)}) || self.limit <= 1.0`,
        wrong: 'no model reaches this limit',
        remedy: `${atMostOne.join(', ')} are at most 1: give the limit as a fraction, such as 0.95`,
        fieldPath: '.limit',
      }),
      celRule({
        rule: `!has(self.limit) || !(self.metric in ${celList(neverNegative)}) || self.limit > 0.0`,
        wrong: 'no model reaches this limit, or every model does',
        remedy: 'give a limit above 0, or remove it',
        fieldPath: '.limit',
      }),
    ],
  });

export const objectives = z
  .array(objective)
  .min(1)
  .max(4)
  .describe('What candidates are judged by. The first ranks; more than one gives a Pareto front.')
  .meta({
    [rulesKey]: [
      celRule({
        rule: 'self.all(a, self.exists_one(b, b.metric == a.metric))',
        wrong: 'a metric is listed twice',
        remedy: 'list each metric once',
      }),
      celRule({
        rule: `self.size() == 0 || self[0].metric in ${celList(qualities)}`,
        wrong: 'the first objective ranks the candidates, and a cost alone is best for the emptiest network',
        remedy: `put one of ${qualities.join(', ')} first`,
      }),
    ],
  });

/** Rules of the search's spec: each objective's metric exists for the task, and the target can be reached. */
export const metricRules: readonly CelRule[] = [
  ...tasks.map((task) => {
    const fitting = namesWhere((row) => row.tasks.includes(task));
    return celRule({
      rule: `self.task != '${task}' || self.objectives.all(o, o.metric in ${celList(fitting)})`,
      wrong: `a metric does not exist for task ${task}`,
      remedy: `use ${fitting.join(', ')}`,
      fieldPath: '.objectives',
    });
  }),
  celRule({
    rule:
      'self.objectives.size() == 0 || !has(self.limits.target) || ' +
      `!(self.objectives[0].metric in ${celList(atMostOne)}) || self.limits.target <= 1.0`,
    wrong: 'no model reaches this target',
    remedy: `${atMostOne.join(', ')} are at most 1: give the target as a fraction, such as 0.95`,
    fieldPath: '.limits.target',
  }),
  celRule({
    rule:
      'self.objectives.size() == 0 || !has(self.limits.target) || ' +
      `!(self.objectives[0].metric in ${celList(neverNegative)}) || self.limits.target > 0.0`,
    wrong: 'no model reaches this target, or every model does',
    remedy: 'give a target above 0, or remove it',
    fieldPath: '.limits.target',
  }),
];
