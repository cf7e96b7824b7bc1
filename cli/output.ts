import {CommanderError} from 'commander';
import type {Command} from 'commander';
import {DamagedJournal} from '../operator/local/journal.ts';

/** A failure that the user can do something about: one line, a remedy, an exit code; no stack unless `--debug` asks for it. */
export class CliError extends Error {
  readonly remedy: string;
  readonly exitCode: number;
  constructor(message: string, remedy: string, options: {readonly exitCode?: number; readonly cause?: unknown} = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.name = 'CliError';
    this.remedy = remedy;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A line of the result: `kind` tells the reader of JSON what it is. */
export type ResultLine = Readonly<Record<string, unknown>> & {readonly kind: string};

/** Where a command writes: results to stdout, as text or as JSON lines; what happens meanwhile to stderr. */
export interface Output {
  readonly json: boolean;
  /** One line of the result; `text` is for people (undefined: nothing to show them). */
  result(line: ResultLine, text?: string): void;
  /** Progress and remarks, for people and log collectors; never part of the result. */
  log(text: string): void;
}

/** The streams of the process, so that tests can listen. */
export interface Streams {
  readonly stdout: {write(text: string): unknown};
  readonly stderr: {write(text: string): unknown};
}

export const outputFormats = ['text', 'json'] as const;
export type OutputFormat = (typeof outputFormats)[number];
export const isOutputFormat = (text: string): text is OutputFormat =>
  (outputFormats as readonly string[]).includes(text);

/** What `--output` was given; a command that writes files takes a directory there as well. */
export const outputTarget = (command: Command): string => command.optsWithGlobals<{readonly output: string}>().output;

/** The output of a command, as its `--output` asks. Throws a CliError for a format that there is not. */
export function outputOf(command: Command, streams: Streams = process): Output {
  const format = outputTarget(command);
  if (isOutputFormat(format)) return createOutput(format, streams);
  throw new CliError(`--output ${format} is no format`, `give --output ${outputFormats.join(' or ')}`, {exitCode: 2});
}

export function createOutput(format: OutputFormat, {stdout, stderr}: Streams = process): Output {
  const json = format === 'json';
  return {
    json,
    result: (line, text) => {
      if (json) stdout.write(`${JSON.stringify(line)}\n`);
      else if (text !== undefined) stdout.write(`${text}\n`);
    },
    log: (text) => {
      stderr.write(`${text}\n`);
    },
  };
}

export interface FailureOptions {
  readonly output: OutputFormat;
  readonly debug: boolean;
}

/** Tells what went wrong in one line with its remedy, on stdout as JSON or on stderr as text; returns the exit code. */
export function reportFailure(error: unknown, options: FailureOptions, streams: Streams = process): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const {message, remedy, exitCode} = wordsFor(error);
  if (options.output === 'json') streams.stdout.write(`${JSON.stringify({kind: 'error', message, remedy})}\n`);
  else streams.stderr.write(`error: ${message}; ${remedy}\n`);
  if (options.debug) streams.stderr.write(`${stackOf(error)}\n`);
  return exitCode;
}

interface Words {
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: number;
}

function wordsFor(error: unknown): Words {
  if (error instanceof CliError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const [message = text] = text.replace(/^error: /, '').split('\n');
  if (error instanceof CommanderError)
    return {message, remedy: 'see archsearch --help', exitCode: Math.max(2, error.exitCode)};
  if (error instanceof DamagedJournal) return {message, remedy: damaged, exitCode: 1};
  const remedy = systemRemedies[codeOf(error)];
  if (remedy !== undefined) return {message, remedy, exitCode: 1};
  return {
    message: `unexpected: ${message}`,
    remedy: 'run the command again with --debug and report what it shows',
    exitCode: 70,
  };
}

const damaged =
  '`archsearch run FILE --fresh` starts again and keeps what is there aside; up to the line before, the journal is whole';

/** What the operating system refuses, wherever it happens. */
const systemRemedies: Readonly<Record<string, string>> = {
  ENOENT: 'check the path',
  ENOTDIR: 'check the path: a part of it is a file',
  EISDIR: 'give a file instead of a directory',
  EACCES: 'give a path that you may use, or change its permissions',
  EPERM: 'give a path that you may use, or change its permissions',
  EROFS: 'give a path on a file system that can be written',
  ENOSPC: 'make room on the disk; an interrupted run goes on with the same command',
  EDQUOT: 'make room on the disk; an interrupted run goes on with the same command',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENOMEM: 'free memory, or use smaller data',
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}
