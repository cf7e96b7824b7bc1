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

/** `archsearch` as a user's shell starts it. */
export function start(args: readonly string[]): {readonly child: ChildProcess; readonly finished: Promise<Finished>} {
  const child = spawn(process.execPath, [main, ...args], {stdio: ['ignore', 'pipe', 'pipe']});
  const streams = {stdout: '', stderr: ''};
  child.stdout.on('data', (chunk: Buffer) => (streams.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (streams.stderr += chunk.toString()));
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({code, signal, ...streams});
    });
  });
  return {child, finished};
}

export const run = (args: readonly string[]): Promise<Finished> => start(args).finished;

/** The last line of JSON on stdout. */
export const lastLine = ({stdout}: Finished): Record<string, unknown> =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null') as Record<string, unknown>;
