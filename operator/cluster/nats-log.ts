import type {Pod} from '../../api/pod.ts';
import type {ApiServerClient} from '../kubernetes.ts';
import {violationIn} from '../violations.ts';
import type {Violation} from '../violations.ts';
import {messageOf} from './api.ts';

const selector = 'app.kubernetes.io/name=archsearch,app.kubernetes.io/component=nats';
/** Of one reading; what is more comes with the next. */
const mostBytes = 1024 * 1024;

/** What trials tried and may not is told by the server to its log alone: it is read off the log of its Pods. */
export class NatsLog {
  readonly #client: Pick<ApiServerClient, 'request'>;
  readonly #namespace: string;
  /** Pod → time of the last line that was read. */
  readonly #read = new Map<string, string>();
  readonly #since: Date;

  constructor(client: Pick<ApiServerClient, 'request'>, namespace: string, since: Date) {
    this.#client = client;
    this.#namespace = namespace;
    this.#since = since;
  }

  /** What is new since the last time. @throws Error when a log cannot be read. */
  async news(): Promise<readonly Violation[]> {
    const path = `/api/v1/namespaces/${this.#namespace}/pods`;
    const {status, body} = await this.#client.request({method: 'GET', path, query: {labelSelector: selector}});
    if (status !== 200) throw new Error(`the Pods of NATS cannot be listed (${String(status)}): ${messageOf(body)}`);
    const {items} = body as {readonly items: readonly Pod[]};
    const running = items.filter((pod) => pod.status?.phase === 'Running').map((pod) => pod.metadata.name);
    for (const gone of [...this.#read.keys()].filter((name) => !running.includes(name))) this.#read.delete(gone);
    const found = await Promise.all(running.map((name) => this.#newsOf(name)));
    return found.flat();
  }

  async #newsOf(pod: string): Promise<readonly Violation[]> {
    const path = `/api/v1/namespaces/${this.#namespace}/pods/${pod}/log`;
    const last = this.#read.get(pod) ?? sortable(this.#since.toISOString());
    // whole seconds are all that the API server looks at
    const query = {timestamps: 'true', sinceTime: `${last.slice(0, 19)}Z`, limitBytes: String(mostBytes)};
    const {status, body} = await this.#client.request({method: 'GET', path, query, text: true});
    if (status !== 200 || typeof body !== 'string')
      throw new Error(`the log of ${pod} cannot be read (${String(status)}): ${messageOf(body)}`);
    const lines = body
      .split('\n')
      .slice(0, -1)
      .map(stamped)
      .filter(({at}) => at > last);
    this.#read.set(pod, lines.at(-1)?.at ?? last);
    return lines.flatMap(({text}) => violationIn(text) ?? []);
  }
}

/** `<time> <line>`, as kubelets write it. */
function stamped(line: string): {readonly at: string; readonly text: string} {
  const space = line.indexOf(' ');
  return {at: sortable(line.slice(0, space)), text: line.slice(space + 1)};
}

/** Times come without the zeros at their end. */
const sortable = (time: string): string => {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
};
