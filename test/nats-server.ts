import {execFileSync, spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';

const script = join(import.meta.dirname, '../scripts/nats-server.sh');

/** A real nats-server with JetStream on the loopback interface; it can be killed and started again on what it had stored. */
export class NatsServer {
  readonly #binary: string;
  readonly #port: number;
  readonly #store = mkdtempSync(join(tmpdir(), 'archsearch-nats-'));
  readonly #configuration: string;
  #process: ChildProcess | undefined;

  private constructor(binary: string, port: number, configuration: string) {
    this.#binary = binary;
    this.#port = port;
    this.#configuration = join(this.#store, 'nats.conf');
    writeFileSync(this.#configuration, configuration);
  }

  /** `configuration` is what there is to say besides the address and the store. */
  static async start(configuration = ''): Promise<NatsServer> {
    const binary = execFileSync('bash', [script], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']}).trim();
    const server = new NatsServer(binary, await freePort(), configuration);
    await server.up();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `nats://127.0.0.1:${String(this.#port)}`;
  }

  /** Where the server writes what it has to say. */
  get log(): string {
    return join(this.#store, 'log');
  }

  async up(): Promise<void> {
    const where = ['--addr', '127.0.0.1', '--port', String(this.#port), '--log', this.log];
    const what = ['--config', this.#configuration, '--jetstream', '--store_dir', this.#store];
    this.#process = spawn(this.#binary, [...where, ...what], {stdio: 'ignore'});
    for (let tries = 0; tries < 500; tries++) {
      if (this.#process.exitCode !== null) throw new Error(`nats-server exited with ${this.#process.exitCode}`);
      if (await answers(this.#port)) return;
      await pause(20);
    }
    throw new Error('nats-server does not listen');
  }

  /** SIGKILL: nothing is said or written any more. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running?.exitCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#store, {recursive: true, force: true});
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether somebody there speaks NATS: the server is the first to speak. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('data', (data) => settle(data.toString().startsWith('INFO')));
  });
}
