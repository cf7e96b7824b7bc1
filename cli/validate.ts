import {readFileSync} from 'node:fs';
import type {Command} from 'commander';
import type {Problem, Validation} from '../api/validate.ts';
import {validateManifest} from '../api/validate.ts';
import type {Output} from './output.ts';
import {CliError, outputOf} from './output.ts';

export function register(program: Command): void {
  program
    .command('validate')
    .summary('check search files without a cluster')
    .description(
      'Checks each ArchitectureSearch of the files as the API server would, and beyond it: values that kubectl reads differently, ' +
        'the arithmetic of budgets, and advice. Exits with 1 when there is an error.\n\n' +
        'Examples:\n  archsearch validate search.yaml\n  kubectl get archs digits -o yaml | archsearch validate -',
    )
    .argument('<file...>', 'YAML files; - reads standard input')
    .action((files: readonly string[], _options: unknown, command: Command) => {
      process.exitCode = validateFiles(files, outputOf(command));
    });
}

function validateFiles(files: readonly string[], output: Output): number {
  const validations = files.map((file) => validateManifest(readText(file), file));
  const problems = validations.flatMap((validation) => validation.problems);
  for (const problem of problems) output.result({kind: 'problem', ...problem}, lineOf(problem));
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const searches = validations.flatMap((validation) => validation.searches.map((search) => search.metadata.name));
  output.result(
    {kind: 'summary', files: files.length, searches, errors, warnings: problems.length - errors},
    closing(validations, errors),
  );
  return errors === 0 ? 0 : 1;
}

/** `search.yaml:12:5  error  spec.limits.trials: found 0; is too small; give at least 1`. */
export const lineOf = ({file, line, column, severity, field, found, message, remedy}: Problem): string =>
  `${file}:${String(line)}:${String(column)}  ${severity}  ${field === '' ? '' : `${field}: `}found ${found}; ${message}; ${remedy}`;

function closing(validations: readonly Validation[], errors: number): string {
  if (errors > 0) return counted(errors, 'error');
  const searches = validations.reduce((sum, validation) => sum + validation.searches.length, 0);
  return `${counted(searches, 'search', 'searches')} valid`;
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${String(count)} ${count === 1 ? one : many}`;

const standardInput = 0;

/** Throws a CliError for a file that cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? standardInput : file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/, (open|read).*$/, '') : String(cause);
    throw new CliError(`${file} cannot be read (${reason})`, 'give the path of a YAML file', {cause});
  }
}
