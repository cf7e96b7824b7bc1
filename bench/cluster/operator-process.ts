import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');

/** `archsearch operator` as it runs on a cluster, for one namespace, in a process of its own. */
export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #started = performance.now();
  /** Seconds from its start to the first thing that it did for a search. */
  readonly firstAction: Promise<number>;

  constructor(namespace: string, healthPort: number) {
    const words = ['operator', '--namespace', namespace, '--lease-namespace', namespace, '--lease-seconds', '3'];
    const options = ['--trial-service-account', 'default', '--workers', '8', '--log-level', 'debug'];
    // what Node takes of the chart's limit of 512 MiB; of this machine's memory it would take more before it tidies up
    const env = {...process.env, NODE_OPTIONS: '--max-old-space-size=256'};
    const child = spawn(process.execPath, [main, ...words, ...options, '--health-port', String(healthPort)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.firstAction = new Promise((resolve) => {
      createInterface({input: child.stdout}).on('line', (line) => {
        if (line.includes('"msg":"action"')) resolve((performance.now() - this.#started) / 1000);
      });
    });
  }

  /** Resident memory, in megabytes. */
  get megabytes(): number {
    const status = readFileSync(`/proc/${String(this.#child.pid)}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** Processor time that it has taken so far, in seconds: fields 14 and 15 of proc(5), in hundredths. */
  get processorSeconds(): number {
    const [, after = ''] = readFileSync(`/proc/${String(this.#child.pid)}/stat`, 'utf8').split(') ');
    const fields = after.split(' ').map(Number);
    return ((fields[11] ?? 0) + (fields[12] ?? 0)) / 100;
  }

  /** In order: the lease is given back, so that the next one need not wait for it. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}
