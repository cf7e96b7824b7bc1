import Table from 'cli-table3';
import type {Command} from 'commander';
import {simulate} from '../search/simulation/simulate.ts';
import {summarizeRuns} from '../search/simulation/summary.ts';
import type {SimulationSummary} from '../search/simulation/summary.ts';
import type {World} from '../search/simulation/world.ts';
import type {StrategyType} from '../search/strategy.ts';
import {CliError, outputOf} from './output.ts';
import type {Output} from './output.ts';
import {wholeNumber} from './simulate/options.ts';
import type {SimulateOptions} from './simulate/options.ts';
import {openWorld, worldNames} from './simulate/worlds.ts';
import {openSettings, strategyOf} from './simulate/settings.ts';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

export function register(program: Command): void {
  program
    .command('simulate')
    .summary('run a strategy on a table of results instead of training')
    .description(
      'Runs a strategy on a table of results, in simulated time, once for each seed: what would it have found, and what would that have cost? ' +
        'The candidate with the best guide is the result; its report is what is told, and never shown to the strategy. An empty or NaN cell is a failed trial.\n\n' +
        'Examples:\n' +
        '  archsearch simulate --space nas-bench-201 --table cells.csv --guide valid --cost seconds --report test --budget-seconds 12000\n' +
        '  archsearch simulate --space table --parameters lr:log-numeric,units:integer --table history.csv --guide acc --cost seconds --report test --evaluations 50\n' +
        '  archsearch simulate --space darts-like --surrogate surrogate.json --evaluations 300',
    )
    .requiredOption('--space <name>', `what is searched: ${worldNames.join(', ')}`)
    .option('--table <file>', 'CSV, or CSV compressed by gzip, with a header')
    .option('--surrogate <file>', 'JSON with the coefficients of a DARTS-like space')
    .option('--architecture <column>', 'nas-bench-201: the column with the architecture string', 'arch')
    .option(
      '--parameters <name:kind,...>',
      'table: the columns that are parameters, each categorical, integer, log-integer, numeric or log-numeric',
    )
    .option('--guide <column>', 'what the strategy is shown')
    .option('--cost <column>', 'seconds of a trial (with --curve, of one of its epochs)')
    .option('--report <column>', 'what is told at the end')
    .option('--curve <prefix>', 'columns PREFIX1, PREFIX2, … hold the guide after each epoch')
    .option('--proxy <column>', 'a score known before training, more being better')
    .option('--goal <goal>', 'what is done to guide and report: maximize or minimize', 'maximize')
    .option('--strategy <type>', 'the strategy', 'Portfolio')
    .option('--settings <key=value>', 'a setting of the strategy; may be repeated', collect, [])
    .option(
      '--budget-seconds <seconds>',
      'end of a search: simulated seconds, summed over the workers; a trial that would cross it does not count',
      positive('--budget-seconds'),
    )
    .option('--evaluations <count>', 'end of a search: trials that are paid for', wholeNumber('--evaluations', 1))
    .option('--seeds <count>', 'how many searches', wholeNumber('--seeds', 1), 100)
    .option('--seed-offset <seed>', 'the first seed', wholeNumber('--seed-offset', 0), 0)
    .option('--parallel <workers>', 'trials side by side', wholeNumber('--parallel', 1), 1)
    .action((options: SimulateOptions, command: Command) => {
      simulateSeeds(options, outputOf(command));
    });
}

function positive(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value > 0) return value;
    throw new CliError(`${option} ${text} is no amount`, `give ${option} a number above 0`, {exitCode: 2});
  };
}

const clock = (): number => performance.now() / 1_000;

function simulateSeeds(options: SimulateOptions, output: Output): void {
  if (options.budgetSeconds === undefined && options.evaluations === undefined)
    throw new CliError('a simulated search needs an end', 'give --budget-seconds or --evaluations', {exitCode: 2});
  const world = openWorld(options);
  const row = strategyOf(options.strategy);
  const settings = openSettings(row, options.settings);
  const seeds = Array.from({length: options.seeds}, (_, at) => options.seedOffset + at);
  const runs = seeds.map((seed) =>
    simulate({
      world,
      row,
      settings,
      seed,
      budgetSeconds: options.budgetSeconds ?? Infinity,
      evaluations: options.evaluations ?? Infinity,
      parallel: options.parallel,
      clock,
    }),
  );
  report(world, row, {summary: summarizeRuns(world, runs), output});
}

function report(
  world: World,
  {type}: StrategyType,
  {summary, output}: {summary: SimulationSummary; output: Output},
): void {
  const seeds = summary.report.perSeed.length;
  output.result({kind: 'summary', strategy: type, seeds, ...summary}, textOf(type, summary, world));
}

const figure = (value: number | undefined): string =>
  value === undefined ? 'unknown' : String(Number(value.toPrecision(6)));

function textOf(type: string, summary: SimulationSummary, world: World): string {
  const {report: told, guide, evaluations, unique, spent, ownSeconds, regretByCost} = summary;
  const table = new Table({style: {head: [], border: []}, colAligns: ['left', 'right']});
  table.push(
    ['strategy', type],
    ['seeds', told.perSeed.length],
    ['report, mean ± standard error', `${figure(told.mean)} ± ${figure(told.se)}`],
    ['report, standard deviation', figure(told.sd)],
    ['best report there is', figure(world.bestReport)],
    ['guide, mean', figure(guide.mean)],
    ['trials, mean', figure(evaluations.mean)],
    ['different trials, mean', figure(unique.mean)],
    ['simulated seconds spent, mean', figure(spent.mean)],
    ["the strategy's own seconds, all seeds", figure(ownSeconds)],
  );
  const curve = new Table({
    head: ['seconds spent', 'regret, mean'],
    style: {head: [], border: []},
    colAligns: ['right', 'right'],
  });
  for (const [cost, regret] of regretByCost.filter((_, at) => at % 6 === 5)) curve.push([figure(cost), figure(regret)]);
  return `${table.toString()}\n${curve.toString()}`;
}
