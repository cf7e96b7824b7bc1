import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {parseDocument} from 'yaml';
import {z} from 'zod';
import {comparison, mean, seconds} from './bench.ts';
import type {BenchOptions, BenchRow} from './bench.ts';

/** What a search on two CPU cores may take, and what its winner must reach on the test split. */
const limitSeconds = 300;
const requiredAccuracy = 0.96;

const root = join(import.meta.dirname, '..');
const example = join(root, 'examples', 'digits.yaml');
const accuracy = z.object({test: z.object({accuracy: z.number()})});
const summaryLine = z.object({kind: z.literal('summary'), best: accuracy, baseline: accuracy});

interface Outcome {
  readonly winner: number;
  readonly baseline: number;
  readonly seconds: number;
}

/** The example with another seed, run as a person would run it, in a directory that is thrown away. */
async function search(seed: number): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'archsearch-bench-digits-'));
  try {
    const document = parseDocument(await readFile(example, 'utf8'));
    document.setIn(['spec', 'randomSeed'], seed);
    const file = join(directory, 'search.yaml');
    await writeFile(file, document.toString());
    let stdout = '';
    const elapsed = await seconds(async () => {
      const command = [join(root, 'cli', 'main.ts'), 'run', file, '--output', 'json'];
      const run = await promisify(execFile)(process.execPath, command, {cwd: directory, maxBuffer: 1 << 28});
      stdout = run.stdout;
    });
    const summary = summaryLine.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
    return {winner: summary.best.test.accuracy, baseline: summary.baseline.test.accuracy, seconds: elapsed};
  } finally {
    await rm(directory, {recursive: true, force: true});
  }
}

export async function run({quick}: BenchOptions): Promise<BenchRow[]> {
  const outcomes: Outcome[] = [];
  for (let seed = 1; seed <= (quick ? 1 : 5); seed++) {
    const outcome = await search(seed);
    console.error(
      `seed ${seed}: winner ${outcome.winner.toFixed(4)}, baseline ${outcome.baseline.toFixed(4)}, ${outcome.seconds.toFixed(0)} s`,
    );
    outcomes.push(outcome);
  }
  const winners = outcomes.map(({winner}) => winner);
  const times = outcomes.map((outcome) => outcome.seconds);
  const fixed = (value: number) => outcomes.map(() => value);
  return [
    comparison(
      {case: 'test accuracy of the winner', unit: 'share', peerName: 'tuned baseline of the same run'},
      {ours: winners, peer: outcomes.map(({baseline}) => baseline)},
      {better: 'More', centre: mean},
    ),
    comparison(
      {case: 'test accuracy of the winner', unit: 'share', peerName: 'required'},
      {ours: winners, peer: fixed(requiredAccuracy)},
      {better: 'More', centre: mean},
    ),
    comparison(
      {case: 'whole search', unit: 's', peerName: 'limit'},
      {ours: times, peer: fixed(limitSeconds)},
      {better: 'Less', centre: mean},
    ),
  ];
}
