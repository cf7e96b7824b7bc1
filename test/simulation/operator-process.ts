import {ApiRefusal} from '../../operator/ports.ts';
import type {Key, Kind, Kinds, KubernetesApi, MergePatch, Precondition, WatchEvent} from '../../operator/ports.ts';
import type {Stored} from '../../api/meta.ts';
import type {Actor, Step} from './step.ts';

/** What the simulation drives: the operator's controller. */
export interface Reconciler {
  reconcile(key: Key): Promise<unknown>;
}

interface ParkedCall {
  readonly name: string;
  /** Lets the call take effect and its caller go on. */
  proceed(): void;
  /** Lets the call take effect; its caller is told that the connection was lost. */
  lose(): void;
  /** Lets the call take effect, and nobody learns of it. */
  unheard(): void;
}

/** The connection broke while a call was under way: whether it took effect is not known. */
export class ConnectionLost extends Error {}

/** The API server as one operator process sees it: every call waits until the scheduler lets it through. */
export class ParkedApi implements KubernetesApi {
  readonly parked: ParkedCall[] = [];
  readonly #server: KubernetesApi;

  constructor(server: KubernetesApi) {
    this.#server = server;
  }

  get<K extends Kind>(kind: K, key: Key): Promise<Stored<Kinds[K]> | undefined> {
    return this.#park(`get ${kind} ${key.name}`, () => this.#server.get(kind, key));
  }
  list<K extends Kind>(kind: K, namespace?: string): Promise<readonly Stored<Kinds[K]>[]> {
    return this.#park(`list ${kind}`, () => this.#server.list(kind, namespace));
  }
  create<K extends Kind>(kind: K, object: Kinds[K]): Promise<Stored<Kinds[K]>> {
    return this.#park(`create ${kind} ${object.metadata.name}`, () => this.#server.create(kind, object));
  }
  dryRun<K extends Kind>(kind: K, object: Kinds[K]): Promise<void> {
    return this.#park(`dry run of ${kind} ${object.metadata.name}`, () => this.#server.dryRun(kind, object));
  }
  update<K extends Kind>(kind: K, object: Stored<Kinds[K]>): Promise<Stored<Kinds[K]>> {
    return this.#park(`update ${kind} ${object.metadata.name}`, () => this.#server.update(kind, object));
  }
  patch<K extends Kind>(kind: K, key: Key, patch: MergePatch, precondition?: Precondition): Promise<Stored<Kinds[K]>> {
    return this.#park(`patch ${kind} ${key.name}`, () => this.#server.patch(kind, key, patch, precondition));
  }
  patchStatus<K extends Kind>(
    kind: K,
    key: Key,
    status: MergePatch,
    precondition?: Precondition,
  ): Promise<Stored<Kinds[K]>> {
    return this.#park(`patch status of ${kind} ${key.name}`, () =>
      this.#server.patchStatus(kind, key, status, precondition),
    );
  }
  delete(kind: Kind, key: Key, precondition?: Precondition): Promise<void> {
    return this.#park(`delete ${kind} ${key.name}`, () => this.#server.delete(kind, key, precondition));
  }
  watch<K extends Kind>(kind: K, onEvent: (event: WatchEvent<Kinds[K]>) => void): () => void {
    return this.#server.watch(kind, onEvent);
  }

  #park<T>(name: string, call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const parked: ParkedCall = {
        name,
        proceed: () => {
          this.#unpark(parked);
          resolve(call());
        },
        lose: () => {
          parked.unheard();
          reject(new ConnectionLost(name));
        },
        unheard: () => {
          this.#unpark(parked);
          // Done or refused, nobody hears of it.
          call().catch(() => undefined);
        },
      };
      this.parked.push(parked);
    });
  }

  #unpark(call: ParkedCall): void {
    this.parked.splice(this.parked.indexOf(call), 1);
  }
}

/**
 * An operator process. A crash ends it between any two calls, or in the middle of one: its calls never return, so that no code of it
 * runs any more, and a new process starts that remembers nothing. A process may also stand still for long while the world goes on.
 */
export class OperatorProcess implements Actor {
  /** An error that no API server sent: a bug of the operator. */
  failure: unknown;
  readonly #name: string;
  readonly #keys: () => readonly Key[];
  readonly #standstills: number;
  readonly #launch: () => {readonly api: ParkedApi; readonly reconciler: Reconciler};
  #process: {readonly api: ParkedApi; readonly reconciler: Reconciler; busy: boolean};
  #still = false;
  #turn = 0;

  /** `standstills` is their weight; `launch` makes a controller with an API of its own; `keys` names the searches to look after. */
  constructor(
    {name, standstills}: {readonly name: string; readonly standstills: number},
    keys: () => readonly Key[],
    launch: () => {readonly api: ParkedApi; readonly reconciler: Reconciler},
  ) {
    this.#name = name;
    this.#standstills = standstills;
    this.#keys = keys;
    this.#launch = launch;
    this.#process = {...launch(), busy: false};
  }

  steps(): readonly Step[] {
    if (this.#still) return [{name: `${this.#name} moves again`, weight: 0.3, run: () => void (this.#still = false)}];
    const calls = this.#process.api.parked.flatMap((call) => this.#outcomes(call));
    const idle = this.#process.busy ? [] : [{name: `${this.#name} reconciles`, weight: 4, run: () => this.#start()}];
    const pause = {
      name: `${this.#name} stands still`,
      weight: this.#standstills,
      fault: true,
      run: () => void (this.#still = true),
    };
    return [...calls, ...idle, pause];
  }

  #outcomes(call: ParkedCall): readonly Step[] {
    const name = `${this.#name}: ${call.name}`;
    const crash = (): void => {
      this.#process = {...this.#launch(), busy: false};
    };
    return [
      {name, weight: 8, run: () => call.proceed()},
      {name: `${name}: connection lost`, weight: 0.04, fault: true, run: () => call.lose()},
      {name: `${name}: crash before`, weight: 0.04, fault: true, run: crash},
      {
        name: `${name}: crash after`,
        weight: 0.04,
        fault: true,
        run: () => {
          call.unheard();
          crash();
        },
      },
    ];
  }

  #start(): void {
    const process = this.#process;
    const keys = this.#keys();
    const key = keys[this.#turn++ % Math.max(1, keys.length)];
    if (key === undefined) return;
    process.busy = true;
    process.reconciler.reconcile(key).then(
      () => void (process.busy = false),
      (error: unknown) => {
        process.busy = false;
        if (!(error instanceof ApiRefusal || error instanceof ConnectionLost)) this.failure = error;
      },
    );
  }
}
