import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  Empty,
  NatsError,
  RetentionPolicy,
  StorageType,
  connect,
  nanos,
} from 'nats';
import type {ConsumerConfig, JetStreamManager, JsMsg, KV, NatsConnection, StreamConfig} from 'nats';
import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import {blobMessages, chunkBytes, readBlob} from '../api/blob.ts';
import type {BlobRead} from '../api/blob.ts';
import {Link} from '../api/link.ts';
import type {Opened} from '../api/link.ts';
import type {ControlMessage} from '../api/protocol.ts';
import {directGet, encode, maximumMessageBytes, stores} from '../api/subjects.ts';
import type {TrialAddress} from '../api/subjects.ts';
import {Inbox} from './inbox.ts';
import type {Accept, DropCause} from './inbox.ts';
import type {Bus, BusState, Clock, Key} from './ports.ts';
import {controlLimits, defaultStoreLimits} from './store-limits.ts';
import type {StoreLimits} from './store-limits.ts';

export interface NatsBusOptions {
  /** `nats://host:port`; several are separated by commas. */
  readonly servers: string;
  readonly clock: Clock;
  /** Whether a Pod runs for the trial on whose subjects it speaks; asked again and again. */
  readonly accept: Accept;
  /** The UIDs of a search and its trial, which the subjects of its blobs are made of; undefined when there is no such trial. */
  readonly locate: (search: Key, trial: string) => Promise<TrialAddress | undefined>;
  /** Called for every message that is news. */
  readonly onMessage: (from: TrialAddress) => void;
  /** Something that whoever is on call may want to know, in words: a lost connection, a damaged blob. */
  readonly onNotice?: (notice: string) => void;
  readonly limits?: Partial<StoreLimits>;
}

interface Session {
  readonly connection: NatsConnection;
  readonly control: KV;
}

const dialMilliseconds = 5000;
const requestMilliseconds = 5000;
/** Pings find a connection that is dead and does not say so within half a minute. */
const pings = {pingInterval: 10_000, maxPingOut: 2};
/** JetStream counts a message's headers as part of it. */
const headerBytes = 1024;
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
    return this.#state;
  }

  /** Messages that did not count, by cause, since this process started. */
  dropped(): Readonly<Record<DropCause, number>> {
    return {...this.#inbox.dropped};
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
  async readBlob(search: Key, trial: string, name: string): Promise<Uint8Array | undefined> {
    const address = await this.#options.locate(search, trial);
    if (address === undefined) return undefined;
    const session = await this.#link.within(requestMilliseconds);
    if (session === undefined)
      throw new Error(
        `blob ${name} of trial ${trial} cannot be read: no connection to NATS (${this.#state.reason ?? ''})`,
      );
    const read = await readBlob({address, name}, (subject) => lastOf(session.connection, stores.blobs.stream, subject));
    if (read.kind === 'Damaged') this.#notice(read.why);
    return read.kind === 'Found' ? read.bytes : undefined;
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

  async close(): Promise<void> {
    this.#closing = true;
    await this.#link.close();
  }

  async #open(): Promise<Opened<Session>> {
    const connection = await connect({
      servers: this.#options.servers.split(','),
      name: 'archsearch operator',
      timeout: dialMilliseconds,
      // a connection that was lost is followed by a new one: see Link
      reconnect: false,
      ...pings,
    });
    try {
      const manager = await connection.jetstreamManager({timeout: requestMilliseconds});
      const degraded = await this.#makeStores(manager);
      const kv = await connection.jetstream({timeout: requestMilliseconds}).views.kv(stores.control.bucket, {
        history: 1,
        ttl: controlLimits.ageSeconds * 1000,
        max_bytes: controlLimits.bytes,
        maxValueSize: maximumMessageBytes,
        replicas: this.#limits.replicas,
        allow_direct: true,
      });
      const consumer = await manager.consumers.add(stores.messages.stream, this.#consumer());
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
    await makeStream(manager, this.#messageStream());
    try {
      await makeStream(manager, this.#blobStream());
      return undefined;
    } catch (error) {
      const why = `models cannot be kept: ${wordsOf(error)}`;
      this.#notice(why);
      return why;
    }
  }

  #messageStream(): Partial<StreamConfig> & {name: string} {
    return {
      name: stores.messages.stream,
      subjects: [...stores.messages.subjects],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_age: nanos(this.#limits.messageAgeSeconds * 1000),
      max_bytes: this.#limits.messageBytes,
      max_msg_size: maximumMessageBytes + headerBytes,
      duplicate_window: nanos(this.#limits.duplicateWindowSeconds * 1000),
      num_replicas: this.#limits.replicas,
      allow_direct: true,
    };
  }

  #blobStream(): Partial<StreamConfig> & {name: string} {
    return {
      name: stores.blobs.stream,
      subjects: [...stores.blobs.subjects],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      max_age: nanos(this.#limits.blobAgeSeconds * 1000),
      max_bytes: this.#limits.blobBytes,
      max_msg_size: chunkBytes + headerBytes,
      max_msgs_per_subject: 1,
      num_replicas: this.#limits.replicas,
      allow_direct: true,
    };
  }

  /** Everything from the start, or from where the last connection ended: what comes twice changes nothing. */
  #consumer(): Partial<ConsumerConfig> {
    const from = this.#newest;
    return {
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(2 * fetchMilliseconds),
      ...(from === undefined
        ? {deliver_policy: DeliverPolicy.All}
        : {deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString()}),
    };
  }

  /** Takes messages until the connection or its consumer is gone. */
  async #listen({connection}: Session, name: string): Promise<void> {
    const consumer = await connection.jetstream().consumers.get(stores.messages.stream, name);
    while (!connection.isClosed()) {
      const asked = performance.now();
      const messages = await consumer.fetch({max_messages: 500, expires: fetchMilliseconds});
      // ends the wait for more; nothing else does
      void connection.closed().then(() => messages.close());
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

/** Blobs for who only reads them: nothing is made, and no store is brought to other limits. */
export interface BlobReader {
  /** @throws Error when NATS does not answer, or has no store of blobs. */
  read(address: TrialAddress, name: string): Promise<BlobRead>;
  close(): Promise<void>;
}

/** @throws Error when NATS cannot be reached at `servers` (`nats://host:port`, several separated by commas). */
export async function openBlobReader(servers: string): Promise<BlobReader> {
  const options = {servers: servers.split(','), name: 'archsearch report', timeout: dialMilliseconds};
  const connection = await connect({...options, reconnect: false, ...pings});
  return {
    async read(address, name) {
      try {
        return await readBlob({address, name}, (subject) => lastOf(connection, stores.blobs.stream, subject));
      } catch (error) {
        throw new Error(wordsOf(error), {cause: error});
      }
    },
    close: () => connection.close(),
  };
}

async function makeStream(manager: JetStreamManager, config: Partial<StreamConfig> & {name: string}): Promise<void> {
  try {
    await manager.streams.info(config.name);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await manager.streams.add(config);
    return;
  }
  const {retention: _retention, storage: _storage, ...changeable} = config;
  await manager.streams.update(config.name, changeable);
}

/** The last message of a subject, read from the stream without a consumer; undefined when there is none. */
async function lastOf(connection: NatsConnection, stream: string, subject: string): Promise<Uint8Array | undefined> {
  const reply = await connection.request(directGet(stream, subject), Empty, {timeout: requestMilliseconds});
  const code = reply.headers?.code ?? 0;
  if (code === 404) return undefined;
  if (code !== 0) throw new Error(`JetStream answers ${String(code)} ${reply.headers?.description ?? ''}`);
  return reply.data;
}

const isMissing = (error: unknown): boolean => error instanceof NatsError && error.code === '404';

/** The client's message is often a number alone. */
function wordsOf(error: unknown): string {
  if (!(error instanceof NatsError)) return error instanceof Error ? error.message : String(error);
  return error.api_error?.description ?? (error.code === '503' ? 'JetStream does not answer' : error.message);
}
