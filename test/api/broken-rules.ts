import {baselines} from '../../search/baselines/index.ts';
import type {Task} from '../../search/space.ts';
import {spaces} from '../../search/spaces/index.ts';
import type {Break} from './manifests.ts';

const forImages = (rows: readonly {type: string; tasks: readonly Task[]}[]): string =>
  rows.flatMap((row) => (row.tasks.includes('ImageClassification') ? row.type : [])).join(', ');

/** Searches that break one rule each: fields that are right alone and wrong together. */
export const brokenRules: readonly Break[] = [
  [
    'a name too long for its Pods',
    'name: digits',
    'name: ddddddddddddddddddddddddddddddddddddddddd',
    '4:9 metadata.name: found ddddddddddddddddddddddddddddddddddddddddd; the name is too long for the Pods that are named after it; choose a metadata.name of at most 40 characters',
  ],
  [
    'built-in data of another task',
    '{builtin: digits}',
    '{builtin: breastCancer}',
    '7:22 spec.dataset.builtin: found breastCancer; this built-in data set is not for task ImageClassification; use digits, or a file of your own',
  ],
  [
    'no data',
    '{builtin: digits}',
    '{}',
    '7:12 spec.dataset: found {}; exactly one of builtin, csv, npz, imageFolder must be given; give one of builtin, csv, npz, imageFolder',
  ],
  [
    'two sources of data',
    '{builtin: digits}',
    '{builtin: digits, npz: {volume: {claim: a, path: b.npz}}}',
    '7:12 spec.dataset: found {"builtin":"digits","npz":{"volume":{"claim":"a","path":"b.n…; exactly one of builtin, csv, npz, imageFolder must be given; give one of builtin, csv, npz, imageFolder',
  ],
  [
    'images from a table',
    '{builtin: digits}',
    '{csv: {volume: {claim: a, path: b.csv}, target: t}}',
    '7:18 spec.dataset.csv: found {"volume":{"claim":"a","path":"b.csv"},"target":"t"}; a CSV file holds tables, not images; give the images as files in dataset.imageFolder, or as arrays in dataset.npz',
  ],
  [
    'a folder of pictures for a table',
    'task: ImageClassification\n  dataset: {builtin: digits}',
    'task: TabularClassification\n  dataset: {imageFolder: {volume: {claim: a, path: b}}}',
    '7:26 spec.dataset.imageFolder: found {"volume":{"claim":"a","path":"b"}}; a folder of pictures is for task ImageClassification; set task to ImageClassification, or give a table in dataset.csv',
    '12:11 spec.searchSpace.type: found NasBench201; this search space is not for task TabularClassification; use Tabular',
    '20:11 spec.baseline.type: found ResNet; this baseline is not for task TabularClassification; use Mlp',
  ],
  [
    'a split that leaves nothing to train on',
    '{builtin: digits}',
    '{npz: {volume: {claim: a, path: b}}, split: {validation: 0.5, test: 0.5}}',
    '7:56 spec.dataset.split: found {"validation":0.5,"test":0.5}; nothing is left to train on; choose split.validation and split.test with a sum below 1',
  ],
  [
    'a metric of another task',
    'metric: accuracy\n      goal: Maximize',
    'metric: rmse\n      goal: Minimize',
    '9:5 spec.objectives: found [{"metric":"rmse","goal":"Minimize"}]; a metric does not exist for task ImageClassification; use accuracy, balancedAccuracy, crossEntropy, parameters, flops, latencyMilliseconds',
  ],
  [
    'a goal that asks for the worst model',
    'goal: Maximize',
    'goal: Minimize',
    '10:13 spec.objectives[0].goal: found Minimize; this goal asks for the worst model by its metric; Maximize accuracy, balancedAccuracy, r2; Minimize the other metrics',
  ],
  [
    'a limit in percent',
    'goal: Maximize',
    'goal: Maximize\n      limit: 95',
    '11:14 spec.objectives[0].limit: found 95; no model reaches this limit; accuracy, balancedAccuracy, r2 are at most 1: give the limit as a fraction, such as 0.95',
  ],
  [
    'a limit of nothing',
    'goal: Maximize',
    'goal: Maximize\n    - {metric: parameters, goal: Minimize, limit: 0}',
    '11:51 spec.objectives[1].limit: found 0; no model reaches this limit, or every model does; give a limit above 0, or remove it',
  ],
  [
    'a metric listed twice',
    '      goal: Maximize\n',
    '      goal: Maximize\n    - {metric: accuracy, goal: Maximize}\n',
    '9:5 spec.objectives: found [{"metric":"accuracy","goal":"Maximize"},{"metric":"accuracy…; a metric is listed twice; list each metric once',
  ],
  [
    'a cost that ranks',
    'metric: accuracy\n      goal: Maximize',
    'metric: parameters\n      goal: Minimize',
    '9:5 spec.objectives: found [{"metric":"parameters","goal":"Minimize"}]; the first objective ranks the candidates, and a cost alone is best for the emptiest network; put one of accuracy, balancedAccuracy, crossEntropy, rmse, mae, r2 first',
  ],
  [
    'settings of another type',
    'type: NasBench201',
    'type: NasBench201\n    tabular: {}',
    '13:14 spec.searchSpace.tabular: found {}; tabular holds the settings of type Tabular; remove it, or set type: Tabular',
  ],
  [
    'a search space of another task',
    'type: NasBench201',
    'type: Tabular',
    `12:11 spec.searchSpace.type: found Tabular; this search space is not for task ImageClassification; use ${forImages(spaces)}`,
  ],
  [
    'no duration and no Preflight to measure it',
    '    trialDuration: 10m\n',
    '  preflight: {mode: Disabled}\n',
    '13:3 spec.estimation.trialDuration: found nothing; without Preflight nobody knows how long a trial may take; give estimation.trialDuration, or set preflight.mode to Enabled',
  ],
  [
    'a search without an end',
    '    trials: 200\n    gpuHours: 40',
    '    parallelTrials: 2',
    '17:5 spec.limits: found {"parallelTrials":2}; a search needs an end; give at least one of limits.trials, limits.gpuHours, limits.cost, limits.duration',
  ],
  [
    'more retrained than searched',
    'trials: 200',
    'trials: 2',
    '23:14 spec.selection.retrain: found 3; more candidates are to be retrained than there are; lower selection.retrain, or raise limits.trials',
  ],
  [
    'a selection that its share cannot hold',
    'gpuHours: 40',
    'gpuHours: 20',
    '26:12 spec.selection.share: found 0.2; 3 candidates × 3 seeds × 0.6836 h + scoring 0.1836 h = 6.336 h, but 0.2 × 20 h is 4 h; raise selection.share to at least 0.317, or raise the limits to at least 31.69 GPU-hours, or lower selection.retrain, selection.seeds, selection.epochs or estimation.trialDuration',
  ],
  [
    'a baseline that its share cannot hold',
    'share: 0.1',
    'share: 0.05',
    '21:12 spec.baseline.share: found 0.05; one tuning trial 0.1836 h + 3 seeds × 0.6836 h + scoring 0.1836 h = 2.418 h, but 0.05 × 40 h is 2 h; raise baseline.share to at least 0.061, or raise the limits to at least 48.37 GPU-hours, or lower selection.seeds, selection.epochs or estimation.trialDuration',
  ],
  [
    'shares that leave nothing',
    'share: 0.1',
    'share: 0.9',
    '26:12 spec.selection.share: found 0.2; the shares leave nothing for the candidates; choose baseline.share and selection.share with a sum below 1',
  ],
  [
    'a default share that leaves nothing',
    '    share: 0.1\n  selection:\n    retrain: 3\n    epochs: 48\n    seeds: 3\n    share: 0.2\n',
    '    share: 0.9\n  selection:\n    retrain: 1\n',
    '22:3 spec.selection.share: found 0.2 (the default); the shares leave nothing for the candidates; choose baseline.share and selection.share with a sum below 1',
  ],
  [
    'a cost without a price',
    'gpuHours: 40',
    'cost: "130"',
    '5:1 spec.template.pricePerGpuHour: found nothing; limits.cost needs the price of a GPU-hour; give template.pricePerGpuHour above 0, or limit gpuHours instead',
  ],
  [
    'a cost of nothing',
    'gpuHours: 40',
    'cost: "0"\n  template: {pricePerGpuHour: "3.06"}',
    '18:11 spec.limits.cost: found "0"; nothing can be bought for this; give limits.cost above 0, or remove it',
  ],
  [
    'a target of nothing',
    'gpuHours: 40',
    'gpuHours: 40\n    target: 0',
    '19:13 spec.limits.target: found 0; no model reaches this target, or every model does; give a target above 0, or remove it',
  ],
  [
    'a target in percent',
    'gpuHours: 40',
    'gpuHours: 40\n    target: 99',
    '19:13 spec.limits.target: found 99; no model reaches this target; accuracy, balancedAccuracy, r2 are at most 1: give the target as a fraction, such as 0.95',
  ],
  [
    'a baseline of another task',
    'type: ResNet',
    'type: Mlp',
    `20:11 spec.baseline.type: found Mlp; this baseline is not for task ImageClassification; use ${forImages(baselines)}`,
  ],
  [
    'a range upside down',
    '  selection:',
    '  training: {learningRate: {min: 0.1, max: 0.01}}\n  selection:',
    '22:34 spec.training.learningRate.min: found 0.1; min is not below max; give a min below max, or a fixed value',
  ],
  [
    'a range with one end',
    '  selection:',
    '  training: {learningRate: {max: 0.01}}\n  selection:',
    '22:28 spec.training.learningRate: found {"max":0.01}; a range needs both its ends; give min and max',
  ],
  [
    'a scale without a range',
    '  selection:',
    '  training: {learningRate: {value: 0.01, scale: Log}}\n  selection:',
    '22:49 spec.training.learningRate.scale: found Log; scale belongs to a range; remove scale, or give min and max',
  ],
  [
    'a logarithm of zero',
    '  selection:',
    '  training: {weightDecay: {min: 0, max: 0.01, scale: Log}}\n  selection:',
    '22:33 spec.training.weightDecay.min: found 0; a logarithm has no zero; with scale Log give a min above 0',
  ],
  [
    'a setting both fixed and searched',
    '  selection:',
    '  training: {optimizer: {value: Adam, choices: [Sgd]}}\n  selection:',
    '22:25 spec.training.optimizer: found {"value":"Adam","choices":["Sgd"]}; exactly one of value, choices must be given; give one of value, choices',
  ],
  [
    'strategy settings that contradict each other',
    '  selection:',
    '  strategy: {type: RegularizedEvolution, regularizedEvolution: {populationSize: 5, sampleSize: 9}}\n  selection:',
    '22:96 spec.strategy.regularizedEvolution.sampleSize: found 9; sampleSize is above populationSize; give at most populationSize, or leave it out',
  ],
  [
    'Preflight without time',
    '  selection:',
    '  preflight: {trials: 16, gpuHours: 0.1}\n  selection:',
    '22:37 spec.preflight.gpuHours: found 0.1; 0.1 GPU-hours × 3600 / (16 trials × 1 GPU) − 61 s of grace and slack leave a trial -39 s, and it needs at least 10 s; set preflight.gpuHours to at least 0.32, or lower preflight.trials',
  ],
  [
    'Preflight beyond the budget',
    '  selection:',
    '  preflight: {gpuHours: 30}\n  selection:',
    '22:25 spec.preflight.gpuHours: found 30; Preflight may spend 30 GPU-hours, but the limits leave 28 h of 40 h when the shares of baseline and selection are kept back; lower preflight.gpuHours, or raise limits.gpuHours (limits.cost)',
  ],
];
