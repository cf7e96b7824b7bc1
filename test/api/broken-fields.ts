import {memberOf} from '../../api/union.ts';
import {spaces} from '../../search/spaces/index.ts';
import type {Break} from './manifests.ts';

/** Searches with one field each that is wrong alone, or with text that is not what it seems. */
export const brokenFields: readonly Break[] = [
  [
    'a misspelt choice',
    'task: ImageClassification',
    'task: ImageClasification',
    '6:9 spec.task: found ImageClasification; is not among the choices; did you mean ImageClassification? (choose one of ImageClassification, TabularClassification, TabularRegression)',
  ],
  [
    'an unknown field',
    'task: ImageClassification',
    'task: ImageClassification\n  tasks: 3',
    '7:3 spec.tasks: found tasks; is not a field; did you mean task?',
  ],
  [
    'an unknown field that is a field in another spelling',
    'searchSpace:',
    'search_space:',
    `5:1 spec.searchSpace: found nothing; is required; add searchSpace: a mapping with ${['type', ...spaces.map((row) => memberOf(row.type))].join(', ')}`,
    '11:3 spec.search_space: found search_space; is not a field; did you mean searchSpace?',
  ],
  [
    'a version that there is not',
    'apiVersion: archsearch.dev/v1alpha1',
    'apiVersion: archsearch.dev/v1',
    '1:13 apiVersion: found archsearch.dev/v1; is not among the choices; did you mean archsearch.dev/v1alpha1? (it must be archsearch.dev/v1alpha1)',
  ],
  [
    'a misspelt kind',
    'kind: ArchitectureSearch',
    'kind: ArchitectureSerch',
    '2:7 kind: found ArchitectureSerch; is not a kind of archsearch; did you mean ArchitectureSearch?',
  ],
  [
    'a foreign kind under our group',
    'kind: ArchitectureSearch',
    'kind: ConfigMap',
    '2:7 kind: found ConfigMap; is not a kind of archsearch; write kind: ArchitectureSearch',
  ],
  [
    'a name that Kubernetes refuses',
    'name: digits',
    'name: Digits_1',
    '4:9 metadata.name: found Digits_1; is not a name that Kubernetes takes; use lower-case letters, digits, - and ., and begin and end with a letter or digit',
  ],
  ['no name', '  name: digits', '  labels: {a: b}', '3:1 metadata.name: found nothing; is required; add name: a text'],
  [
    'data that does not ship with archsearch',
    '{builtin: digits}',
    '{builtin: mnist}',
    '7:22 spec.dataset.builtin: found mnist; is not among the choices; choose one of digits, breastCancer',
  ],
  [
    'a file without a path',
    '{builtin: digits}',
    '{npz: {volume: {claim: a}}}',
    '7:19 spec.dataset.npz.volume.path: found nothing; is required; add path: a text',
  ],
  [
    'no objective',
    '  objectives:\n    - metric: accuracy\n      goal: Maximize\n',
    '  objectives: []\n',
    '8:15 spec.objectives: found []; is too small; give at least 1 item',
  ],
  [
    'a number below its range',
    'maxEpochs: 12',
    'maxEpochs: 0',
    '14:16 spec.estimation.maxEpochs: found 0; is too small; give at least 1',
  ],
  [
    'a number above its range',
    'seeds: 3',
    'seeds: 21',
    '25:12 spec.selection.seeds: found 21; is too large; give at most 20',
  ],
  [
    'a fraction where a count is meant',
    'maxEpochs: 12',
    'maxEpochs: 1.5',
    '14:16 spec.estimation.maxEpochs: found 1.5; must be a whole number; write a whole number, such as 2',
  ],
  [
    'a number in quotes',
    'maxEpochs: 12',
    'maxEpochs: "12"',
    '14:16 spec.estimation.maxEpochs: found "12"; must be a whole number; write 12 without quotes',
  ],
  [
    'a duration with a space',
    'trialDuration: 10m',
    'trialDuration: 10 minutes',
    '15:20 spec.estimation.trialDuration: found 10 minutes; is not a duration; give hours, minutes and seconds such as 90s, 10m or 1h30m',
  ],
  [
    'a duration without a unit',
    'trialDuration: 10m',
    'trialDuration: 600',
    '15:20 spec.estimation.trialDuration: found 600; is not a duration; give hours, minutes and seconds such as 90s, 10m or 1h30m',
  ],
  [
    'an octal number in YAML 1.1',
    'trials: 200',
    'trials: 0200',
    '17:13 spec.limits.trials: found 0200; kubectl reads this as 128, archsearch as 200; write 128 or 200, whichever you mean',
  ],
  [
    'a number in YAML 1.1 only',
    'trials: 200',
    'trials: 2_00',
    '17:13 spec.limits.trials: found 2_00; kubectl reads this as 200, archsearch as "2_00"; write 200 or "2_00", whichever you mean',
  ],
  [
    'a boolean in YAML 1.1 only',
    '  selection:',
    '  suspend: on\n  selection:',
    '22:12 spec.suspend: found on; kubectl reads this as true, archsearch as "on"; write true or "on", whichever you mean',
  ],
  [
    'a key that is a boolean in YAML 1.1',
    '  name: digits',
    '  name: digits\n  labels: {y: x}',
    '5:12 metadata.labels.y: found y; kubectl reads this as true, archsearch as "y"; write true or "y", whichever you mean',
  ],
  [
    'a key given twice',
    'trials: 200',
    'trials: 200\n    trials: 300',
    '18:5 spec.limits.trials: found trials; Map keys must be unique; keep one of the two',
  ],
  [
    'a key without a value',
    'trials: 200',
    'trials:',
    '17:12 spec.limits.trials: found nothing; has no value; give a whole number, or remove the line',
  ],
  [
    'a list where a number is meant',
    'retrain: 3',
    'retrain: [3]',
    '23:14 spec.selection.retrain: found [3]; must be a whole number; give a whole number',
  ],
  [
    'a value where a mapping is meant',
    '  limits:\n    trials: 200\n    gpuHours: 40',
    '  limits: 200',
    '16:11 spec.limits: found 200; must be a mapping with trials, parallelTrials, failedTrials, gpuHours, cost, duration, target; give a mapping with trials, parallelTrials, failedTrials, gpuHours, cost, duration, target',
  ],
  [
    'money without quotes',
    '    gpuHours: 40',
    '    gpuHours: 40\n    cost: 130\n  template: {pricePerGpuHour: "3.06"}',
    '19:11 spec.limits.cost: found 130; must be a text; write it in quotes: "130"',
  ],
  [
    'a price with a currency',
    '  selection:',
    '  template: {pricePerGpuHour: $3}\n  selection:',
    '22:31 spec.template.pricePerGpuHour: found $3; is not an amount of money; give a decimal in quotes, such as "3.06", without a currency',
  ],
  [
    'a tab',
    '  selection:',
    '\tselection:',
    '22:1 : found text that is not YAML; Tabs are not allowed as indentation; indent with spaces',
  ],
  [
    'an open bracket',
    '{builtin: digits}',
    '{builtin: digits',
    '8:3 spec.objectives: found objectives; Flow map in block collection must be sufficiently indented and end with a }; align it with what it belongs to, or close the bracket before it',
  ],
  [
    'an alias of nothing',
    '{builtin: digits}',
    '*data',
    '7:12 : found *data; there is no such anchor before it; write &data before the value that is meant',
  ],
];
