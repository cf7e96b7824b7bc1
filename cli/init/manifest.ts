import {stringify} from 'yaml';
import type {Findings, Remark} from './findings.ts';
import {claim, isImbalanced} from './findings.ts';
import {baselineShare} from './plan.ts';
import type {Plan} from './plan.ts';

export interface Parts {
  readonly name: string;
  /** Where the file will lie, and the folder that its data is in, as the command line names them. */
  readonly file: string;
  readonly folder: string;
  readonly findings: Findings;
  readonly remarks: readonly Remark[];
  readonly plan: Plan;
}

/** How the generated search is run. */
export const commandFor = ({file, folder}: Pick<Parts, 'file' | 'folder'>): string =>
  `archsearch run ${quoted(file)} --mount ${quoted(`${claim}=${folder}`)}`;

const quoted = (word: string): string => (/^[\w./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** A commented search that runs as it stands. */
export function manifestFor(parts: Parts): string {
  const {name, findings, plan} = parts;
  return `${headOf(parts)}
apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata:
  name: ${JSON.stringify(name)}
spec:
${taskOf(findings)}
  # On a cluster, \`${claim}\` is the PersistentVolumeClaim that holds the data; on this machine --mount says which folder stands for it.
${indented(datasetOf(findings, plan), 2)}
${objectivesOf(findings)}
${spaceOf(findings)}
  # Ranges are searched together with the architecture; \`{value: …}\` fixes a setting.
  training:
    optimizer: {value: AdamW}
    learningRate: {min: ${findings.task === 'ImageClassification' ? '0.002' : '0.0005'}, max: 0.02, scale: Log}
    batchSize: {value: ${String(plan.batchSize)}}

  # Keeps a small population and changes one thing at a time in one of its best.
  strategy:
    type: RegularizedEvolution
    regularizedEvolution: {populationSize: ${String(Math.min(8, plan.trials))}, sampleSize: 3}

  # A trial that takes longer than trialDuration is ended with the best that it has by then.
  estimation:
    maxEpochs: ${String(plan.epochs)}
    trialDuration: ${String(plan.trialSeconds)}s
    earlyStopping:
      - {type: Median, median: {minEpochs: ${String(Math.ceil(plan.epochs / 3))}, minTrials: 4}}

  # The search ends at the first of these. More trials find more; GPU-hours (on this machine: hours of trials) are never exceeded.
  limits:
    trials: ${String(plan.trials)}
    parallelTrials: 2
    gpuHours: ${String(gpuHours(plan))}

  # Two short trials first: they find broken data before it costs anything.
  preflight: {trials: 2, dataFraction: 0.25, gpuHours: ${String(preflightHours)}}

  # What the result is compared with, tuned under the same rules.
  baseline: {type: ${findings.task === 'ImageClassification' ? 'ResNet' : 'Mlp'}, share: ${String(baselineShare)}}

  # The best are trained again with several seeds; the best by mean validation is scored once on the test split.
  selection: {retrain: ${String(plan.retrain)}, seeds: 2, share: 0.3}

  randomSeed: 1
`;
}

const headOf = ({file, folder, remarks, plan}: Parts): string =>
  [
    `Written by \`archsearch init\`. About ${minutes(plan.estimatedSeconds)} on two cores:`,
    '',
    `  ${commandFor({file, folder})}`,
    '',
    ...remarks.map(({subject, text}) => `${`${subject}:`.padEnd(11)} ${text}`),
  ]
    .map((line) => `# ${line}`.trimEnd())
    .join('\n');

export const minutes = (seconds: number): string => {
  const count = Math.max(1, Math.ceil(seconds / 60));
  return `${String(count)} ${count === 1 ? 'minute' : 'minutes'}`;
};

const taskComments: Readonly<Record<Findings['task'], string>> = {
  TabularClassification: 'The target holds classes. For amounts: TabularRegression, with objective rmse.',
  TabularRegression: 'The target holds amounts. For classes: TabularClassification, with objective accuracy.',
  ImageClassification: 'The inputs are images, the targets their classes.',
};

const taskOf = ({task}: Findings): string => `  # ${taskComments[task]}\n  task: ${task}\n`;

const folderComment =
  '# A sub-folder per class, called as the class is. `path: "."` is the volume itself; `size` is [height, width] of what the network sees.\n';

function datasetOf({dataset, examples}: Findings, {maxExamples}: Plan): string {
  const source = `${dataset.imageFolder === undefined ? '' : folderComment}${yaml({...dataset})}`;
  const most =
    maxExamples === undefined
      ? ''
      : `# Of ${examples.toLocaleString('en')} examples so many are used, for a first search in minutes; remove the line to use all.\nmaxExamples: ${String(maxExamples)}\n`;
  return `dataset:\n${indented(`${source}# Kept back to compare candidates by, and for the one final score.\nsplit: {validation: 0.2, test: 0.2}\n${most}`, 2)}`;
}

function objectivesOf({task, classes}: Findings): string {
  const regression = {metric: 'rmse', goal: 'Minimize', comment: 'Root mean square error, in the unit of the target.'};
  const even = {metric: 'accuracy', goal: 'Maximize', comment: 'The first objective ranks the candidates.'};
  const uneven = {
    ...even,
    metric: 'balancedAccuracy',
    comment: 'Classes are uneven: each counts the same, however rare.',
  };
  const {metric, goal, comment} =
    task === 'TabularRegression' ? regression : isImbalanced(classes ?? []) ? uneven : even;
  return `  # ${comment}\n  objectives:\n    - {metric: ${metric}, goal: ${goal}}\n`;
}

const spaceOf = ({task}: Findings): string =>
  task === 'ImageClassification'
    ? `  # The cells of NAS-Bench-201 (15,625 of them) in a small skeleton; 5 cells and 16 channels are the published size.
  searchSpace:
    type: NasBench201
    nasBench201: {cellsPerStage: 1, channels: 8}
`
    : `  # Depth, width of each layer, activation, dropout, normalization, residual connections.
  searchSpace:
    type: Tabular
    tabular:
      layers: {min: 1, max: 3}
      widths: [16, 32, 64, 128]
`;

const preflightHours = 0.1;

/** Room for every trial at its deadline, with the minute of grace and slack that is reserved for each. */
function gpuHours({trials, trialSeconds, retrain}: Plan): number {
  const each = (trialSeconds + 61) / 3600;
  const least = Math.max(
    ((retrain * 2 + 1) * each) / 0.3,
    ((Math.round(trials * baselineShare) + 4) * each) / baselineShare,
    ((trials + 1) * each + preflightHours) / (1 - 0.3 - baselineShare),
  );
  return Math.ceil(least * 10 + 1) / 10;
}

const yaml = (value: object): string =>
  stringify(value, {compat: 'yaml-1.1', lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN'});
const indented = (text: string, by: number): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(by) + line))
    .join('\n');
