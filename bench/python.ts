import {execFile} from 'node:child_process';
import {access, mkdir, rm, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {hash} from '../search/hash.ts';

const execute = promisify(execFile);

/** The TensorFlow that ours is held against. */
export const tensorflow = 'tensorflow-cpu==2.21.0';

const cacheDirectory = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'archsearch', 'bench-venv');

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Runs one command of the set-up; its failure is told with what to do. */
async function step(remedy: string, command: string, ...arguments_: string[]): Promise<void> {
  try {
    await execute(command, arguments_, {maxBuffer: 1 << 26});
  } catch (error) {
    const {stderr} = error as {readonly stderr?: string};
    const cause = stderr?.trim().split('\n').at(-1) ?? String(error);
    throw new Error(`${command} ${arguments_.join(' ')} failed: ${cause}\n${remedy}`, {cause: error});
  }
}

/**
 * A Python interpreter that has these packages (as pip writes them: `optuna==5.0.0`), in a virtual environment of its own under
 * `${XDG_CACHE_HOME:-~/.cache}/archsearch/bench-venv`, made on first use. Throws an Error with the remedy when that is not possible.
 */
export async function pythonWith(requirements: readonly string[]): Promise<string> {
  const directory = join(cacheDirectory(), hash([...requirements].sort().join('\n')));
  const interpreter = join(directory, 'bin', 'python');
  const finished = join(directory, 'finished');
  if (await exists(finished)) return interpreter;
  await rm(directory, {recursive: true, force: true});
  await mkdir(cacheDirectory(), {recursive: true});
  console.error(`installing ${requirements.join(', ')} into ${directory}`);
  await step(
    'The benches need python3 with venv: apt-get install python3-venv, or its like.',
    'python3',
    '-m',
    'venv',
    directory,
  );
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements];
  await step('The benches need a package index that pip reaches; see `pip config list`.', interpreter, ...install);
  await writeFile(finished, `${requirements.join('\n')}\n`);
  return interpreter;
}

/** Runs a script of bench/peers, in one thread as ours, and returns what it printed. */
export async function runPeer(interpreter: string, script: string, ...arguments_: string[]): Promise<string> {
  const path = join(import.meta.dirname, 'peers', script);
  const env = {...process.env, OMP_NUM_THREADS: '1'};
  const {stdout} = await execute(interpreter, [path, ...arguments_], {maxBuffer: 1 << 26, env});
  return stdout;
}
