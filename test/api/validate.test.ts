import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {test} from 'node:test';
import fc from 'fast-check';
import {parse} from 'yaml';
import {defaulted} from '../../api/cel.ts';
import {resources} from '../../api/crd.ts';
import {validateManifest} from '../../api/validate.ts';
import {broken, soundManifest, told} from './manifests.ts';

const examples = new URL('../../examples/', import.meta.url);
const exampleNames = readdirSync(examples).filter((name) => name.endsWith('.yaml'));
const exampleText = (name: string): string => readFileSync(new URL(name, examples), 'utf8');

test('a sound search has no problems, and its defaults are filled in', () => {
  const {search, problems} = validateManifest(soundManifest, 'search.yaml');
  assert.deepEqual(problems, []);
  assert.equal(search?.metadata.name, 'digits');
  assert.equal(search.spec.strategy.type, 'Portfolio');
  assert.deepEqual(search.spec.training.optimizer, {value: 'Adam'});
  assert.equal(search.spec.preflight.mode, 'Enabled');
});

test('there is an example for images and one for tables', () => {
  assert.ok(exampleNames.includes('digits.yaml') && exampleNames.includes('tabular.yaml'));
});

for (const name of exampleNames) {
  test(`examples/${name} is valid and leaves nothing to remark`, () => {
    assert.deepEqual(told(exampleText(name)), []);
  });

  test(`the API server fills the defaults of examples/${name} in as the operator's own schema does`, () => {
    const text = exampleText(name);
    const schema = resources().find((resource) => resource.kind === 'ArchitectureSearch')?.schema ?? {};
    const stored = defaulted(schema, parse(text)) as {spec: unknown};
    assert.deepEqual(stored.spec, validateManifest(text, name).search?.spec);
  });
}

test('every search of a file is checked, and objects of other kinds are left alone', () => {
  const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {anything: "goes"}\n';
  const second = broken('name: digits', 'name: second');
  const {searches, problems} = validateManifest(`${configMap}---\n${soundManifest}---\n${second}`, 'search.yaml');
  assert.deepEqual(problems, []);
  assert.deepEqual(
    searches.map((search) => search.metadata.name),
    ['digits', 'second'],
  );
});

test('positions in a later document count from the top of the file', () => {
  assert.deepEqual(told(`${soundManifest}---\n${broken('maxEpochs: 12', 'maxEpochs: 0')}`), [
    '41:16 spec.estimation.maxEpochs: found 0; is too small; give at least 1',
  ]);
});

const documents: readonly (readonly [string, string, string])[] = [
  [
    'a file of other objects only',
    'apiVersion: v1\nkind: ConfigMap\n',
    '1:1 : found no ArchitectureSearch; the file describes no search; ' +
      'add a document with apiVersion: archsearch.dev/v1alpha1 and kind: ArchitectureSearch',
  ],
  [
    'an empty file',
    '',
    '1:1 : found no ArchitectureSearch; the file describes no search; ' +
      'add a document with apiVersion: archsearch.dev/v1alpha1 and kind: ArchitectureSearch',
  ],
  [
    'a file whose aliases multiply',
    Array.from(
      {length: 9},
      (_, n) => `a${String(n)}: &a${String(n)} [${`*a${String(n - 1)}, `.repeat(n === 0 ? 0 : 9)}x]\n`,
    ).join(''),
    '1:1 : found text without a value; Excessive alias count indicates a resource exhaustion attack; write the values out',
  ],
  [
    'a merge of what is no mapping',
    'spec: {<<: 1}\n',
    '1:1 : found text without a value; Merge sources must be maps or map aliases; write the values out',
  ],
  [
    'a list at the top',
    '- 1\n',
    '1:1 : found [1]; a document must be a mapping; begin with apiVersion: archsearch.dev/v1alpha1',
  ],
];
for (const [name, text, line] of documents)
  test(`${name} is an error`, () => {
    assert.deepEqual(told(text), [line]);
  });

const sameInBoth: readonly (readonly [string, string, string])[] = [
  ['a timestamp in an annotation', 'name: digits', 'name: digits\n  annotations: {since: 2026-01-01}'],
  ['a merge key', '{builtin: digits}', '{<<: &data {builtin: digits}}'],
  [
    'an alias',
    '{builtin: digits}',
    '{builtin: &data digits}\n  template: {podTemplate: {metadata: {labels: {data: *data}}}}',
  ],
  ['a float with an exponent', 'gpuHours: 40', 'gpuHours: 4e+1'],
  ['a quoted word that YAML 1.1 knows', 'name: digits', 'name: digits\n  labels: {mode: "on"}'],
];
for (const [name, part, instead] of sameInBoth)
  test(`${name} means the same to kubectl and is taken`, () => {
    assert.deepEqual(told(broken(part, instead)), []);
  });

const tabular = exampleText('tabular.yaml');
const regression = broken('task: TabularClassification', 'task: TabularRegression', tabular);
const rulesOfTables: readonly (readonly [string, string, string])[] = [
  [
    'augmentation of a table',
    broken('batchSize:', 'augmentation: {value: Shift}\n    batchSize:', tabular),
    'only images are augmented',
  ],
  [
    'augmentation of a table among the choices',
    broken('batchSize:', 'augmentation: {choices: [Identity, Shift]}\n    batchSize:', tabular),
    'only images are augmented',
  ],
  ['accuracy in regression', regression, 'a metric does not exist for task TabularRegression'],
  [
    'label smoothing in regression',
    broken('batchSize:', 'labelSmoothing: {value: 0.1}\n    batchSize:', regression),
    'regression has no labels to smooth',
  ],
  [
    'cutout of a table',
    broken('batchSize:', 'cutout: {min: 0, max: 0.5}\n    batchSize:', regression),
    'only images have a part to cut out',
  ],
];
for (const [name, text, message] of rulesOfTables)
  test(`${name} is an error`, () => {
    const {problems} = validateManifest(text, 'tabular.yaml');
    assert.ok(problems.some((problem) => problem.severity === 'error' && problem.message === message));
  });

const remarks: readonly (readonly [string, string, string, string])[] = [
  [
    'no baseline',
    '  baseline:\n    type: ResNet\n    share: 0.1\n',
    '',
    'there is no baseline, so that nobody can tell what the search gained',
  ],
  [
    'no selection',
    '  selection:\n    retrain: 3\n    epochs: 48\n    seeds: 3\n    share: 0.2\n',
    '',
    'there is no selection: the winner is whoever was luckiest on the validation split, and it is never scored on the test split',
  ],
  [
    'a space smaller than the number of trials',
    'trials: 200',
    'trials: 20000',
    'the space holds 15625 candidates, fewer than limits.trials',
  ],
  [
    'more places than candidates',
    'trials: 200',
    'trials: 10\n    parallelTrials: 11',
    'there are never more than 10 candidates',
  ],
  [
    'all candidates at once',
    'trials: 200',
    'trials: 20\n    parallelTrials: 20',
    'all candidates start at once, so that none can learn from another',
  ],
  [
    'a price without a limit',
    '    gpuHours: 40\n',
    '  template: {pricePerGpuHour: "3.06"}\n',
    'GPU time has a price but no limit',
  ],
  [
    'one tuning trial for the baseline',
    'trials: 200',
    'trials: 10',
    'the baseline gets one tuning trial: it is not tuned, and beating it says little',
  ],
  [
    'one seed',
    'seeds: 3',
    'seeds: 1',
    'with one seed, luck of the seed and merit of the architecture cannot be told apart',
  ],
  [
    'time as the only end',
    'trials: 200\n    gpuHours: 40',
    'duration: 12h',
    'only time ends this search: shares of baseline and selection cannot be kept back, and it may end without its comparison',
  ],
];
for (const [name, part, instead, message] of remarks)
  test(`${name} is a warning, and the search is valid`, () => {
    const {search, problems} = validateManifest(broken(part, instead), 'search.yaml');
    assert.ok(search !== undefined && problems.every((problem) => problem.severity === 'warning'));
    assert.ok(problems.some((problem) => problem.message === message));
  });

test('a grid of more points than trials is an error that says how many it has', () => {
  const {problems} = validateManifest(broken('  limits:', '  strategy: {type: Grid}\n  limits:'), 'search.yaml');
  const errors = problems.filter(({severity}) => severity === 'error');
  assert.deepEqual(
    errors.map(({field, message}) => [field, message]),
    [['spec.strategy', 'the grid has 15,625 points, and limits.trials is 200']],
  );
});

test('whatever the text, each problem is told with a place in the file', () => {
  const cut = fc.record({
    from: fc.nat(soundManifest.length - 1),
    length: fc.nat(12),
    instead: fc.constantFrom(
      '',
      ':',
      '- ',
      '{',
      '"',
      '\n',
      '\t',
      '&a ',
      '*a',
      '? ',
      '| ',
      '0',
      'null',
      '<<: 1',
      '---\n',
    ),
  });
  fc.assert(
    fc.property(cut, ({from, length, instead}) => {
      const text = soundManifest.slice(0, from) + instead + soundManifest.slice(from + length);
      const lines = text.split('\n').length;
      for (const problem of validateManifest(text, 'search.yaml').problems)
        assert.ok(problem.line >= 1 && problem.line <= lines && problem.column >= 1);
    }),
    {numRuns: 60},
  );
});
