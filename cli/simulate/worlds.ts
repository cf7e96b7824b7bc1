import {cellWorld} from '../../search/simulation/cells.ts';
import {dartsLikeWorld, surrogateSchema} from '../../search/simulation/darts-like.ts';
import {historyWorld, parameterKinds} from '../../search/simulation/history.ts';
import type {ParameterColumn, ParameterKind} from '../../search/simulation/history.ts';
import type {World} from '../../search/simulation/world.ts';
import {CliError} from '../output.ts';
import {needed} from './options.ts';
import type {SimulateOptions} from './options.ts';
import {checked, readPossiblyPacked, readTable} from './table-file.ts';

const goals: Readonly<Record<string, World['goal']>> = {maximize: 'Maximize', minimize: 'Minimize'};

function goalOf({goal}: SimulateOptions): World['goal'] {
  const known = goals[goal.toLowerCase()];
  if (known !== undefined) return known;
  throw new CliError(`--goal ${goal} is no goal`, `give --goal ${Object.keys(goals).join(' or ')}`, {exitCode: 2});
}

/** Shorter names for the kinds of parameters. */
const aliases: Readonly<Record<string, ParameterKind>> = {
  ...Object.fromEntries(parameterKinds.map((kind) => [kind, kind])),
  choice: 'categorical',
  int: 'integer',
  real: 'numeric',
  float: 'numeric',
  log: 'log-numeric',
};

function parameterOf(text: string, columns: readonly string[]): ParameterColumn {
  const at = text.lastIndexOf(':');
  const name = checked('--parameters', text.slice(0, Math.max(0, at)), columns);
  const kind = aliases[text.slice(at + 1).toLowerCase()];
  if (kind !== undefined) return {name, kind};
  throw new CliError(`--parameters ${text}: unknown kind`, `give ${name}: one of ${parameterKinds.join(', ')}`, {
    exitCode: 2,
  });
}

function openHistory(options: SimulateOptions): World {
  const names = needed(options, 'parameters').split(',');
  const {columns, rows} = readTable(options);
  const parameters = names.map((text) => parameterOf(text.trim(), columns));
  try {
    return historyWorld(rows, parameters, goalOf(options));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CliError(`--parameters: ${cause.message}`, 'change the kind, or the table', {exitCode: 2, cause});
  }
}

function openCells(options: SimulateOptions): World {
  const {columns, rows} = readTable(options);
  return cellWorld(rows, checked('--architecture', options.architecture, columns), goalOf(options));
}

function openSurrogate(options: SimulateOptions): World {
  const path = needed(options, 'surrogate');
  const text = readPossiblyPacked(path);
  try {
    return dartsLikeWorld(surrogateSchema.parse(JSON.parse(text)));
  } catch (cause) {
    throw new CliError(`${path} holds no surrogate`, 'give a JSON file with the coefficients of a DARTS-like space', {
      cause,
    });
  }
}

/** One row per space that can be simulated. */
const worlds: Readonly<Record<string, (options: SimulateOptions) => World>> = {
  'nas-bench-201': openCells,
  table: openHistory,
  'darts-like': openSurrogate,
};
export const worldNames = Object.keys(worlds);

/** The world that the command line asks for; throws a CliError that names the option. */
export function openWorld(options: SimulateOptions): World {
  const open = worlds[options.space];
  if (open !== undefined) return open(options);
  throw new CliError(`--space ${options.space} cannot be simulated`, `give --space ${worldNames.join(', ')}`, {
    exitCode: 2,
  });
}
