import {createInterface} from 'node:readline';
import {Readable} from 'node:stream';
import {HttpMethod, KubeConfig, RequestContext} from '@kubernetes/client-node';
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
}

/** What the API server answered: 2xx and others alike. */
export interface ApiAnswer {
  readonly status: number;
  /** The object, or a metav1.Status. */
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

/** Reads the in-cluster configuration, KUBECONFIG or ~/.kube/config, in the order of kubectl. */
export function clusterClient(): ApiServerClient {
  const config = new KubeConfig();
  config.loadFromDefault();
  return clientOf(config);
}

function clientOf(config: KubeConfig): ApiServerClient {
  return {
    request: (request) => send(config, request),
    watch: (path, query, signal) => stream(config, path, {query, signal}),
  };
}

/** Headers and connection that carry our credentials. */
async function authenticated(config: KubeConfig, url: URL) {
  const context = new RequestContext(url.toString(), HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return {headers: context.getHeaders(), dispatcher: context.getDispatcher() as Dispatcher};
}

function urlOf(config: KubeConfig, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('no cluster is configured: set KUBECONFIG, or run inside a cluster');
  const url = new URL(cluster.server.replace(/\/$/, '') + path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

async function send(config: KubeConfig, {method, path, query, body, contentType}: ApiRequest): Promise<ApiAnswer> {
  const url = urlOf(config, path, query);
  const {headers, dispatcher} = await authenticated(config, url);
  const response = await fetch(url, {
    method,
    headers: {
      ...headers,
      accept: 'application/json',
      ...(body === undefined ? {} : {'content-type': contentType ?? 'application/json'}),
    },
    ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    dispatcher,
    signal: AbortSignal.timeout(requestTimeoutMilliseconds),
  });
  const text = await response.text();
  const retryAfter = response.headers.get('retry-after');
  return {
    status: response.status,
    body: parse(text),
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

async function* stream(config: KubeConfig, path: string, {query, signal}: StreamOptions): AsyncIterable<WatchLine> {
  const url = urlOf(config, path, {...query, watch: 'true'});
  const {headers, dispatcher} = await authenticated(config, url);
  const response = await fetch(url, {headers, dispatcher, signal});
  if (response.status !== 200 || response.body === null) throw await refused(response);
  const lines = createInterface({input: Readable.fromWeb(response.body), crlfDelay: Infinity});
  for await (const line of lines) if (line !== '') yield JSON.parse(line) as WatchLine;
}

async function refused(response: Response): Promise<WatchRefused> {
  const text = await response.text();
  return new WatchRefused(response.status, `watch answered ${String(response.status)}: ${text.slice(0, 256)}`);
}
