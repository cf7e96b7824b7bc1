import {Empty, NatsError, connect, nkeyAuthenticator} from 'nats';
import type {ConnectionOptions, NatsConnection} from 'nats';
import {directGet} from '../../api/subjects.ts';

/** Where NATS is. */
export interface NatsPlace {
  /** `nats://host:port`; several are separated by commas. */
  readonly servers: string;
  /** Certificates of the authority that has signed the servers', in PEM: then nothing goes but by TLS. */
  readonly ca?: string;
}

export interface Caller {
  readonly name: string;
  /** Of the user's nkey; left out where nobody is asked who he is. */
  readonly seed?: string;
}

export const requestMilliseconds = 5000;
/** Pings find a connection that is dead and does not say so within half a minute. */
const lifeline = {
  timeout: 5000,
  pingInterval: 10_000,
  maxPingOut: 2,
  // a connection that was lost is followed by a new one: see Link
  reconnect: false,
} as const satisfies ConnectionOptions;

/** One connection, until it ends. @throws Error when there is none within 5 s, or the server does not let us in. */
export const dial = ({servers, ca}: NatsPlace, {name, seed}: Caller, more: ConnectionOptions = {}) =>
  connect({
    servers: servers.split(','),
    name,
    ...lifeline,
    ...(ca === undefined ? {} : {tls: {ca}}),
    ...(seed === undefined ? {} : {authenticator: nkeyAuthenticator(new TextEncoder().encode(seed))}),
    ...more,
  });

/** The last message of a subject, read from the stream without a consumer; undefined when there is none. */
export async function lastOf(
  connection: NatsConnection,
  stream: string,
  subject: string,
): Promise<Uint8Array | undefined> {
  const reply = await connection.request(directGet(stream, subject), Empty, {timeout: requestMilliseconds});
  const code = reply.headers?.code ?? 0;
  if (code === 404) return undefined;
  if (code !== 0) throw new Error(`JetStream answers ${String(code)} ${reply.headers?.description ?? ''}`);
  return reply.data;
}

export const isMissing = (error: unknown): boolean => error instanceof NatsError && error.code === '404';

/** The client's message is often a number alone. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof NatsError)) return error instanceof Error ? error.message : String(error);
  if (error.code === 'AUTHORIZATION_VIOLATION') return `NATS does not let us in: ${error.message}`;
  return error.api_error?.description ?? (error.code === '503' ? 'JetStream does not answer' : error.message);
}
