import {once} from 'node:events';
import {createServer} from 'node:net';
import type {AddressInfo, Socket} from 'node:net';
import {createInterface} from 'node:readline';
import {Readable, Writable} from 'node:stream';
import {HttpMethod, KubeConfig, PortForward, RequestContext} from '@kubernetes/client-node';
import {fetch} from 'undici';
import type {Dispatcher, Response} from 'undici';

/**
 * HTTP to the API server: where it is and who we are comes from @kubernetes/client-node, the objects stay plain JSON (the client's typed
 * calls turn times into dates and drop what they do not know).
 */

export type PatchType = 'application/merge-patch+json' | 'application/apply-patch+yaml';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with its leading slash, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: 'application/json' | PatchType;
  /** The answer is text, a log; a refusal is a metav1.Status all the same. */
  readonly text?: true;
  /** How long an answer is waited for, 15 s if left out. */
  readonly timeoutMilliseconds?: number;
}

/** What the API server answered: 2xx and others alike. */
export interface ApiAnswer {
  readonly status: number;
  /** The object or the text, or a metav1.Status. */
  readonly body: unknown;
  /** Seconds that the server asks to wait (429, 503). */
  readonly retryAfter?: number;
}

/** One line of a watch. */
export interface WatchLine {
  readonly type: string;
  readonly object: unknown;
}

export interface ApiServerClient {
  /** Rejects when no answer came: the request may or may not have taken effect. */
  request(request: ApiRequest): Promise<ApiAnswer>;
  /** Lines until the server ends the stream; rejects when it breaks or is refused (`WatchRefused`). */
  watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<WatchLine>;
}

class WatchRefused extends Error {
  override readonly name = 'WatchRefused';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A request that has no answer by then is given up: its connection may be dead without anybody having said so. */
const requestTimeoutMilliseconds = 15_000;

/** A port of this machine's loopback interface that leads to a Pod's. */
export interface Tunnel {
  readonly port: number;
  close(): Promise<void>;
}

/** What a person's own tools can do beside. */
export interface ClusterClient extends ApiServerClient {
  /** Carries connections to a Pod's port, as `kubectl port-forward` does; `onTrouble` hears why one of them failed. */
  forward(pod: PodPort, onTrouble: (why: string) => void): Promise<Tunnel>;
}

export interface PodPort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/**
 * Reads KUBECONFIG, ~/.kube/config or the in-cluster configuration, in the order of kubectl.
 * @throws Error when what it reads is no kubeconfig, or has no such context.
 */
export function clusterClient(context?: string): ClusterClient {
  const config = new KubeConfig();
  config.loadFromDefault();
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw new Error(`the kubeconfig has no context ${context}`);
    config.setCurrentContext(context);
  }
  const credentials = new Credentials(config);
  return {
    request: (request) => send(credentials, request),
    watch: (path, query, signal) => stream(credentials, path, {query, signal}),
    forward: (pod, onTrouble) => listen((socket) => carry(config, pod, socket), onTrouble),
  };
}

async function listen(carried: (socket: Socket) => Promise<void>, onTrouble: (why: string) => void): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', ({message}) => onTrouble(message));
    carried(socket).catch((error: unknown) => {
      onTrouble((error as {readonly message?: string}).message ?? 'the API server does not carry it');
      socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** One connection: a WebSocket to the API server, which carries it on to the kubelet, and that to the Pod. */
async function carry(config: KubeConfig, {namespace, name, port}: PodPort, socket: Socket): Promise<void> {
  const complaints = new Writable({
    write(chunk, _encoding, done) {
      // the stream of errors begins with nothing, so that it is told apart from what comes over it
      if (String(chunk) !== '') socket.destroy(new Error(String(chunk)));
      done();
    },
  });
  const opened: unknown = await new PortForward(config).portForward(
    namespace,
    name,
    [port],
    socket,
    complaints,
    socket,
  );
  const webSocket = opened as {onclose: () => void; terminate(): void};
  webSocket.onclose = () => socket.destroy();
  // nobody else does: it would keep the process alive until the API server gives it up
  const end = (): void => {
    webSocket.terminate();
  };
  if (socket.destroyed) end();
  else socket.once('close', end);
}

/** Certificates may be renewed on disk, so that connections are made anew after so long; tokens are read for every request. */
const connectionMilliseconds = 300_000;

/**
 * Our credentials, and the connections that are made with them. The client makes a new pool of connections for each request, which costs
 * a TLS handshake each time: what it made first is kept.
 */
class Credentials {
  readonly config: KubeConfig;
  #kept: {readonly dispatcher: Dispatcher | undefined; readonly until: number} | undefined;

  constructor(config: KubeConfig) {
    this.config = config;
  }

  async of(url: URL): Promise<{readonly headers: Record<string, string>; readonly dispatcher?: Dispatcher}> {
    const context = new RequestContext(url.toString(), HttpMethod.GET);
    await this.config.applySecurityAuthentication(context);
    const dispatcher = this.#dispatcher(context.getDispatcher());
    return {headers: context.getHeaders(), ...(dispatcher && {dispatcher})};
  }

  /** The API server does not know us: perhaps by our certificate, so that the next request is made on a new connection. */
  renew(): void {
    const old = this.#kept?.dispatcher;
    this.#kept = undefined;
    // what is under way on it, a watch say, comes to its end
    void old?.close().catch(() => undefined);
  }

  #dispatcher(fresh: Dispatcher | undefined): Dispatcher | undefined {
    const now = performance.now();
    if (this.#kept !== undefined && this.#kept.until <= now) this.renew();
    this.#kept ??= {dispatcher: fresh, until: now + connectionMilliseconds};
    return this.#kept.dispatcher;
  }
}

function urlOf(config: KubeConfig, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('no cluster is configured: set KUBECONFIG, or run inside a cluster');
  const url = new URL(cluster.server.replace(/\/$/, '') + path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

async function send(credentials: Credentials, request: ApiRequest): Promise<ApiAnswer> {
  const {method, path, query, body, contentType, timeoutMilliseconds = requestTimeoutMilliseconds} = request;
  const url = urlOf(credentials.config, path, query);
  const {headers, ...connection} = await credentials.of(url);
  const response = await fetch(url, {
    method,
    headers: {
      ...headers,
      // keys have a type of their own
      accept: `${request.text === true ? 'text/plain, ' : ''}application/json, application/jwk-set+json`,
      ...(body === undefined ? {} : {'content-type': contentType ?? 'application/json'}),
    },
    ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    ...connection,
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  if (response.status === 401) credentials.renew();
  const text = await response.text();
  const retryAfter = response.headers.get('retry-after');
  return {
    status: response.status,
    body: request.text === true && response.ok ? text : parse(text),
    ...(retryAfter === null ? {} : {retryAfter: Number(retryAfter)}),
  };
}

/** A proxy in between may answer in words. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {kind: 'Status', message: text.slice(0, 512)};
  }
}

interface StreamOptions {
  readonly query: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function* stream(
  credentials: Credentials,
  path: string,
  {query, signal}: StreamOptions,
): AsyncIterable<WatchLine> {
  const url = urlOf(credentials.config, path, {...query, watch: 'true'});
  const {headers, ...connection} = await credentials.of(url);
  const response = await fetch(url, {headers, ...connection, signal});
  if (response.status !== 200 || response.body === null) throw await refused(response);
  const lines = createInterface({input: Readable.fromWeb(response.body), crlfDelay: Infinity});
  for await (const line of lines) if (line !== '') yield JSON.parse(line) as WatchLine;
}

async function refused(response: Response): Promise<WatchRefused> {
  const text = await response.text();
  return new WatchRefused(response.status, `watch answered ${String(response.status)}: ${text.slice(0, 256)}`);
}
