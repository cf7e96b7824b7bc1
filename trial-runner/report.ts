import {readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import type * as Nats from 'nats';
import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import {Link, type Opened} from '../api/link.ts';
import {inboxPrefix} from '../api/permissions.ts';
import {controlMessage, type ControlMessage, type TrialMessage} from '../api/protocol.ts';
import {controlSubject, directGet, parseControl, stores} from '../api/subjects.ts';

type Event = Extract<TrialMessage, {kind: 'event'}>['event'];

/** Tells the operator how the trial goes. Hints only: the termination record is what counts. */
export interface Reporter {
  event(event: Event, message: string): void;
  epoch(point: CurvePoint): void;
  /** Resolves once the message is on its way. */
  result(step: number): Promise<void>;
}

/** The part of `process` that a local reporter uses: the channel of a child to its parent. */
export interface Channel {
  send?: ((message: unknown, sent: (error: Error | null) => void) => boolean) | undefined;
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

export interface ChannelListener {
  stop(message: ControlMessage): void;
  /** The parent is gone. */
  disconnect(): void;
}

/** Makes the messages of the protocol and hands them on. */
export function reporterOf(send: (message: TrialMessage) => Promise<void>): Reporter {
  let events = 0;
  return {
    event(event, message) {
      void send({kind: 'event', step: events, event, message: message.slice(0, 512)});
      events += 1;
    },
    epoch(point) {
      void send({kind: 'epoch', step: point.epoch, point});
    },
    result: (step) => send({kind: 'result', step}),
  };
}

/** Reports over the channel of a child process; without one it is silent. Must be made before anything else may block. */
export function channelReporter(channel: Channel, listener: ChannelListener): Reporter {
  if (channel.send !== undefined) {
    channel.on('disconnect', () => {
      listener.disconnect();
    });
    channel.on('message', (message) => {
      const control = controlMessage.safeParse(message);
      if (control.success) listener.stop(control.data);
    });
  }
  return reporterOf(
    (message) =>
      new Promise((resolve) => {
        if (channel.send === undefined) resolve();
        else
          channel.send(message, () => {
            resolve();
          });
      }),
  );
}

/** What became of a message: a refusal would come again, whoever is not reached may be reached later. */
export type Posted = {readonly kind: 'Stored'} | {readonly kind: 'Refused' | 'Unreachable'; readonly why: string};

/** What a runner does with NATS. */
export interface Post {
  /** Stores a message in a stream; `id` is what JetStream knows a repeat by. */
  publish(subject: string, data: Uint8Array, options: {stream: string; id?: string}): Promise<Posted>;
  /** The last message of a subject; undefined when there is none. */
  last(stream: string, subject: string): Promise<Uint8Array | undefined>;
}

export interface PostOptions {
  /** `nats://host:port`; several are separated by commas. */
  readonly servers: string;
  readonly podUid: string;
  /** The file that says whose connection it is; it is renewed, and read for each connection. */
  readonly tokenFile?: string | undefined;
  /** Certificates in PEM that the server's is checked against: then nothing goes but by TLS. */
  readonly ca?: string | undefined;
  readonly stop: (message: ControlMessage) => void;
}

const milliseconds = {dial: 5000, request: 5000, ping: 10_000, control: 1000};

/** A connection to NATS that is made again for ever, and on which the last word to this Pod is asked for. */
export const openPost = (options: PostOptions): Link<Post> => new Link({open: () => openOnce(options)});

async function openOnce(options: PostOptions): Promise<Opened<Post>> {
  const {servers, podUid, tokenFile, ca, stop} = options;
  // loaded here, so that a trial that reports to its parent process starts without it
  const nats = await import('nats');
  const connection = await nats.connect({
    servers: servers.split(','),
    name: `archsearch trial ${podUid}`,
    timeout: milliseconds.dial,
    inboxPrefix: inboxPrefix(podUid),
    // a connection that was lost is followed by a new one: see Link
    reconnect: false,
    pingInterval: milliseconds.ping,
    maxPingOut: 2,
    ...(tokenFile === undefined ? {} : {token: readFileSync(tokenFile, 'utf8').trim()}),
    ...(ca === undefined ? {} : {tls: {ca}}),
  });
  const session = postOver(connection, nats);
  const ended = connection.closed();
  void obey(session, {podUid, stop}, ended);
  return {session, ended, close: () => connection.close()};
}

/**
 * Asks for the last word again and again, until the connection has ended: who only asks needs no right to listen, so that nobody can say
 * something in the operator's place.
 */
async function obey(
  post: Post,
  {podUid, stop}: Pick<PostOptions, 'podUid' | 'stop'>,
  ended: Promise<unknown>,
): Promise<void> {
  const over = new AbortController();
  void ended.finally(() => {
    over.abort();
  });
  let heard: string | undefined;
  while (!over.signal.aborted) {
    // a store that does not answer is asked again
    const bytes = await post.last(stores.control.stream, controlSubject(podUid)).catch(() => undefined);
    const message = bytes && parseControl(bytes);
    if (message !== undefined && message.why !== heard) stop(message);
    heard = message?.why;
    await pause(milliseconds.control, undefined, {signal: over.signal}).catch(() => undefined);
  }
}

const postOver = (connection: Nats.NatsConnection, {Empty, NatsError}: typeof Nats): Post => ({
  async publish(subject, data, {stream, id}) {
    const expect = {streamName: stream};
    try {
      await connection.jetstream().publish(subject, data, {
        expect,
        timeout: milliseconds.request,
        ...(id === undefined ? {} : {msgID: id}),
      });
      return {kind: 'Stored'};
    } catch (error) {
      return {kind: error instanceof NatsError && isRefusal(error) ? 'Refused' : 'Unreachable', why: wordsOf(error)};
    }
  },
  async last(stream, subject) {
    const reply = await connection.request(directGet(stream, subject), Empty, {timeout: milliseconds.request});
    const code = reply.headers?.code ?? 0;
    if (code === 404) return undefined;
    if (code !== 0) throw new Error(`JetStream answers ${String(code)} ${reply.headers?.description ?? ''}`);
    return reply.data;
  },
});

/** JetStream's number for a store that is full. */
const storeIsFull = 10077;

/** JetStream has looked at the message and does not take it, or NATS will not even carry it. A 503 may pass, but not a full store. */
function isRefusal(error: Nats.NatsError): boolean {
  const told = error.jsError();
  if (told !== null) return told.code !== 503 || told.err_code === storeIsFull;
  return error.isPermissionError() || error.code === 'MAX_PAYLOAD_EXCEEDED';
}

/** The client's message is often a number alone. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const {api_error: told, message} = error as Partial<Nats.NatsError> & Error;
  return told?.description ?? (message === '503' ? 'NATS has no such store' : message);
}
