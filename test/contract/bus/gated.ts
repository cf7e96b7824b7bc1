import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {inboxPrefix} from '../../../api/permissions.ts';
import {instant} from '../../../api/quantities.ts';
import {subjects} from '../../../api/subjects.ts';
import type {TrialAddress} from '../../../api/subjects.ts';
import type {Stored} from '../../../api/meta.ts';
import type {Trial} from '../../../api/trial.ts';
import {NatsBus} from '../../../operator/bus.ts';
import {NatsGate} from '../../../operator/cluster/nats-gate.ts';
import type {NatsGateOptions} from '../../../operator/cluster/nats-gate.ts';
import type {EventFact} from '../../../operator/events.ts';
import {newCredentials, serverConfig} from '../../../operator/nats/credentials.ts';
import {storeBlob} from '../../../trial-runner/nats-blobs.ts';
import {natsReporter} from '../../../trial-runner/nats-reporter.ts';
import {openPost} from '../../../trial-runner/report.ts';
import {GatedTrials, trialAccount} from '../../gated-trials.ts';
import {PlainClient} from '../../nats-client.ts';
import {NatsServer} from '../../nats-server.ts';
import type {BusUnderTest, RunnerUnderTest} from '../bus.ts';

export const address: TrialAddress = {search: 'a5b8f0de-search', trial: 'c2d4e6f8-trial'};
const kinds = ['epoch', 'result', 'event'] as const;
const clock = {now: () => instant(Date.now())};

/** NATS that lets nobody in without a token, with the operator at one end and Pods of trials at the other. */
export class GatedWorld implements BusUnderTest {
  readonly server: NatsServer;
  readonly trials = new GatedTrials(address.search);
  readonly trial = 'search-c1';
  readonly search = {namespace: 'team', name: 'search'};
  readonly bus: NatsBus;
  readonly gate: NatsGate;
  readonly notices: string[] = [];
  /** What people were told: `<Trial> <reason>: <message>`. */
  readonly told: string[] = [];
  readonly #own: Stored<Trial>;

  private constructor(
    server: NatsServer,
    credentials: NatsGateOptions['credentials'],
    options: Partial<NatsGateOptions>,
  ) {
    this.server = server;
    this.#own = this.trials.trial(this.trial, address.trial);
    const onNotice = (notice: string): void => void this.notices.push(notice);
    const place = {servers: server.address};
    this.gate = new NatsGate({
      ...place,
      credentials,
      identity: {reviewer: this.trials.reviewer, api: this.trials.api, clock, trialAccount},
      stores: () => this.bus,
      warden: () => ({
        leading: true,
        podsOf: (trial) => this.trials.podsOf(trial),
        trialOf: (podUid) => this.trials.trialOf(podUid),
        patchPod: (_key, {metadata}, {uid = ''}) => {
          this.trials.mark(uid, (metadata as {readonly annotations: Record<string, string>}).annotations);
          return Promise.resolve();
        },
        tell: ({metadata}, {reason, message}: EventFact) => this.told.push(`${metadata.name} ${reason}: ${message}`),
      }),
      onNotice,
      ...options,
    });
    this.bus = new NatsBus({
      ...place,
      seed: credentials.operator,
      refusals: this.gate.refusals,
      clock,
      accept: (podUid, from) =>
        this.trials.trialOf(podUid)?.metadata.uid === from.trial && from.search === address.search,
      locate: (_search, trial) => Promise.resolve(trial === this.trial ? address : undefined),
      onMessage: () => undefined,
      onNotice,
    });
  }

  static async open(options: Partial<NatsGateOptions> = {}, more = ''): Promise<GatedWorld> {
    const credentials = newCredentials();
    const server = await NatsServer.start(`${serverConfig(credentials)}\n${more}`);
    const world = new GatedWorld(server, credentials, options);
    assert.ok(await world.bus.connected(10_000), world.bus.state().reason);
    assert.ok(await world.gate.answers(10_000));
    return world;
  }

  /** A connection of a container in a Pod of a trial, which speaks NATS by hand. */
  async client(podUid: string, trial = this.#own): Promise<PlainClient> {
    const pod = this.trials.pods.get(podUid) ?? this.trials.pod({uid: podUid, trial});
    const token = this.trials.tokenOf(pod);
    return PlainClient.open(this.server.port, {token, inbox: `${inboxPrefix(podUid)}.by-hand`});
  }

  runner(listens: Promise<unknown> = Promise.resolve()): RunnerUnderTest {
    const podUid = randomUUID();
    const stops: string[] = [];
    const post = this.#post(podUid, (why) => stops.push(why));
    const started = listens.then(() => {
      const link = post();
      return {link, reporter: natsReporter({link, address, podUid})};
    });
    return {
      podUid,
      epoch: (point) => void started.then(({reporter}) => reporter.epoch(point)),
      say: async (message) => {
        const client = await this.client(podUid);
        const kind = kinds.find((known) => (message as {kind?: unknown} | null)?.kind === known) ?? 'event';
        await client.publish(subjects.message(address, kind), JSON.stringify({version: 1, pod: podUid, message}));
        client.close();
      },
      stops: () => stops,
      end: async () => (await started).link.close(),
    };
  }

  async writeBlob(name: string, bytes: Uint8Array): Promise<void> {
    const link = this.#post(randomUUID())();
    assert.equal(await storeBlob({link}, {address, name, bytes}), undefined);
    await link.close();
  }

  async close(): Promise<void> {
    await Promise.all([this.bus.close(), this.gate.close()]);
    await this.server.close();
    this.trials.close();
  }

  #post(podUid: string, stop: (why: string) => void = () => undefined) {
    const pod = this.trials.pod({uid: podUid, trial: this.#own});
    const tokenFile = this.trials.tokenFileOf(pod);
    return () => openPost({servers: this.server.address, podUid, tokenFile, stop: ({why}) => stop(why)});
  }
}
