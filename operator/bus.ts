import type {ConsumerMessages, JetStreamManager, JsMsg, KV, NatsConnection} from 'nats';
import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import {blobMessages, readBlob} from '../api/blob.ts';
import type {BlobLimit, BlobRead} from '../api/blob.ts';
import {Link} from '../api/link.ts';
import type {Opened} from '../api/link.ts';
import type {ControlMessage} from '../api/protocol.ts';
import type {RefusalReason} from '../api/reasons.ts';
import {encode, stores, subjects} from '../api/subjects.ts';
import type {TrialAddress} from '../api/subjects.ts';
import {crowdersAmong} from './conduct.ts';
import {Inbox} from './inbox.ts';
import type {Accept, DropCause} from './inbox.ts';
import {dial, lastOf, requestMilliseconds, wordsOf} from './nats/connection.ts';
import type {NatsPlace} from './nats/connection.ts';
import {blobStream, controlBucket, makeStream, messageConsumer, messageStream} from './nats/streams.ts';
import type {Bus, BusState, Clock, Key} from './ports.ts';
import {Refusals} from './refusals.ts';
import {defaultStoreLimits} from './store-limits.ts';
import type {StoreLimits} from './store-limits.ts';

export interface NatsBusOptions extends NatsPlace {
  /** Of the operator's own user; left out where NATS asks nobody who he is. */
  readonly seed?: string;
  readonly clock: Clock;
  /** Whether a Pod runs for the trial on whose subjects it speaks; asked again and again. */
  readonly accept: Accept;
  /** The UIDs of a search and its trial, which the subjects of its blobs are made of; undefined when there is no such trial. */
  readonly locate: (search: Key, trial: string) => Promise<TrialAddress | undefined>;
  /** Called for every message that is news. */
  readonly onMessage: (from: TrialAddress) => void;
  /** Counts what NATS refused, wherever that is found out. */
  readonly refusals?: Refusals;
  /** Something that whoever is on call may want to know, in words: a lost connection, a damaged blob. */
  readonly onNotice?: (notice: string) => void;
  readonly limits?: Partial<StoreLimits>;
}

interface Session {
  readonly connection: NatsConnection;
  readonly control: KV;
}

const fetchMilliseconds = 30_000;
/** Stops that could not be sent; the plan asks for them again anyway. */
const mostStops = 10_000;

/**
 * The bus over NATS with JetStream. What comes are hints: the operator's reads of the API server and the termination records decide.
 * Without NATS the hints stay as they are, stops wait, and blobs cannot be read; the connection is made again for ever.
 */
export class NatsBus implements Bus {
  readonly #options: NatsBusOptions;
  readonly #limits: StoreLimits;
  readonly #inbox: Inbox;
  readonly #refusals: Refusals;
  readonly #link: Link<Session>;
  readonly #stops = new Map<string, string>();
  readonly #sent = new Map<string, string>();
  #state: BusState;
  #closing = false;
  /** Time of the newest message that was taken, so that a new connection goes on from there. */
  #newest: Date | undefined;

  constructor(options: NatsBusOptions) {
    this.#options = options;
    this.#limits = {...defaultStoreLimits, ...options.limits};
    this.#inbox = new Inbox(options.accept);
    this.#refusals = options.refusals ?? new Refusals();
    this.#state = {connected: false, since: options.clock.now(), reason: 'not connected yet'};
    this.#link = new Link({
      open: () => this.#open(),
      onOpen: (session) => void this.#sendStops(session),
      onDown: (why) => {
        this.#moveTo(false, why);
      },
    });
  }

  hints(): ReadonlyMap<string, readonly CurvePoint[]> {
    return this.#inbox.hints();
  }

  state(): BusState {
    return {...this.#state, open: this.#options.seed === undefined};
  }

  /** Messages of trials that came, since this process started. */
  received(): number {
    return this.#inbox.received;
  }

  /** Messages that did not count, by cause, since this process started. */
  dropped(): Readonly<Record<DropCause, number>> {
    return {...this.#inbox.dropped};
  }

  /** What NATS refused to others, by reason, since this process started. */
  refused(): Readonly<Record<RefusalReason, number>> {
    return this.#refusals.counts;
  }

  /** Waits until there is a connection; false when there is none within so many milliseconds. */
  async connected(milliseconds: number): Promise<boolean> {
    return (await this.#link.within(milliseconds)) !== undefined;
  }

  /** Resolves when the stop is stored; without a connection at once, and it is sent when there is one. */
  async stop(podUid: string, why: string): Promise<void> {
    if (this.#sent.get(podUid) === why) return;
    if (this.#stops.size >= mostStops) this.#stops.clear();
    this.#stops.set(podUid, why);
    const {session} = this.#link;
    if (session !== undefined) await this.#sendStops(session);
  }

  async #sendStops({control}: Session): Promise<void> {
    for (const [podUid, why] of [...this.#stops]) {
      const message: ControlMessage = {kind: 'stop', why};
      try {
        await control.put(podUid, encode(message));
      } catch (error) {
        this.#notice(`the stop of Pod ${podUid} could not be sent and will be sent again: ${wordsOf(error)}`);
        return;
      }
      if (this.#stops.get(podUid) === why) this.#stops.delete(podUid);
      if (this.#sent.size >= mostStops) this.#sent.clear();
      this.#sent.set(podUid, why);
    }
  }

  /** @throws Error while NATS cannot be reached: whether there is such a blob is not known then. */
  async readBlob(search: Key, trial: string, name: string, limit: BlobLimit = {}): Promise<BlobRead> {
    const address = await this.#options.locate(search, trial);
    if (address === undefined) return {kind: 'Missing'};
    const session = await this.#link.within(requestMilliseconds);
    if (session === undefined)
      throw new Error(
        `blob ${name} of trial ${trial} cannot be read: no connection to NATS (${this.#state.reason ?? ''})`,
      );
    const get = (subject: string) => lastOf(session.connection, stores.blobs.stream, subject);
    const read = await readBlob({address, name}, get, limit);
    if (read.kind === 'Damaged') this.#notice(read.why);
    return read;
  }

  /** Keeps a blob for a trial; answers why it is not kept, undefined when it is. Without a connection it is not waited for. */
  async writeBlob(address: TrialAddress, name: string, bytes: Uint8Array): Promise<string | undefined> {
    const {session} = this.#link;
    if (session === undefined) return `no connection to NATS (${this.#state.reason ?? ''})`;
    const stream = session.connection.jetstream({timeout: requestMilliseconds});
    const expect = {streamName: stores.blobs.stream};
    try {
      for (const {subject, data} of blobMessages({address, name}, bytes))
        await stream.publish(subject, data, {expect, timeout: requestMilliseconds});
      return undefined;
    } catch (error) {
      return wordsOf(error);
    }
  }

  /** Trials with more messages in the store of blobs than so many. @throws Error while NATS cannot be reached. */
  async crowders(most: number): Promise<readonly TrialAddress[]> {
    const manager = await this.#manager();
    const {state} = await manager.streams.info(stores.blobs.stream, {subjects_filter: subjects.allBlobs});
    return crowdersAmong(state.subjects ?? {}, most);
  }

  /** Takes what a trial has sent off the stores. @throws Error while NATS cannot be reached. */
  async purge(address: TrialAddress): Promise<void> {
    const manager = await this.#manager();
    for (const {stream} of [stores.messages, stores.blobs])
      await manager.streams.purge(stream, {filter: subjects.ofTrial(address)});
  }

  async #manager(): Promise<JetStreamManager> {
    const session = await this.#link.within(requestMilliseconds);
    if (session === undefined) throw new Error(`no connection to NATS (${this.#state.reason ?? ''})`);
    return session.connection.jetstreamManager({timeout: requestMilliseconds});
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#link.close();
  }

  async #open(): Promise<Opened<Session>> {
    const connection = await dial(this.#options, {...this.#options, name: 'archsearch operator'});
    try {
      const manager = await connection.jetstreamManager({timeout: requestMilliseconds});
      const degraded = await this.#makeStores(manager);
      const {views} = connection.jetstream({timeout: requestMilliseconds});
      const kv = await views.kv(stores.control.bucket, controlBucket(this.#limits));
      const consumer = await manager.consumers.add(
        stores.messages.stream,
        messageConsumer(this.#newest, 2 * fetchMilliseconds),
      );
      const session = {connection, control: kv};
      const listening = this.#listen(session, consumer.name).then(
        () => new Error('the consumer has ended'),
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
      // What was sent on the last connection may be gone with the server that it was sent to.
      this.#sent.clear();
      this.#moveTo(true, degraded);
      return {session, ended: this.#end(connection, listening), close: () => connection.close()};
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** A connection without its consumer is of no use, and the other way round: they end together. */
  async #end(connection: NatsConnection, listening: Promise<Error>): Promise<unknown> {
    const why = await Promise.race([connection.closed(), listening]);
    await connection.close();
    return why ?? new Error('the server has ended the connection');
  }

  /** Makes the streams, or brings them to today's limits. What is wrong with the store of blobs is told, and does not keep messages away. */
  async #makeStores(manager: JetStreamManager): Promise<string | undefined> {
    await makeStream(manager, messageStream(this.#limits));
    try {
      await makeStream(manager, blobStream(this.#limits));
      return undefined;
    } catch (error) {
      const why = `models cannot be kept: ${wordsOf(error)}`;
      this.#notice(why);
      return why;
    }
  }

  /** Takes messages until the connection or its consumer is gone. */
  async #listen({connection}: Session, name: string): Promise<void> {
    const consumer = await connection.jetstream().consumers.get(stores.messages.stream, name);
    let waiting: ConsumerMessages | undefined;
    // ends the wait for more; nothing else does
    void connection.closed().then(() => waiting?.close());
    while (!connection.isClosed()) {
      const asked = performance.now();
      const messages = await consumer.fetch({max_messages: 500, expires: fetchMilliseconds});
      waiting = messages;
      let taken = 0;
      for await (const message of messages) {
        this.#take(message);
        taken += 1;
      }
      if (taken === 0 && performance.now() - asked < fetchMilliseconds / 2) throw new Error('the consumer is gone');
    }
  }

  #take(message: JsMsg): void {
    this.#newest = new Date(message.info.timestampNanos / 1_000_000);
    const from = this.#inbox.take(message.subject, message.data);
    if (from !== undefined) this.#options.onMessage(from);
  }

  #moveTo(connected: boolean, reason: string | undefined): void {
    if (this.#state.connected && !connected && !this.#closing)
      this.#notice(`the connection to NATS is lost: ${reason ?? 'no reason'}`);
    const since = this.#state.connected === connected ? this.#state.since : this.#options.clock.now();
    this.#state = {connected, since, ...(reason === undefined ? {} : {reason})};
  }

  #notice(notice: string): void {
    this.#options.onNotice?.(notice);
  }
}
