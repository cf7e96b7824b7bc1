import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a user does; `cli` is another copy's main file, `cwd` the directory that the user is in. */
export function archsearch(words: readonly string[], {input = '', cli = main, cwd = process.cwd()} = {}): Ran {
  const {status, stdout, stderr} = spawnSync(process.execPath, [cli, ...words], {input, cwd, encoding: 'utf8'});
  return {code: status, stdout, stderr};
}

/** The JSON lines of an output. */
export const jsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
