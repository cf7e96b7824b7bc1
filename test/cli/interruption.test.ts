import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {readJournal} from '../../operator/local/journal.ts';
import type {Trial} from '../../api/trial.ts';
import type {LedgerSpec} from '../../api/ledger.ts';
import {lastLine, run, start} from './process.ts';
import type {Finished} from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'archsearch-interruption-'));
after(() => {
  rmSync(folder, {recursive: true, force: true});
});

const manifest = join(folder, 'search.yaml');
writeFileSync(
  manifest,
  `apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: interrupted}
spec:
  task: TabularClassification
  dataset: {builtin: breastCancer}
  objectives: [{metric: accuracy, goal: Maximize}]
  searchSpace: {type: Tabular}
  training: {learningRate: {min: 0.001, max: 0.02, scale: Log}}
  strategy: {type: RegularizedEvolution, regularizedEvolution: {populationSize: 3, sampleSize: 2}}
  estimation: {maxEpochs: 3}
  limits: {trials: 12, parallelTrials: 1, gpuHours: 3}
  preflight: {trials: 1, gpuHours: 0.1}
  baseline: {type: Mlp, share: 0.25}
  selection: {retrain: 1, seeds: 1, share: 0.3}
`,
);

/** What must not depend on interruptions: measured times and what follows from them (cost, deadlines) may differ. */
interface Told {
  readonly name: string;
  readonly spec: Trial['spec'];
  readonly status: NonNullable<Trial['status']>;
}
function essence(directory: string): unknown[] {
  const lines = readFileSync(join(directory, 'trials.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const {name, spec, status} = JSON.parse(line) as Told;
    const {architecture, training, epochs, seed, identity, why, parent, score} = spec;
    const {latencyMilliseconds: _measured, ...values} = status.values ?? {};
    const {phase, reason, epoch, curve} = status;
    return {
      name,
      architecture,
      training,
      epochs,
      seed,
      identity,
      why,
      parent,
      score,
      phase,
      reason,
      epoch,
      curve,
      values,
    };
  });
}

/** How long after its start, or after its first word, a run is interrupted, and how: in set-up, in training, between trials. */
const interruptions: readonly {
  readonly after: 'start' | 'word';
  readonly milliseconds: number;
  readonly signal: NodeJS.Signals;
}[] = [
  {after: 'start', milliseconds: 900, signal: 'SIGKILL'},
  {after: 'word', milliseconds: 2000, signal: 'SIGINT'},
  {after: 'word', milliseconds: 2500, signal: 'SIGKILL'},
  {after: 'word', milliseconds: 1500, signal: 'SIGINT'},
  {after: 'word', milliseconds: 3000, signal: 'SIGKILL'},
];

const json = (directory: string): string[] => ['run', manifest, '--directory', directory, '--output', 'json'];

async function interruptOnce(directory: string, interruption: (typeof interruptions)[number]): Promise<void> {
  const {after: since, milliseconds, signal} = interruption;
  const {child, word, finished} = start(json(directory));
  // a process that has not said anything yet has no hand on its signals either: how long that takes is the machine's affair
  if (since === 'word') await Promise.race([word, finished]);
  await Promise.race([sleep(milliseconds), finished]);
  child.kill(signal);
  const ended = await finished;
  const expected = signal === 'SIGKILL' ? [null, 'SIGKILL'] : [130, null];
  assert.deepEqual([ended.code, ended.signal], expected, ended.stderr);
}

async function whole(directory: string): Promise<Finished> {
  const finished = await run(json(directory));
  assert.equal(finished.code, 0, finished.stderr);
  return finished;
}

test('a run interrupted five times, by SIGINT and SIGKILL, has the same trials and winner as one left alone', async () => {
  const [alone, broken] = [join(folder, 'alone'), join(folder, 'broken')];
  const leftAlone = await whole(alone);
  for (const interruption of interruptions) await interruptOnce(broken, interruption);
  const resumed = await whole(broken);

  assert.deepEqual(essence(broken), essence(alone));
  for (const part of ['best', 'baseline', 'difference'])
    assert.deepEqual(withoutLatency(lastLine(resumed)[part]), withoutLatency(lastLine(leftAlone)[part]), part);

  const replayed = await run(['replay', broken, '--output', 'json']);
  assert.equal(replayed.code, 0, replayed.stdout);
  assert.deepEqual(lastLine(replayed), {kind: 'summary', reproduced: true});

  const {open, used} = ledgerOf(broken);
  assert.deepEqual(open, {}, 'no reservation is left');
  const spent = Object.values(used).reduce((sum, {gpuMilliseconds}) => sum + gpuMilliseconds, 0);
  assert.equal(spent, charged(broken), 'the ledger holds what the attempts cost, interrupted ones too');
});

const withoutLatency = (part: unknown): unknown =>
  JSON.parse(JSON.stringify(part, (name, value: unknown) => (name === 'latencyMilliseconds' ? undefined : value)));

function ledgerOf(directory: string): LedgerSpec {
  const {entries} = readJournal(join(directory, 'journal.jsonl'));
  const written = entries.flatMap(({object}) => (object?.kind === 'GpuLedger' ? [object] : []));
  const last = written.at(-1);
  assert.ok(last, 'the run has a ledger');
  return last.spec;
}

function charged(directory: string): number {
  const lines = readFileSync(join(directory, 'trials.jsonl'), 'utf8').trim().split('\n');
  return lines
    .flatMap((line) => (JSON.parse(line) as Told).status.attempts ?? [])
    .reduce((sum, attempt) => sum + attempt.gpuMilliseconds, 0);
}
