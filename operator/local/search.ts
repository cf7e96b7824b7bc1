import {randomUUID} from 'node:crypto';
import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {Stored} from '../../api/meta.ts';
import {annotations, trialFinalizer} from '../../api/pod.ts';
import {instant} from '../../api/quantities.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {Trial} from '../../api/trial.ts';
import {Controller} from '../controller.ts';
import {ThreadAsker} from '../thread/asker.ts';
import type {Clock, Key} from '../ports.ts';
import {MemoryApiServer} from './api-server.ts';
import {LocalBus} from './bus.ts';
import type {RunDirectory} from './directory.ts';
import {Journal} from './journal.ts';
import {LocalKubelet} from './kubelet.ts';
import type {Snapshot} from './snapshot.ts';

/** How long the loop sleeps when nothing happens: clocks run on even when nobody writes. */
const idleMilliseconds = 1000;

export interface LocalSearchOptions {
  readonly directory: RunDirectory;
  readonly runner: string;
  readonly mounts: Readonly<Record<string, string>>;
}

const clock: Clock = {now: () => instant(Date.now())};

/**
 * One search on this machine: the operator's own controller on an in-memory API server whose writes are journaled, and child processes
 * for Pods. Opened on the directory of an earlier run it goes on where that one was, however it ended.
 */
export class LocalSearch {
  readonly #api: MemoryApiServer;
  readonly #journal: Journal;
  readonly #kubelet: LocalKubelet;
  readonly #controller: Controller;
  readonly #asker = new ThreadAsker();
  readonly bus: LocalBus;
  #wake: () => void = () => undefined;
  #dirty = true;

  constructor({directory, runner, mounts}: LocalSearchOptions) {
    this.#journal = new Journal(directory.journal);
    this.#api = new MemoryApiServer({
      clock,
      uid: randomUUID,
      journal: this.#journal.append,
      restore: this.#journal.restored,
    });
    const changed = (): void => {
      this.#dirty = true;
      this.#wake();
    };
    this.bus = new LocalBus(directory.blobs, changed);
    this.#kubelet = new LocalKubelet({api: this.#api, bus: this.bus, clock, directory, runner, mounts});
    this.#controller = new Controller({
      api: this.#api,
      bus: this.bus,
      clock,
      asker: this.#asker,
      onAnswer: changed,
    });
    for (const kind of ['ArchitectureSearch', 'Trial', 'GpuLedger', 'Pod'] as const) this.#api.watch(kind, changed);
  }

  /** The search that the directory holds, if it holds one. */
  async existing(): Promise<Stored<ArchitectureSearch> | undefined> {
    const [search] = await this.#api.list('ArchitectureSearch');
    return search;
  }

  create(search: ArchitectureSearch): Promise<Stored<ArchitectureSearch>> {
    return this.#api.create('ArchitectureSearch', search);
  }

  /** Edits what may be edited of a search that is under way: limits and suspend. */
  async edit(key: Key, spec: Partial<ArchitectureSearch['spec']>): Promise<void> {
    await this.#api.patch('ArchitectureSearch', key, {spec});
  }

  async snapshot(): Promise<Snapshot> {
    const search = await this.existing();
    if (search === undefined) throw new Error('the run directory holds no search');
    return {search, trials: await this.#api.list('Trial'), curves: await this.#curves()};
  }

  async #curves(): Promise<ReadonlyMap<string, readonly CurvePoint[]>> {
    const hints = this.bus.hints();
    const pods = (await this.#api.list('Pod')).filter(({status}) => status?.phase === 'Running');
    return new Map(
      pods.map(({metadata}) => [metadata.annotations?.[annotations.trial] ?? '', hints.get(metadata.uid) ?? []]),
    );
  }

  /** Runs until the search is over or `signal` aborts; `onChange` sees every change. Returns false when it was interrupted. */
  async run(signal: AbortSignal, onChange: (snapshot: Snapshot) => void): Promise<boolean> {
    await this.#kubelet.recover();
    const stop = (): void => {
      this.#wake();
    };
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        this.#dirty = false;
        const snapshot = await this.snapshot();
        const {search, trials} = snapshot;
        onChange(snapshot);
        if (isOver(search, trials)) return true;
        const key = {namespace: search.metadata.namespace ?? 'default', name: search.metadata.name};
        const acted = await this.#controller.reconcile(key);
        await this.#kubelet.sync();
        if (!acted) await this.#changed();
      }
      return false;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Ends the trials that run and closes the journal. */
  async close(): Promise<void> {
    this.#controller.close();
    await this.#kubelet.close();
    await this.#asker.close();
    this.#journal.close();
  }

  #changed(): Promise<void> {
    if (this.#dirty) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, idleMilliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Over, and nothing left to be tidied up. */
function isOver(search: ArchitectureSearch, trials: readonly Trial[]): boolean {
  const done = search.status?.phase === 'Succeeded' || search.status?.phase === 'Failed';
  return done && trials.every(({metadata}) => metadata.finalizers?.includes(trialFinalizer) !== true);
}
