import assert from 'node:assert/strict';
import {existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {modelFiles} from '../../api/protocol.ts';
import type {Trial} from '../../api/trial.ts';
import {archsearch} from './archsearch.ts';

const folder = mkdtempSync(join(tmpdir(), 'archsearch-inheritance-'));
after(() => {
  rmSync(folder, {recursive: true, force: true});
});

const manifest = join(folder, 'search.yaml');
writeFileSync(
  manifest,
  `apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: growing}
spec:
  task: TabularClassification
  dataset: {builtin: breastCancer}
  objectives: [{metric: crossEntropy, goal: Minimize}]
  searchSpace: {type: Tabular, tabular: {layers: {min: 1, max: 3}, widths: [8, 16, 32], activations: [relu]}}
  strategy: {type: NetworkMorphism, networkMorphism: {startSamples: 1}}
  estimation: {maxEpochs: 2, trialDuration: 1m}
  limits: {trials: 6, parallelTrials: 1, gpuHours: 1}
  preflight: {mode: Disabled}
`,
);

type Told = Pick<Trial, 'spec' | 'status'> & {readonly name: string};

test('a search by network morphism trains children that began with the weights of their parents', () => {
  const directory = join(folder, 'run');
  const {code, stderr} = archsearch(['run', manifest, '--directory', directory, '--output', 'json']);
  assert.equal(code, 0, stderr);
  const trials = readFileSync(join(directory, 'trials.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
  const children = trials.filter(({spec}) => spec.parent !== undefined);
  assert.ok(children.length > 0, trials.map(({spec}) => spec.why).join('\n'));
  for (const {name, spec, status} of children) {
    const words = `began with the weights of ${spec.parent ?? ''}: `;
    assert.ok(status?.message?.startsWith(words), status?.message);
    const [log = ''] = globSync(join(directory, '**', name, '**', 'log.txt'));
    assert.ok(readFileSync(log, 'utf8').includes(words), log);
  }
  for (const {name} of trials)
    for (const file of modelFiles) assert.ok(existsSync(join(directory, 'blobs', name, file)), `${name}: ${file}`);
});
