import {fork} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {LocalBus} from '../../../operator/local/bus.ts';
import type {BusUnderTest, RunnerUnderTest} from '../bus.ts';

const child = join(import.meta.dirname, 'child.ts');

/** The bus of local mode, with child processes that report as the trial runner does. */
export async function openLocalBus(): Promise<BusUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'archsearch-bus-'));
  const bus = new LocalBus(directory, () => undefined);
  return {
    bus,
    search: {namespace: 'default', name: 'search'},
    trial: 'search-c1',
    runner: () => startRunner(bus),
    writeBlob(name, bytes) {
      const file = join(directory, 'search-c1', name);
      mkdirSync(dirname(file), {recursive: true});
      writeFileSync(file, bytes);
      return Promise.resolve();
    },
    close() {
      rmSync(directory, {recursive: true});
      return Promise.resolve();
    },
  };
}

/** A process takes its time to begin to listen, whatever is sent to it meanwhile. */
function startRunner(bus: LocalBus): RunnerUnderTest {
  const podUid = randomUUID();
  const running = fork(child, [], {stdio: ['pipe', 'pipe', 'inherit', 'ipc']});
  let heard = '';
  running.stdout?.on('data', (data) => (heard += String(data)));
  bus.attach(podUid, running);
  const order = (line: unknown): void => void running.stdin?.write(`${JSON.stringify(line)}\n`);
  return {
    podUid,
    epoch: (epoch) => {
      order({epoch});
    },
    say: (say) => {
      order({say});
      return Promise.resolve();
    },
    stops: () => heard.split('\n').filter((line) => line !== ''),
    async end() {
      const ended = once(running, 'exit');
      running.kill('SIGKILL');
      await ended;
    },
  };
}
