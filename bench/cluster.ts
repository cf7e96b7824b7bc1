import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import type {BenchOptions, BenchRow} from './bench.ts';

/** Set in the process that runs where the cluster's network is. */
const inside = 'ARCHSEARCH_BENCH_INSIDE';
const setup = join(import.meta.dirname, '..', 'test', 'cluster', 'setup');
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const root = process.env['ARCHSEARCH_CLUSTER_ROOT'] ?? join(cache, 'archsearch', 'cluster');
const remedy =
  'as root, `ARCHSEARCH_CLUSTER_KEEP=1 npm run test:cluster -- test/cluster/facts/binding.test.ts` starts one that stays up';

/**
 * The operator on a real API server. Needs the cluster of the tests, up and left alone by others: the bench takes its lock. The network of
 * that cluster can be reached from within alone, so that the measuring is done by a process that is started there.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  if (process.env[inside] === '1') return (await import('./cluster/measurements.ts')).measure(options);
  if (!existsSync(join(root, 'run', 'pki', 'admin.kubeconfig'))) throw new Error(`There is no test cluster: ${remedy}`);
  const words = ['bench/main.ts', 'cluster', '--output', 'json', ...(options.quick ? ['--quick'] : [])];
  const settings = `. ${join(setup, 'settings.sh')} && exec "$0" "$@"`;
  const within = ['bash', '-c', settings, join(setup, 'enter.sh'), process.execPath, ...words];
  const child = spawn('flock', ['--nonblock', '--conflict-exit-code', '75', join(root, 'lock'), ...within], {
    cwd: join(import.meta.dirname, '..'),
    env: {...process.env, [inside]: '1'},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 75) throw new Error('The test cluster is in use: wait for the other run to end.');
  if (code !== 0) throw new Error('The bench of the cluster failed, for the reason above.');
  return (JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {readonly rows: BenchRow[]}).rows;
}
