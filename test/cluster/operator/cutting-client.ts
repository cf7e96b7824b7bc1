import type {ApiAnswer, ApiRequest, ApiServerClient} from '../../../operator/kubernetes.ts';

/** Where an operator is killed: at its n-th write (from 1), before the API server hears of it, or after. */
export interface Cut {
  readonly write: number;
  readonly when: 'before' | 'after';
}

const neverAnswered = (): Promise<ApiAnswer> => new Promise(() => undefined);

/** The lease and events are not of the search: their writes are not counted. */
const isCounted = ({method, path}: ApiRequest): boolean =>
  method !== 'GET' && !path.includes('/leases') && !path.includes('/events');

/**
 * A connection to the API server that dies at a given write. From then on nothing is heard of it any more, as of a process that was
 * killed: requests are neither sent nor answered, and nobody hears that they failed.
 */
export class CuttingClient implements ApiServerClient {
  readonly #client: ApiServerClient;
  readonly #cut: Cut | undefined;
  readonly #onCut: () => void;
  #dead = false;
  writes = 0;

  constructor(client: ApiServerClient, cut?: Cut, onCut: () => void = () => undefined) {
    this.#client = client;
    this.#cut = cut;
    this.#onCut = onCut;
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    if (this.#dead) return neverAnswered();
    if (!isCounted(request)) return this.#unlessDead(this.#client.request(request));
    this.writes += 1;
    if (this.writes !== this.#cut?.write) return this.#unlessDead(this.#client.request(request));
    this.#dead = true;
    if (this.#cut.when === 'after') await this.#client.request(request);
    this.#onCut();
    return neverAnswered();
  }

  watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal) {
    return this.#client.watch(path, query, signal);
  }

  async #unlessDead(answer: Promise<ApiAnswer>): Promise<ApiAnswer> {
    const answered = await answer;
    return this.#dead ? neverAnswered() : answered;
  }
}
