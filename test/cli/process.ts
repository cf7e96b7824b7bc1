import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** It has written its first result. */
  readonly word: Promise<void>;
  readonly finished: Promise<Finished>;
}

/** `archsearch` as a user's shell starts it. */
export function start(args: readonly string[]): Started {
  const child = spawn(process.execPath, [main, ...args], {stdio: ['ignore', 'pipe', 'pipe']});
  const streams = {stdout: '', stderr: ''};
  child.stdout.on('data', (chunk: Buffer) => (streams.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (streams.stderr += chunk.toString()));
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({code, signal, ...streams});
    });
  });
  const word = new Promise<void>((resolve) => {
    child.stdout.once('data', () => {
      resolve();
    });
  });
  return {child, word, finished};
}

export const run = (args: readonly string[]): Promise<Finished> => start(args).finished;

/** The last line of JSON on stdout. */
export const lastLine = ({stdout}: Finished): Record<string, unknown> =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null') as Record<string, unknown>;
