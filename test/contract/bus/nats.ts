import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {instant} from '../../../api/quantities.ts';
import {subjects} from '../../../api/subjects.ts';
import type {TrialAddress} from '../../../api/subjects.ts';
import {NatsBus} from '../../../operator/bus.ts';
import type {NatsBusOptions} from '../../../operator/bus.ts';
import {storeBlob} from '../../../trial-runner/nats-blobs.ts';
import {natsReporter} from '../../../trial-runner/nats-reporter.ts';
import {openPost} from '../../../trial-runner/report.ts';
import {PlainClient} from '../../nats-client.ts';
import {NatsServer} from '../../nats-server.ts';
import type {BusUnderTest, RunnerUnderTest} from '../bus.ts';

export const address: TrialAddress = {search: 'a5b8f0de-search', trial: 'c2d4e6f8-trial'};
const kinds = ['epoch', 'result', 'event'] as const;

/** NATS with the operator at one end and runners at the other. */
export class NatsWorld implements BusUnderTest {
  readonly server: NatsServer;
  readonly bus: NatsBus;
  readonly client: PlainClient;
  readonly search = {namespace: 'default', name: 'search'};
  readonly trial = 'search-c1';
  /** UIDs of the Pods that run for the trial. */
  readonly running: Set<string>;
  readonly notices: string[];
  readonly #post;

  private constructor(parts: Pick<NatsWorld, 'server' | 'bus' | 'client' | 'running' | 'notices'>) {
    this.server = parts.server;
    this.bus = parts.bus;
    this.client = parts.client;
    this.running = parts.running;
    this.notices = parts.notices;
    this.#post = openPost({servers: this.server.address, podUid: randomUUID(), stop: () => undefined});
  }

  static async open(options: Partial<NatsBusOptions> = {}): Promise<NatsWorld> {
    const server = await NatsServer.start();
    const running = new Set<string>();
    const notices: string[] = [];
    const bus = new NatsBus({
      servers: server.address,
      clock: {now: () => instant(Date.now())},
      accept: (podUid, from) => running.has(podUid) && from.trial === address.trial && from.search === address.search,
      locate: (_search, trial) => Promise.resolve(trial === 'search-c1' ? address : undefined),
      onMessage: () => undefined,
      onNotice: (notice) => notices.push(notice),
      ...options,
    });
    assert.ok(await bus.connected(10_000), bus.state().reason);
    return new NatsWorld({server, bus, running, notices, client: await PlainClient.open(server.port)});
  }

  runner(listens: Promise<unknown> = Promise.resolve()): RunnerUnderTest {
    const podUid = randomUUID();
    this.running.add(podUid);
    return new NatsRunner(this, podUid, listens);
  }

  async writeBlob(name: string, bytes: Uint8Array): Promise<void> {
    assert.equal(await storeBlob({link: this.#post}, {address, name, bytes}), undefined);
  }

  async close(): Promise<void> {
    this.client.close();
    await Promise.all([this.bus.close(), this.#post.close()]);
    await this.server.close();
  }
}

class NatsRunner implements RunnerUnderTest {
  readonly podUid: string;
  readonly #world: NatsWorld;
  readonly #stops: string[] = [];
  readonly #started;

  constructor(world: NatsWorld, podUid: string, listens: Promise<unknown>) {
    this.podUid = podUid;
    this.#world = world;
    this.#started = listens.then(() => {
      const link = openPost({servers: world.server.address, podUid, stop: ({why}) => this.#stops.push(why)});
      return {link, reporter: natsReporter({link, address, podUid})};
    });
  }

  epoch: RunnerUnderTest['epoch'] = (point) => {
    void this.#started.then(({reporter}) => {
      reporter.epoch(point);
    });
  };

  /** On the subject of its kind, or on one of some kind if it has none. */
  async say(message: unknown): Promise<void> {
    const kind = kinds.find((known) => (message as {kind?: unknown} | null)?.kind === known) ?? 'event';
    await this.#world.client.publish(
      subjects.message(address, kind),
      JSON.stringify({version: 1, pod: this.podUid, message}),
    );
  }

  stops(): readonly string[] {
    return this.#stops;
  }

  async end(): Promise<void> {
    const {link} = await this.#started;
    await link.close();
  }
}
