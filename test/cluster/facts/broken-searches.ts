import {rulesKey} from '../../../api/rule.ts';
import type {StructuralSchema} from '../../../api/structural.ts';
import {memberOf} from '../../../api/union.ts';
import {strategies} from '../../../search/strategies/index.ts';

/** Messages of the rules (CEL) of a schema, but for those that nothing can break: of a choice that has one type only. */
export function rulesOf(schema: StructuralSchema): readonly string[] {
  const types = schema.properties?.['type']?.enum ?? [];
  const own = (schema[rulesKey] ?? []).filter(({rule}) => types.length !== 1 || !rule.includes('self.type =='));
  const parts = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  const inner = parts.flatMap((part) => (part === undefined ? [] : rulesOf(part)));
  return [...new Set([...own.map(({message}) => message), ...inner])];
}

/** Names of broken manifests that an API server takes: their arithmetic is the operator's, their spelling is known to `validate` alone. */
export const acceptedByTheServer: ReadonlySet<string> = new Set([
  'a selection that its share cannot hold',
  'a baseline that its share cannot hold',
  'Preflight without time',
  'Preflight beyond the budget',
  'an octal number in YAML 1.1',
  'a number in YAML 1.1 only',
  'a boolean in YAML 1.1 only',
  'a key that is a boolean in YAML 1.1',
  'a key given twice',
  'a key without a value',
]);

/** Names of broken manifests that kubectl never sends, and where it says that the trouble is. */
export const otherWords: ReadonlyMap<string, readonly string[]> = new Map([
  ['a version that there is not', ['in version "archsearch.dev/v1"']],
  ['an open bracket', ['yaml: line 7']],
  ['an alias of nothing', ["unknown anchor 'data'"]],
  ['a tab', ['yaml: line 22']],
]);

const tabular = {
  task: 'TabularClassification',
  dataset: {builtin: 'breastCancer'},
  searchSpace: {type: 'Tabular'},
  baseline: {type: 'Mlp', share: 0.1},
};
const regression = {
  ...tabular,
  task: 'TabularRegression',
  dataset: {csv: {volume: {claim: 'data', path: 'table.csv'}, target: 'price'}},
  objectives: [{metric: 'rmse', goal: 'Minimize'}],
};

/** Name, members of the sound search's spec that are replaced, what the API server says. */
export const moreBroken: readonly (readonly [string, object, string])[] = [
  [
    'a metric of regression for classes',
    {...tabular, objectives: regression.objectives},
    'a metric does not exist for task TabularClassification',
  ],
  [
    'a metric of classes for regression',
    {...regression, objectives: [{metric: 'accuracy', goal: 'Maximize'}]},
    'a metric does not exist for task TabularRegression',
  ],
  [
    'images for a table',
    {...tabular, dataset: {builtin: 'digits'}},
    'this built-in data set is not for task TabularClassification',
  ],
  [
    'classes for regression',
    {...regression, dataset: {builtin: 'breastCancer'}},
    'this built-in data set is not for task TabularRegression',
  ],
  [
    'a part of data that is split already',
    {dataset: {builtin: 'digits', maxExamples: 100}},
    'built-in data has a fixed split of all its examples',
  ],
  ['augmentation of a table', {...tabular, training: {augmentation: {value: 'Shift'}}}, 'only images are augmented'],
  ['a part cut out of a table', {...tabular, training: {cutout: {value: 0.5}}}, 'only images have a part to cut out'],
  [
    'smoothing of labels that there are not',
    {...regression, training: {labelSmoothing: {value: 0.1}}},
    'regression has no labels to smooth',
  ],
  ...[tabular, regression].flatMap(
    (spec) =>
      [
        [
          `cells of images for ${spec.task}`,
          {...spec, searchSpace: {type: 'NasBench201'}},
          `this search space is not for task ${spec.task}`,
        ],
        [
          `a baseline of images for ${spec.task}`,
          {...spec, baseline: {type: 'ResNet', share: 0.1}},
          `this baseline is not for task ${spec.task}`,
        ],
      ] as const,
  ),
  [
    'settings of cells for a table',
    {...tabular, searchSpace: {type: 'Tabular', nasBench201: {}}},
    'nasBench201 holds the settings of type NasBench201',
  ],
  [
    'layers upside down',
    {...tabular, searchSpace: {type: 'Tabular', tabular: {layers: {min: 3, max: 2}}}},
    'layers.min is above layers.max',
  ],
  [
    'a number both fixed and searched',
    {training: {learningRate: {value: 0.1, choices: [0.1, 0.2]}}},
    'a setting is either fixed or searched',
  ],
  ...strategies.map(({type}, at) => {
    const other = strategies[(at + 1) % strategies.length]?.type;
    const strategy = {type: other, [memberOf(type)]: {}};
    return [`settings of ${type} for another strategy`, {strategy}, `holds the settings of type ${type}`] as const;
  }),
];

/** Another value for each member of the sound search's spec that cannot be edited. */
export const edits: readonly (readonly [string, unknown])[] = [
  ['task', 'TabularClassification'],
  ['dataset', {seed: 9}],
  ['objectives', [{metric: 'balancedAccuracy', goal: 'Maximize'}]],
  ['searchSpace', {nasBench201: {channels: 8}}],
  ['training', {optimizer: {value: 'Sgd'}}],
  ['strategy', {type: 'Random'}],
  ['estimation', {maxEpochs: 20}],
  ['preflight', {trials: 3}],
  ['baseline', null],
  ['selection', {retrain: 1}],
  ['template', {threads: 2}],
  ['randomSeed', 7],
];
