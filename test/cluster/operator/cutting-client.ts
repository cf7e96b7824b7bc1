import type {ApiAnswer, ApiRequest, ApiServerClient} from '../../../operator/kubernetes.ts';

/**
 * What befalls an operator at its n-th write (from 1): it is killed before the API server hears of the write, or after; or the write is
 * held on its way, and all that follows from this operator too, until another one has moved on.
 */
export interface Cut {
  readonly write: number;
  readonly when: 'before' | 'after' | 'held';
}

/** The lease and events are not of the search: their writes are not counted. */
const isCounted = ({method, path}: ApiRequest): boolean =>
  method !== 'GET' && !path.includes('/leases') && !path.includes('/events');

/**
 * A connection to the API server that dies at a given write, and its operator with it: from then on nothing reaches the API server any
 * more, as from a process that was killed. Or one that holds that write until it is let go.
 */
export class CuttingClient implements ApiServerClient {
  readonly #client: ApiServerClient;
  readonly #cut: Cut | undefined;
  readonly #dying: AbortController;
  readonly #reached = Promise.withResolvers<undefined>();
  readonly #released = Promise.withResolvers<undefined>();
  #holding = false;
  writes = 0;

  /** `dying` is aborted at the cut; aborted by others, the connection dies as well. */
  constructor(client: ApiServerClient, cut: Cut | undefined, dying: AbortController) {
    this.#client = client;
    this.#cut = cut;
    this.#dying = dying;
  }

  /** The write of the cut was about to be made. */
  get reached(): Promise<undefined> {
    return this.#reached.promise;
  }

  /** Sends what was held on its way. */
  letGo(): void {
    this.#released.resolve(undefined);
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    this.#dying.signal.throwIfAborted();
    if (isCounted(request)) this.writes += 1;
    if (isCounted(request) && this.writes === this.#cut?.write) await this.#befall(this.#cut, request);
    if (this.#holding) await this.#released.promise;
    this.#dying.signal.throwIfAborted();
    const answer = await this.#client.request(request);
    this.#dying.signal.throwIfAborted();
    return answer;
  }

  watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal) {
    return this.#client.watch(path, query, AbortSignal.any([signal, this.#dying.signal]));
  }

  async #befall({write, when}: Cut, request: ApiRequest): Promise<void> {
    if (when === 'after') await this.#client.request(request);
    this.#reached.resolve(undefined);
    if (when === 'held') this.#holding = true;
    else this.#dying.abort(new Error(`killed ${when} write ${String(write)}`));
  }
}
