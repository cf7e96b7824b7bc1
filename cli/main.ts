#!/usr/bin/env node
import {Command} from 'commander';
import {register as check} from './check.ts';
import {register as crds} from './crds.ts';
import {register as init} from './init.ts';
import type {FailureOptions} from './output.ts';
import {reportFailure} from './output.ts';
import {register as operator} from './operator.ts';
import {packageDescription, packageVersion} from './package.ts';
import {register as release} from './release.ts';
import {register as replay} from './replay.ts';
import {register as report} from './report.ts';
import {register as run} from './run.ts';
import {register as simulate} from './simulate.ts';
import {register as validate} from './validate.ts';

/** One file per command; each registers itself. */
const commands: readonly ((program: Command) => void)[] = [
  init,
  run,
  validate,
  simulate,
  replay,
  report,
  crds,
  operator,
  check,
  release,
];

/** Failures come as exceptions, so that `reportFailure` words all of them alike. */
function createProgram(): Command {
  const program = new Command('archsearch')
    .description(packageDescription)
    .version(packageVersion)
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  archsearch run examples/digits.yaml                 search on this machine\n' +
        '  archsearch init data.csv --target price             write a search for a table of your own\n' +
        '  archsearch run search.yaml --mount data=.           and run it\n' +
        '  archsearch report runs/digits                       write the report of a run\n\n' +
        '`archsearch COMMAND --help` tells more of each.',
    )
    .option('-o, --output <format>', 'text for people; json for JSON lines on stdout, with logs on stderr', 'text')
    .option('--debug', 'show stacks of errors', false)
    .configureHelp({showGlobalOptions: true})
    .configureOutput({outputError: () => undefined})
    .exitOverride();
  for (const register of commands) register(program);
  return program;
}

/** Known before the command line is parsed, so that a command line that cannot be parsed is answered in the format that it asks for. */
const earlyOptions = (words: readonly string[]): FailureOptions => ({
  output: /(?:^|\s)(?:--output|-o)[= ]json(?:\s|$)/.test(words.join(' ')) ? 'json' : 'text',
  debug: words.includes('--debug'),
});

/** Who reads our output may have seen enough (`archsearch crds | head`). */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, earlyOptions(process.argv.slice(2)));
}
