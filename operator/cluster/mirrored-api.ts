import type {KubernetesObject, Stored} from '../../api/meta.ts';
import type {Key, Kind, Kinds, KubernetesApi, MergePatch, Precondition, WatchEvent} from '../ports.ts';
import type {ClusterApi} from './api.ts';
import type {Mirror} from './mirror.ts';

/** What a status of ours was before it was written, as far as it was known, and is now. */
type OnStatus = (before: KubernetesObject | undefined, after: KubernetesObject) => void;

/**
 * The API server, with every answer put into the mirror: a plan that follows a write sees it, whatever the watch is up to.
 * `guard` is asked before every write; it throws when we may not write any more.
 */
export class MirroredApi implements KubernetesApi {
  readonly #api: ClusterApi;
  readonly #mirror: Mirror;
  readonly #guard: () => void;
  readonly #onStatus: OnStatus;

  constructor(api: ClusterApi, mirror: Mirror, guard: () => void, onStatus: OnStatus = () => undefined) {
    this.#api = api;
    this.#mirror = mirror;
    this.#guard = guard;
    this.#onStatus = onStatus;
  }

  async get<K extends Kind>(kind: K, key: Key): Promise<Stored<Kinds[K]> | undefined> {
    const object = await this.#api.get(kind, key);
    if (object !== undefined) this.#mirror.learn(kind, object);
    return object;
  }

  list<K extends Kind>(kind: K, namespace?: string): Promise<readonly Stored<Kinds[K]>[]> {
    return this.#api.list(kind, namespace);
  }

  create<K extends Kind>(kind: K, object: Kinds[K]): Promise<Stored<Kinds[K]>> {
    return this.#write(kind, () => this.#api.create(kind, object));
  }

  dryRun<K extends Kind>(kind: K, object: Kinds[K]): Promise<void> {
    return this.#api.dryRun(kind, object);
  }

  update<K extends Kind>(kind: K, object: Stored<Kinds[K]>): Promise<Stored<Kinds[K]>> {
    return this.#write(kind, () => this.#api.update(kind, object));
  }

  patch<K extends Kind>(kind: K, key: Key, patch: MergePatch, precondition?: Precondition): Promise<Stored<Kinds[K]>> {
    return this.#write(kind, () => this.#api.patch(kind, key, patch, precondition));
  }

  async patchStatus<K extends Kind>(
    kind: K,
    key: Key,
    status: MergePatch,
    precondition?: Precondition,
  ): Promise<Stored<Kinds[K]>> {
    const before = this.#mirror.get(kind, key);
    const after = await this.#write(kind, () => this.#api.patchStatus(kind, key, status, precondition));
    this.#onStatus(before, after);
    return after;
  }

  async delete(kind: Kind, key: Key, precondition?: Precondition): Promise<void> {
    this.#guard();
    const left = await this.#api.remove(kind, key, precondition);
    if (left !== undefined) this.#mirror.learn(kind, left);
  }

  watch<K extends Kind>(kind: K, onEvent: (event: WatchEvent<Kinds[K]>) => void): () => void {
    return this.#api.watch(kind, onEvent);
  }

  async #write<K extends Kind>(kind: K, write: () => Promise<Stored<Kinds[K]>>): Promise<Stored<Kinds[K]>> {
    this.#guard();
    const object = await write();
    this.#mirror.learn(kind, object);
    return object;
  }
}
