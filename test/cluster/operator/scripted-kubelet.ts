import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../../api/meta.ts';
import {annotations, budgetGate} from '../../../api/pod.ts';
import type {Pod, PodStatus} from '../../../api/pod.ts';
import type {TerminationRecord} from '../../../api/protocol.ts';
import {hash} from '../../../search/hash.ts';
import {agreed, call} from '../cluster.ts';
import type {TestNamespace} from '../namespace.ts';

/** Pods that name this scheduler are left to us by the real one. */
export const scriptedScheduler = 'scripted';

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

/** A result that depends on the trial alone, so that every run of a search sees the same. */
function resultOf(pod: Pod): TerminationRecord {
  const trial = pod.metadata.annotations?.[annotations.trial] ?? '';
  const accuracy = Number.parseInt(hash(trial.replace(/^.*-/, '')).slice(0, 6), 16) / 0x1000000;
  return {version: 1, state: 'Succeeded', values: {accuracy}, epoch: 1, epochs: 1, device: 'scripted'};
}

const runningStatus = (): PodStatus => {
  const startTime = now();
  return {phase: 'Running', startTime, containerStatuses: [{name: 'trial', state: {running: {startedAt: startTime}}}]};
};

function endedStatus(pod: Pod, exitCode: number, message: string): PodStatus {
  const startedAt = pod.status?.startTime ?? now();
  const terminated = {exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', message, startedAt, finishedAt: now()};
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    startTime: startedAt,
    containerStatuses: [{name: 'trial', state: {terminated}}],
  };
}

/** What was seen of a Pod from outside: the account that the ledger is compared with. */
export interface Witnessed {
  readonly name: string;
  /** Seconds from start to end and one more; undefined while it has no end. */
  readonly seconds: number | undefined;
}

/** Scheduler and kubelet of one namespace on the real API server: Pods run for an instant and succeed. */
export class ScriptedKubelet {
  readonly #namespace: TestNamespace;
  readonly #node: string;
  readonly #stopping = new AbortController();
  #working: Promise<void> | undefined;
  /** By uid. */
  readonly witnessed = new Map<string, Witnessed>();
  /** The most Pods that were bound and not over at one time. */
  mostAtOnce = 0;

  constructor(namespace: TestNamespace, node: string) {
    this.#namespace = namespace;
    this.#node = node;
  }

  start(): void {
    this.#working = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const pods = await this.#pods();
      this.#witness(pods);
      const running = pods.filter(({spec, status}) => spec.nodeName !== undefined && !isOver(status));
      this.mostAtOnce = Math.max(this.mostAtOnce, running.length);
      for (const pod of pods) await this.#step(pod);
      await pause(60);
    }
  }

  async #pods(): Promise<readonly Stored<Pod>[]> {
    const list = await agreed(call('GET', `/api/v1/namespaces/${this.#namespace.name}/pods`));
    return (list as {readonly items: readonly Stored<Pod>[]}).items;
  }

  #witness(pods: readonly Stored<Pod>[]): void {
    for (const pod of pods) {
      const {uid, name} = pod.metadata;
      this.witnessed.set(uid, {name, seconds: secondsOf(pod) ?? this.witnessed.get(uid)?.seconds});
    }
  }

  /** One step in the life of a Pod; one that has changed meanwhile is looked at again. */
  async #step(pod: Stored<Pod>): Promise<void> {
    const {name, uid, deletionTimestamp} = pod.metadata;
    const deleted = deletionTimestamp !== undefined;
    const gated = (pod.spec.schedulingGates ?? []).some((gate) => gate.name === budgetGate);
    if (pod.spec.nodeName === undefined) {
      if (!gated && !deleted) await this.#namespace.bind(name, uid, this.#node);
    } else if (isOver(pod.status)) {
      if (deleted) await this.#namespace.delete(name, {gracePeriodSeconds: 0, preconditions: {uid}});
    } else if (deleted) await this.#set(name, endedStatus(pod, 137, ''));
    else if (pod.status?.startTime === undefined) await this.#set(name, runningStatus());
    else await this.#set(name, endedStatus(pod, 0, JSON.stringify(resultOf(pod))));
  }

  /** A Pod that has gone meanwhile needs no status. What is said is noted at once: the Pod may be gone at the next look. */
  async #set(name: string, status: PodStatus): Promise<void> {
    const pod = await this.#namespace.setStatus(name, status).catch(() => undefined);
    if (pod !== undefined) this.#witness([pod]);
  }
}

const isOver = (status: PodStatus | undefined): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

function secondsOf({status}: Pod): number | undefined {
  const end = status?.containerStatuses?.[0]?.state?.terminated?.finishedAt;
  const start = status?.startTime;
  return end === undefined || start === undefined ? undefined : (Date.parse(end) - Date.parse(start)) / 1000 + 1;
}
