import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../../api/meta.ts';
import {labels} from '../../../api/pod.ts';
import type {Pod} from '../../../api/pod.ts';
import {follow} from '../cluster.ts';

/** What was seen of a trial's Pod from outside. */
export interface Seen {
  readonly name: string;
  readonly gpus: number;
  /** From start to end and one second, as the API tells it; undefined while it has no end. */
  readonly seconds: number | undefined;
}

interface Line {
  readonly type: string;
  readonly object: Stored<Pod>;
}

/** Watches Pods without the operator's help: the account that a ledger is compared with. It hears of every state that a Pod was in. */
export class Witness {
  readonly #path: string;
  readonly #stopping = new AbortController();
  /** Uids of Pods that run. */
  readonly #running = new Set<string>();
  #working: Promise<void> | undefined;
  /** Where the watch goes on; undefined: where the list ends. */
  #version: string | undefined;
  readonly seen = new Map<string, Seen>();
  /** The most Pods that ran at one time. */
  mostAtOnce = 0;

  /** All Pods of a namespace, or those of one search. */
  constructor(namespace: string, search?: string) {
    const selector = search === undefined ? '' : `labelSelector=${labels.search}=${search}&`;
    this.#path = `/api/v1/namespaces/${namespace}/pods?${selector}`;
  }

  start(): void {
    this.#working = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  /** GPU-seconds of all Pods. */
  get gpuSeconds(): number {
    return [...this.seen.values()].reduce((sum, {gpus, seconds = 0}) => sum + gpus * seconds, 0);
  }

  async #work(): Promise<void> {
    const {signal} = this.#stopping;
    while (!signal.aborted) {
      const from = this.#version === undefined ? '' : `resourceVersion=${this.#version}`;
      await follow(`${this.#path}watch=1&allowWatchBookmarks=true&${from}`, signal, (line) => {
        this.#note(JSON.parse(line) as Line);
      });
      // the API server may be away for a while
      await pause(200, undefined, {signal}).catch(() => undefined);
    }
  }

  #note({type, object}: Line): void {
    if (type === 'ERROR') {
      this.#version = undefined;
      return;
    }
    this.#version = object.metadata.resourceVersion;
    if (type === 'BOOKMARK') return;
    const {uid, name} = object.metadata;
    if (type !== 'DELETED' && object.status?.phase === 'Running') this.#running.add(uid);
    else this.#running.delete(uid);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running.size);
    this.seen.set(uid, {name, gpus: gpusOf(object), seconds: secondsOf(object) ?? this.seen.get(uid)?.seconds});
  }
}

const gpusOf = ({spec}: Pod): number =>
  spec.containers.reduce((sum, {resources}) => sum + Number(resources?.limits?.['nvidia.com/gpu'] ?? 0), 0);

function secondsOf({status}: Pod): number | undefined {
  const [container] = status?.containerStatuses ?? [];
  // a time that the kubelet does not know is written as null
  const end = container?.state?.terminated?.finishedAt ?? undefined;
  if (status?.startTime === undefined || end === undefined) return undefined;
  return (Date.parse(end) - Date.parse(status.startTime)) / 1000 + 1;
}
