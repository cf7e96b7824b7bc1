import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../../api/meta.ts';
import {labels} from '../../../api/pod.ts';
import type {Pod} from '../../../api/pod.ts';
import {call} from '../cluster.ts';

/** What was seen of a trial's Pod from outside. */
export interface Seen {
  readonly name: string;
  readonly gpus: number;
  /** From start to the last end and one second, as the API tells it; undefined while it has no end. */
  readonly seconds: number | undefined;
}

/** Watches a namespace's Pods without the operator's help: the account that its ledger is compared with. */
export class Witness {
  readonly #pods: string;
  readonly #stopping = new AbortController();
  #working: Promise<void> | undefined;
  readonly seen = new Map<string, Seen>();
  /** The most Pods that ran at one time. */
  mostAtOnce = 0;

  /** All Pods of a namespace, or those of one search. */
  constructor(namespace: string, search?: string) {
    const selector = search === undefined ? '' : `?labelSelector=${labels.search}=${search}`;
    this.#pods = `/api/v1/namespaces/${namespace}/pods${selector}`;
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
    while (!this.#stopping.signal.aborted) {
      // the API server may be away for a while: a Pod stays until the operator has settled it
      const answer = await call('GET', this.#pods).catch(() => undefined);
      if (answer?.code === 200) this.#note((answer.object as {readonly items: readonly Stored<Pod>[]}).items);
      await pause(150);
    }
  }

  #note(pods: readonly Stored<Pod>[]): void {
    this.mostAtOnce = Math.max(this.mostAtOnce, pods.filter(({status}) => status?.phase === 'Running').length);
    for (const pod of pods) {
      const known = this.seen.get(pod.metadata.uid);
      const seconds = secondsOf(pod) ?? known?.seconds;
      this.seen.set(pod.metadata.uid, {name: pod.metadata.name, gpus: gpusOf(pod), seconds});
    }
  }
}

const gpusOf = ({spec}: Pod): number =>
  spec.containers.reduce((sum, {resources}) => sum + Number(resources?.limits?.['nvidia.com/gpu'] ?? 0), 0);

function secondsOf({status}: Pod): number | undefined {
  const ends = (status?.containerStatuses ?? []).map(({state}) => state?.terminated?.finishedAt);
  const last = ends.at(-1);
  if (status?.startTime === undefined || last === undefined || ends.includes(undefined)) return undefined;
  return (Date.parse(last) - Date.parse(status.startTime)) / 1000 + 1;
}
