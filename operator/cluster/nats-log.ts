import type {Pod} from '../../api/pod.ts';
import type {ApiServerClient} from '../kubernetes.ts';
import {violationIn} from '../violations.ts';
import type {Violation} from '../violations.ts';
import {messageOf} from './api.ts';

const selector = 'app.kubernetes.io/name=archsearch,app.kubernetes.io/component=nats';
/** Of one reading; what is more comes with the next. */
const mostBytes = 1024 * 1024;

export interface NatsLogOptions {
  readonly client: Pick<ApiServerClient, 'request'>;
  /** Where NATS runs. */
  readonly namespace: string;
  /** What was written before is not read. */
  readonly since: Date;
  /** Lines that cannot be read, in words. */
  readonly onNotice: (notice: string) => void;
}

/** What trials tried and may not is told by the server to its log alone: it is read off the log of its Pods. */
export class NatsLog {
  readonly #options: NatsLogOptions;
  /** Pod → time of the last line that was read. */
  readonly #read = new Map<string, string>();
  #since: string;

  constructor(options: NatsLogOptions) {
    this.#options = options;
    this.#since = stampOf(options.since);
  }

  /** Somebody else reads what was written until then. */
  forget(until: Date): void {
    this.#read.clear();
    this.#since = stampOf(until);
  }

  /** What is new since the last time. @throws Error when a log cannot be read. */
  async news(): Promise<readonly Violation[]> {
    const {client, namespace} = this.#options;
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const {status, body} = await client.request({method: 'GET', path, query: {labelSelector: selector}});
    if (status !== 200) throw new Error(`the Pods of NATS cannot be listed (${String(status)}): ${messageOf(body)}`);
    const {items} = body as {readonly items: readonly Pod[]};
    const running = items.filter((pod) => pod.status?.phase === 'Running').map((pod) => pod.metadata.name);
    for (const gone of [...this.#read.keys()].filter((name) => !running.includes(name))) this.#read.delete(gone);
    const found = await Promise.all(running.map((name) => this.#newsOf(name)));
    return found.flat();
  }

  async #newsOf(pod: string): Promise<readonly Violation[]> {
    const last = this.#read.get(pod) ?? this.#since;
    const body = await this.#textOf(pod, last);
    const lines = body
      .split('\n')
      .slice(0, -1)
      .map(stamped)
      .filter(({at}) => at > last);
    this.#read.set(pod, lines.at(-1)?.at ?? this.#beyond(pod, last, body));
    return lines.flatMap(({text}) => violationIn(text) ?? []);
  }

  async #textOf(pod: string, last: string): Promise<string> {
    const {client, namespace} = this.#options;
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
    // whole seconds are all that the API server looks at
    const query = {timestamps: 'true', sinceTime: `${last.slice(0, 19)}Z`, limitBytes: String(mostBytes)};
    const {status, body} = await client.request({method: 'GET', path, query, text: true});
    if (status !== 200 || typeof body !== 'string')
      throw new Error(`the log of ${pod} cannot be read (${String(status)}): ${messageOf(body)}`);
    return body;
  }

  /** Where to go on after nothing new was read: where one second fills a reading, all that is read of it is its beginning. */
  #beyond(pod: string, last: string, body: string): string {
    if (Buffer.byteLength(body) < mostBytes) return last;
    const second = last.slice(0, 19);
    this.#options.onNotice(
      `the log of ${pod} has more than ${String(mostBytes)} bytes of ${second}Z: what was refused in the rest of that second is not counted`,
    );
    return stampOf(new Date(Date.parse(`${second}Z`) + 1000));
  }
}

/** `<time> <line>`, as kubelets write it. */
function stamped(line: string): {readonly at: string; readonly text: string} {
  const space = line.indexOf(' ');
  return {at: sortable(line.slice(0, space)), text: line.slice(space + 1)};
}

const stampOf = (time: Date): string => sortable(time.toISOString());

/** Times come with their node's offset from UTC, and without the zeros at their end; they are compared to the nanosecond. */
function sortable(time: string): string {
  const [, seconds = '', fraction = '', offset = ''] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  // what has no time is older than all that has
  if (seconds === '') return '';
  return `${new Date(`${seconds}${offset}`).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}`;
}
