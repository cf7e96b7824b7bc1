import Table from 'cli-table3';
import {Command, InvalidArgumentError, Option} from 'commander';
import type {Bench, BenchOptions, BenchRow} from './bench.ts';

interface NamedBench {
  readonly about: string;
  /** Loaded when asked for: some benches load TensorFlow, others need a peer. */
  load(): Promise<{readonly run: Bench}>;
}

const benches = new Map<string, NamedBench>([
  ['digits', {about: 'the whole search of examples/digits.yaml, over seeds', load: () => import('./digits.ts')}],
  [
    'strategies',
    {about: 'the strategies on tables and functions, beside peers', load: () => import('./strategies.ts')},
  ],
  ['suggestions', {about: 'ask and tell of the strategies beside Optuna', load: () => import('./suggestions.ts')}],
  ['cluster', {about: 'the operator on the cluster of the tests, as root', load: () => import('./cluster.ts')}],
  ['runner', {about: 'a training step beside Keras on the same model', load: () => import('./runner.ts')}],
]);

const listing = [...benches].map(([name, {about}]) => `  ${name.padEnd(14)}${about}`).join('\n');

function knownBench(name: string): string {
  if (!benches.has(name)) throw new InvalidArgumentError(`There is no bench of this name. There are:\n${listing}`);
  return name;
}

const figure = (value: number) => (Number.isFinite(value) ? value.toPrecision(4) : String(value));

function tableOf(rows: readonly BenchRow[]): string {
  const table = new Table({
    head: ['case', 'unit', 'ours', 'peer', '', 'ratio', '95% interval', 'n'],
    style: {head: [], border: []},
    colAligns: ['left', 'left', 'right', 'right', 'left', 'right', 'left', 'right'],
  });
  for (const row of rows)
    table.push([
      row.case,
      row.unit,
      figure(row.ours),
      figure(row.peer),
      row.peerName,
      figure(row.ratio),
      row.interval.map(figure).join(' – '),
      row.n,
    ]);
  return `${table.toString()}\nratio > 1: ours is better`;
}

async function runBench(name: string, {quick, output}: BenchOptions & {readonly output: 'text' | 'json'}) {
  const bench = benches.get(name);
  if (bench === undefined) throw new Error(`There is no bench named ${name}.`);
  const {run} = await bench.load();
  const rows = await run({quick});
  console.log(output === 'json' ? JSON.stringify({kind: 'bench', name, rows}) : tableOf(rows));
}

const program = new Command('bench')
  .description('Measures archsearch beside its peers.')
  .usage('NAME [--quick] [--output json]')
  .argument('[name]', 'the bench; left out, they are listed', knownBench)
  .option('--quick', 'fewer repetitions: a smoke run, not a figure to quote', false)
  .addOption(new Option('--output <format>', 'text or json').choices(['text', 'json']).default('text'))
  .action(async (name: string | undefined, options: BenchOptions & {readonly output: 'text' | 'json'}) => {
    if (name === undefined)
      console.log(`npm run bench -- NAME [--quick] [--output json], where NAME is one of\n${listing}`);
    else await runBench(name, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
