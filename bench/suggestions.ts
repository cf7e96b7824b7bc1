import {begin, fold} from '../search/fold.ts';
import type {Folding, LogEntry} from '../search/fold.ts';
import {oneArchitecture} from '../search/simulation/one-architecture.ts';
import {strategies} from '../search/strategies/index.ts';
import {comparison, interleaved, seconds} from './bench.ts';
import type {BenchOptions, BenchRow} from './bench.ts';
import {pythonWith, runPeer} from './python.ts';
import {eightParameters} from './strategies/eight-parameters.ts';

const optuna = 'optuna==5.0.0';

function foldingOf(type: string, seed: number): Folding {
  const row = strategies.find((candidate) => candidate.type === type);
  if (row === undefined) throw new Error(`There is no strategy ${type}.`);
  const objectives = [{metric: 'accuracy', goal: 'Maximize'}] as const;
  return {
    problem: {space: oneArchitecture, training: eightParameters, objectives, maxEpochs: 1, seed},
    row,
    settings: row.settings.parse({}),
  };
}

/** Asks and tells so many trials, as the operator does, and returns their log. */
function askAndTell({problem, row, settings}: Folding, trials: number): LogEntry[] {
  const log: LogEntry[] = [];
  let state = begin({problem, row, settings});
  for (let index = 1; index <= trials; index += 1) {
    const proposal = row.strategy.ask(problem, settings, state);
    if (proposal.kind !== 'Propose') throw new Error(`${row.type} proposes nothing at ${index}.`);
    state = row.strategy.asked(problem, settings, state, proposal);
    const values = {accuracy: Number(proposal.candidate.training['learningRate'])};
    const report = {index, kind: 'scored', values, epoch: 1, cost: 1} as const;
    state = row.strategy.tell(problem, settings, state, report);
    log.push({proposal, after: [report]});
  }
  return log;
}

const pairs = [
  {type: 'Random', sampler: 'Random', peerName: 'Optuna RandomSampler'},
  {type: 'RegularizedEvolution', sampler: 'NSGAII', peerName: 'Optuna NSGAIISampler'},
  {type: 'Tpe', sampler: 'TPE', peerName: 'Optuna TPESampler'},
] as const;

const foldLimitSeconds = 1;

/** Ask and tell beside Optuna, over the same eight parameters and in turn; and how long a long log takes to fold. */
export async function run({quick}: BenchOptions): Promise<BenchRow[]> {
  const [trials, rounds] = quick ? [300, 3] : [1_000, 10];
  const python = await pythonWith([optuna]);
  const rows: BenchRow[] = [];
  for (const {type, sampler, peerName} of pairs) {
    let seed = 0;
    const peer = async (): Promise<number> => {
      const printed = await runPeer(
        python,
        'optuna_suggestions.py',
        '--sampler',
        sampler,
        '--trials',
        `${trials}`,
        '--seed',
        `${seed}`,
      );
      return (JSON.parse(printed) as {readonly seconds: number}).seconds;
    };
    const ours = (): Promise<number> => seconds(() => askAndTell(foldingOf(type, (seed += 1)), trials));
    const inMilliseconds = (values: readonly number[]): number[] => values.map((each) => (1_000 * each) / trials);
    const samples = await interleaved({ours, peer, rounds});
    const perTrial = {ours: inMilliseconds(samples.ours), peer: inMilliseconds(samples.peer)};
    const label = {
      case: `${type}, ask and tell, mean of ${trials}`,
      unit: 'ms',
      peerName: `${peerName} ${optuna.slice(8)}`,
    };
    rows.push(comparison(label, perTrial, {better: 'Less'}));
  }
  return [...rows, await foldRow(quick)];
}

async function foldRow(quick: boolean): Promise<BenchRow> {
  const folding = foldingOf('RegularizedEvolution', 1);
  const log = askAndTell(folding, 10_000);
  const ours: number[] = [];
  for (let round = 0; round < (quick ? 2 : 5); round += 1) ours.push(await seconds(() => fold(folding, log)));
  const label = {case: 'RegularizedEvolution, fold of 10,000 trials', unit: 's', peerName: 'limit'};
  return comparison(label, {ours, peer: ours.map(() => foldLimitSeconds)}, {better: 'Less'});
}
