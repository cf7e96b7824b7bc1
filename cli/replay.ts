import type {Command} from 'commander';
import {RunDirectory} from '../operator/local/directory.ts';
import {readSnapshot} from '../operator/local/snapshot.ts';
import {replay} from '../operator/replay.ts';
import type {Replayed} from '../operator/replay.ts';
import type {Output} from './output.ts';
import {CliError, outputOf} from './output.ts';

export function register(program: Command): void {
  program
    .command('replay')
    .summary('check that a run can be reproduced from its log')
    .description(
      'Folds the recorded trials of a run again and asks the strategy at each step: every architecture must be the one that the log holds. Exits with 1 and names the first difference otherwise.\n\nExample: archsearch replay runs/digits',
    )
    .argument('<directory>', 'the directory of a run')
    .action((directory: string, _options: unknown, command: Command) => {
      process.exitCode = replayDirectory(directory, outputOf(command));
    });
}

function replayDirectory(path: string, output: Output): number {
  const snapshot = readSnapshot(new RunDirectory(path).journal);
  if (snapshot === undefined)
    throw new CliError(`${path} holds no run`, 'give the directory that `archsearch run` named at its end');
  const replayed = replay(snapshot.search, snapshot.trials);
  for (const log of replayed) output.result({kind: 'replay', ...log}, sentenceOf(log));
  const faithful = replayed.every(({difference, missing}) => difference === undefined && missing.length === 0);
  output.result({kind: 'summary', reproduced: faithful}, faithful ? 'every decision was reproduced' : undefined);
  return faithful ? 0 : 1;
}

function sentenceOf({purpose, strategy, proposals, missing, difference}: Replayed): string {
  const log = `${purpose} (${strategy}): ${String(proposals)} proposals`;
  if (missing.length > 0) return `${log}; the log lacks ${missing.map(String).join(', ')}`;
  if (difference === undefined) return `${log}, all reproduced`;
  const {index, expected, found} = difference;
  return `${log}; number ${String(index)} differs: the log holds ${JSON.stringify(found)}, the strategy says ${JSON.stringify(expected)}`;
}
