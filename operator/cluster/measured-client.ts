import type {ApiAnswer, ApiRequest, ApiServerClient, WatchLine} from '../kubernetes.ts';
import type {Measure} from '../metrics/sample.ts';

/** As Kubernetes' own clients count them: by what is done, and a list is no get. */
const verbs: Readonly<Record<ApiRequest['method'], string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const verbOf = ({method, query}: ApiRequest): string => (query?.['limit'] === undefined ? verbs[method] : 'list');

/** No answer came: the request may have taken effect or not. */
const unanswered = 0;

const statusOf = (error: unknown): number => {
  const {status} = error as {readonly status?: unknown};
  return typeof status === 'number' ? status : unanswered;
};

/** A client of the API server that counts what goes over it, and knows when it was last answered. */
export class MeasuredClient implements ApiServerClient {
  readonly #client: ApiServerClient;
  readonly #measure: Measure;
  #answeredAt = -Infinity;

  constructor(client: ApiServerClient, measure: Measure) {
    this.#client = client;
    this.#measure = measure;
  }

  /** How long ago the API server has answered anything, in milliseconds. */
  get silence(): number {
    return performance.now() - this.#answeredAt;
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    const verb = verbOf(request);
    const started = performance.now();
    try {
      const answer = await this.#client.request(request);
      this.#measure('archsearch_operator_api_request_duration_seconds', (performance.now() - started) / 1000, {verb});
      this.#count(verb, answer.status);
      if (isConflict(answer)) this.#measure('archsearch_operator_api_conflicts_total', 1);
      return answer;
    } catch (error) {
      this.#count(verb, unanswered);
      throw error;
    }
  }

  /** Counted once: when its first line is there, or as it ends without one. */
  async *watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<WatchLine> {
    let counted = false;
    const countOnce = (code: number): void => {
      if (!counted) this.#count('watch', code);
      counted = true;
    };
    try {
      for await (const line of this.#client.watch(path, query, signal)) {
        countOnce(200);
        yield line;
      }
      countOnce(200);
    } catch (error) {
      countOnce(statusOf(error));
      throw error;
    }
  }

  #count(verb: string, code: number): void {
    if (code !== unanswered && code < 500) this.#answeredAt = performance.now();
    this.#measure('archsearch_operator_api_requests_total', 1, {verb, code: String(code)});
  }
}

/** Somebody else has written before; that an object is there already is no conflict. */
const isConflict = ({status, body}: ApiAnswer): boolean =>
  status === 409 && (body as {readonly reason?: string} | null)?.reason !== 'AlreadyExists';
