import type {ApiAnswer, ApiRequest, ApiServerClient, WatchLine} from '../../operator/kubernetes.ts';
import type {Calls} from './calls.ts';
import type {HttpTwin} from './http-twin.ts';
import {placeOf} from './http-twin.ts';
import type {Step} from './step.ts';
import {WatchStream} from './watch-stream.ts';

/** The API server as a process of a cluster's operator sees it: requests and watches, each moved by the scheduler of the world. */
export class ParkedClient implements ApiServerClient {
  readonly #twin: HttpTwin;
  readonly #calls: Calls;
  readonly #streams = new Map<string, WatchStream>();

  constructor(twin: HttpTwin, calls: Calls) {
    this.#twin = twin;
    this.#calls = calls;
  }

  request(request: ApiRequest): Promise<ApiAnswer> {
    const {method, path} = request;
    const filling = method === 'GET' && placeOf(path).name === undefined;
    return this.#calls.make(`${method} ${path}`, () => this.#twin.request(request), filling ? 'Never' : undefined);
  }

  watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<WatchLine> {
    const {kind} = placeOf(path);
    const version = Number(query['resourceVersion']);
    const stream = new WatchStream(this.#twin, kind, {version, signal});
    this.#streams.set(kind, stream);
    return stream.lines();
  }

  steps(owner: string): readonly Step[] {
    return [...this.#streams.values()].flatMap((stream) => stream.steps(owner));
  }
}
