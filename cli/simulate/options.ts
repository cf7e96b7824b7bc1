import {CliError} from '../output.ts';

/** The command line of `simulate`, as commander reads it. */
export interface SimulateOptions {
  readonly space: string;
  readonly table?: string;
  readonly surrogate?: string;
  readonly architecture: string;
  readonly parameters?: string;
  readonly guide?: string;
  readonly cost?: string;
  readonly report?: string;
  readonly curve?: string;
  readonly proxy?: string;
  readonly goal: string;
  readonly strategy: string;
  readonly settings: readonly string[];
  readonly budgetSeconds?: number;
  readonly evaluations?: number;
  readonly seeds: number;
  readonly seedOffset: number;
  readonly parallel: number;
}

/** Reads an option that counts something; throws a CliError that names it. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new CliError(`${option} ${text} is no count`, `give ${option} a whole number of at least ${String(least)}`, {
      exitCode: 2,
    });
  };
}

/** An option that this space cannot do without; throws a CliError that names it. */
export function needed(
  options: SimulateOptions,
  name: 'table' | 'surrogate' | 'parameters' | 'guide' | 'cost' | 'report',
): string {
  const value = options[name];
  if (value !== undefined) return value;
  throw new CliError(`--space ${options.space} needs --${name}`, `give --${name}; see archsearch simulate --help`, {
    exitCode: 2,
  });
}
