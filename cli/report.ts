import {writeFileSync} from 'node:fs';
import type {Command} from 'commander';
import {RunDirectory} from '../operator/local/directory.ts';
import type {Output} from './output.ts';
import {CliError, createOutput, isOutputFormat, outputOf, outputTarget} from './output.ts';

export function register(program: Command): void {
  program
    .command('report')
    .summary('write the report of a run')
    .description(
      'Writes what became of a run as one HTML page that needs no network: was it worth it, what was found, how, what failed, every ' +
        'trial, and what is needed to have it again. It goes to DIRECTORY/report.html, or to the file that `-o FILE` names. A run ' +
        'that is under way can be looked at too.\n\nExample: archsearch report runs/digits',
    )
    .argument('<directory>', 'the directory of a run')
    .action(async (directory: string, _options: unknown, command: Command) => {
      const target = outputTarget(command);
      const output = isOutputFormat(target) ? outputOf(command) : createOutput('text');
      const run = new RunDirectory(directory);
      const path = await writeReport(run, isOutputFormat(target) ? reportPath(run) : target);
      output.result({kind: 'report', path}, path);
    });
}

const reportPath = (directory: RunDirectory): string => directory.at('report.html');

/** Writes the report of a run and returns its path. */
async function writeReport(directory: RunDirectory, path = reportPath(directory)): Promise<string> {
  // Loaded when it is asked for: bundler and layout engine would make every other command wait.
  const {reportOf} = await import('../report/report.ts');
  const html = await reportOf(directory);
  if (html === undefined)
    throw new CliError(`${directory.path} holds no run`, 'give the directory that `archsearch run` named at its end');
  try {
    writeFileSync(path, html);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${path} cannot be written (${reason})`, 'give -o a file that you may write', {cause});
  }
  return path;
}

/** The report at the end of a run: that it could not be written is told, and does not make the run a failure. */
export async function tryReport(directory: RunDirectory, output: Output): Promise<string | undefined> {
  try {
    return await writeReport(directory);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    output.log(`the report was not written (${message}); \`archsearch report ${directory.path}\` tries again`);
    return undefined;
  }
}
