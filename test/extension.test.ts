import assert from 'node:assert/strict';
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {broken} from './api/manifests.ts';
import {archsearch} from './cli/archsearch.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const copied = ['search', 'api', 'operator', 'trial-runner', 'report', 'cli', 'package.json'];
const copy = mkdtempSync(join(tmpdir(), 'archsearch-extension-'));
const cli = join(copy, 'cli', 'main.ts');

/** The new file: candidates in a fixed random order, a few of which are passed over. */
const strategyFile = `import {z} from 'zod';
import {propose, sampleCandidate} from '../drawing.ts';
import {nothingSeen} from '../seen.ts';
import type {Strategy, StrategyType} from '../strategy.ts';

const settings = z.strictObject({skip: z.int().min(0).max(9).default(0).describe('Draws that are passed over.')});
type Settings = z.output<typeof settings>;
type State = {readonly asked: number};

const strategy: Strategy<Settings, State> = {
  version: 1,
  init: (_problem, {skip}) => ({asked: skip}),
  ask: (problem, _settings, {asked}) =>
    propose(problem, {asked, seen: nothingSeen}, 'shuffled', (random) => ({
      candidate: sampleCandidate(problem, random),
      epochs: problem.maxEpochs,
      why: 'next in the order',
    })),
  asked: (_problem, _settings, {asked}) => ({asked: asked + 1}),
  tell: (_problem, _settings, state) => state,
};

export const shuffled: StrategyType<Settings, State> = {type: 'Shuffled', settings, strategy};
`;

function addRow(file: string, row: string, importLine: string): void {
  const text = readFileSync(file, 'utf8');
  assert.match(text, /\];\s*$/, 'the table of strategies ends its file');
  writeFileSync(file, importLine + text.replace(/,?\s*\];\s*$/, `, ${row}];\n`));
}

before(() => {
  for (const name of copied) cpSync(join(project, name), join(copy, name), {recursive: true});
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'search', 'strategies', 'shuffled.ts'), strategyFile);
  addRow(join(copy, 'search', 'strategies', 'index.ts'), 'shuffled', "import {shuffled} from './shuffled.ts';\n");
});
after(() => {
  rmSync(copy, {recursive: true});
});

const manifest = (strategy: string): string => broken('  selection:', `  strategy: ${strategy}\n  selection:`);

test('a strategy that is one file and one row is a choice of the generated CRD, with its settings', () => {
  const {code, stdout} = archsearch(['crds'], {cli});
  assert.equal(code, 0);
  assert.match(stdout, /enum:\n(?: +- \w+\n)* +- Shuffled\n/);
  assert.match(stdout, / shuffled:\n +description: Settings of Shuffled\.\n(?:.*\n){2,8}? +skip:\n/);
  assert.match(stdout, /rule: .*has\(self\.shuffled\) \|\| self\.type == 'Shuffled'/);
});

test('validate takes it, and holds it to its own settings', () => {
  const sound = manifest('{type: Shuffled, shuffled: {skip: 3}}');
  assert.deepEqual(archsearch(['validate', '-'], {cli, input: sound}), {
    code: 0,
    stdout: '1 search valid\n',
    stderr: '',
  });
  const unsound = manifest('{type: Shuffled, shuffled: {skip: 10}}');
  assert.match(
    archsearch(['validate', '-'], {cli, input: unsound}).stdout,
    /error {2}spec\.strategy\.shuffled\.skip: found 10; is too large; give at most 9\n/,
  );
});

test('without the file and the row it is not a choice', () => {
  const {code, stdout} = archsearch(['validate', '-'], {input: manifest('{type: Shuffled}')});
  assert.equal(code, 1);
  assert.match(stdout, /spec\.strategy\.type: found Shuffled; is not among the choices/);
});

test('run searches with it, and replay reproduces what it did', () => {
  const file = join(copy, 'search.yaml');
  writeFileSync(
    file,
    `apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: extended}
spec:
  task: TabularClassification
  dataset: {builtin: breastCancer}
  objectives: [{metric: accuracy, goal: Maximize}]
  searchSpace: {type: Tabular}
  strategy: {type: Shuffled, shuffled: {skip: 2}}
  estimation: {maxEpochs: 1, trialDuration: 2m}
  limits: {trials: 2, parallelTrials: 2, gpuHours: 1}
  preflight: {mode: Disabled}
`,
  );
  const directory = join(copy, 'run');
  const ran = archsearch(['run', file, '--directory', directory, '--output', 'json'], {cli});
  assert.equal(ran.code, 0, ran.stderr);
  const trials = readFileSync(join(directory, 'trials.jsonl'), 'utf8').trim().split('\n');
  assert.deepEqual(
    trials.map((line) => (JSON.parse(line) as {spec: {why: string}}).spec.why),
    ['next in the order', 'next in the order'],
  );
  const replayed = archsearch(['replay', directory], {cli});
  assert.equal(replayed.code, 0, replayed.stdout);
  assert.match(replayed.stdout, /Candidate \(Shuffled\): 2 proposals, all reproduced/);
});
