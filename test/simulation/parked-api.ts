import type {Stored} from '../../api/meta.ts';
import type {Key, Kind, Kinds, KubernetesApi, MergePatch, Precondition, WatchEvent} from '../../operator/ports.ts';
import type {Calls} from './calls.ts';

/** The API server as a process of local mode sees it: every call waits until the scheduler of the world lets it through. */
export class ParkedApi implements KubernetesApi {
  readonly #server: KubernetesApi;
  readonly #calls: Calls;

  constructor(server: KubernetesApi, calls: Calls) {
    this.#server = server;
    this.#calls = calls;
  }

  get<K extends Kind>(kind: K, key: Key): Promise<Stored<Kinds[K]> | undefined> {
    return this.#calls.make(`get ${kind} ${key.name}`, () => this.#server.get(kind, key));
  }
  list<K extends Kind>(kind: K, namespace?: string): Promise<readonly Stored<Kinds[K]>[]> {
    return this.#calls.make(`list ${kind}`, () => this.#server.list(kind, namespace));
  }
  create<K extends Kind>(kind: K, object: Kinds[K]): Promise<Stored<Kinds[K]>> {
    return this.#calls.make(`create ${kind} ${object.metadata.name}`, () => this.#server.create(kind, object));
  }
  dryRun<K extends Kind>(kind: K, object: Kinds[K]): Promise<void> {
    return this.#calls.make(`dry run of ${kind} ${object.metadata.name}`, () => this.#server.dryRun(kind, object));
  }
  update<K extends Kind>(kind: K, object: Stored<Kinds[K]>): Promise<Stored<Kinds[K]>> {
    return this.#calls.make(`update ${kind} ${object.metadata.name}`, () => this.#server.update(kind, object));
  }
  patch<K extends Kind>(kind: K, key: Key, patch: MergePatch, precondition?: Precondition): Promise<Stored<Kinds[K]>> {
    return this.#calls.make(`patch ${kind} ${key.name}`, () => this.#server.patch(kind, key, patch, precondition));
  }
  patchStatus<K extends Kind>(
    kind: K,
    key: Key,
    status: MergePatch,
    precondition?: Precondition,
  ): Promise<Stored<Kinds[K]>> {
    return this.#calls.make(`patch status of ${kind} ${key.name}`, () =>
      this.#server.patchStatus(kind, key, status, precondition),
    );
  }
  delete(kind: Kind, key: Key, precondition?: Precondition): Promise<void> {
    return this.#calls.make(`delete ${kind} ${key.name}`, () => this.#server.delete(kind, key, precondition));
  }
  watch<K extends Kind>(kind: K, onEvent: (event: WatchEvent<Kinds[K]>) => void): () => void {
    return this.#server.watch(kind, onEvent);
  }
}
