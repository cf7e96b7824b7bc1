import {isDeepStrictEqual} from 'node:util';
import type {Stored} from '../../api/meta.ts';
import type {Pod, PodStatus} from '../../api/pod.ts';
import {timestamp} from '../../api/quantities.ts';
import {ApiRefusal} from '../ports.ts';
import type {Clock, Key, Kind, Kinds, KubernetesApi, MergePatch, Precondition, WatchEvent} from '../ports.ts';
import {frozenCopy} from './frozen.ts';
import {mergePatch} from './merge-patch.ts';
import {
  addressOf,
  checkFinalizers,
  checkPrecondition,
  isReleased,
  keepingIdentity,
  keyOf,
  tidied,
  withDeletion,
  withGeneration,
} from './object-rules.ts';
import type {AnyObject} from './object-rules.ts';
import {bindingObstacle, bound, checkNewPod, checkPodUpdate, deletionGrace, firstStatus} from './pod-rules.ts';
import {checkName, validated} from './validation.ts';

/** One write: the object as it is from this resourceVersion on, or null when it is gone. */
export interface JournalEntry {
  readonly rv: number;
  readonly kind: Kind;
  readonly key: Key;
  readonly object: Stored<Kinds[Kind]> | null;
}

export interface MemoryApiServerOptions {
  readonly clock: Clock;
  /** A new uid at each call; it must not repeat those of a restored journal. */
  readonly uid: () => string;
  /** Gets each write before it is applied. If it throws, the write does not happen. */
  readonly journal?: (entry: JournalEntry) => void;
  /** The journal of an earlier life, in order. */
  readonly restore?: readonly JournalEntry[];
}

interface Watcher {
  readonly kind: Kind;
  readonly onEvent: (event: WatchEvent<Kinds[Kind]>) => void;
}

/**
 * The API server of local mode and of the simulated world: the semantics of `KubernetesApi` as the real one has them, in memory.
 * A call takes effect at once, before its promise resolves; a refusal rejects with `ApiRefusal`. Objects handed out are frozen.
 * Dependents of owners that are gone go when `collectGarbage` is called, as the real garbage collector comes round some time later.
 */
export class MemoryApiServer implements KubernetesApi {
  readonly #options: MemoryApiServerOptions;
  readonly #objects = new Map<string, AnyObject>();
  readonly #watchers = new Set<Watcher>();
  #version = 0;

  constructor(options: MemoryApiServerOptions) {
    this.#options = options;
    for (const entry of options.restore ?? []) this.#apply(frozenCopy(entry));
  }

  get<K extends Kind>(kind: K, key: Key): Promise<Stored<Kinds[K]> | undefined> {
    return attempt(() => this.#objects.get(addressOf(kind, key)));
  }

  /** In the order of namespace and name. */
  list<K extends Kind>(kind: K, namespace?: string): Promise<readonly Stored<Kinds[K]>[]> {
    const prefix = namespace === undefined ? `${kind}/` : `${kind}/${namespace}/`;
    const found = [...this.#objects].filter(([address]) => address.startsWith(prefix));
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    return attempt(() => found.map(([, object]) => object));
  }

  create<K extends Kind>(kind: K, object: Kinds[K]): Promise<Stored<Kinds[K]>> {
    return attempt(() => this.#create(kind, object));
  }

  dryRun<K extends Kind>(kind: K, object: Kinds[K]): Promise<void> {
    return attempt(() => void this.#checked(kind, object));
  }

  update<K extends Kind>(kind: K, object: Stored<Kinds[K]>): Promise<Stored<Kinds[K]>> {
    return attempt(() => {
      const current = this.#existing(kind, keyOf(object.metadata));
      const {uid, resourceVersion} = object.metadata;
      checkPrecondition(current, {uid, resourceVersion});
      return this.#replace(current, object);
    });
  }

  patch<K extends Kind>(
    kind: K,
    key: Key,
    patch: MergePatch,
    precondition: Precondition = {},
  ): Promise<Stored<Kinds[K]>> {
    return attempt(() => {
      const current = this.#existing(kind, key);
      checkPrecondition(current, precondition, 'Invalid');
      return this.#replace(current, mergePatch(current, patch) as AnyObject);
    });
  }

  patchStatus<K extends Kind>(
    kind: K,
    key: Key,
    status: MergePatch,
    precondition: Precondition = {},
  ): Promise<Stored<Kinds[K]>> {
    return attempt(() => {
      const current = this.#existing(kind, key);
      checkPrecondition(current, precondition, 'Invalid');
      return this.#store(current, mergePatch(current, {status}) as AnyObject);
    });
  }

  delete(kind: Kind, key: Key, precondition: Precondition = {}): Promise<void> {
    return attempt(() => {
      const current = this.#objects.get(addressOf(kind, key));
      if (current === undefined) return;
      checkPrecondition(current, precondition);
      this.#delete(current);
    });
  }

  watch<K extends Kind>(kind: K, onEvent: (event: WatchEvent<Kinds[K]>) => void): () => void {
    const watcher: Watcher = {kind, onEvent: onEvent as Watcher['onEvent']};
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** The scheduler's call: `Conflict` when the Pod is another one by now, is gated, being deleted or bound already. */
  bind(key: Key, uid: string, node: string): Promise<void> {
    return attempt(() => {
      const current = this.#pod(key, uid);
      const obstacle = bindingObstacle(current);
      if (obstacle !== undefined) throw new ApiRefusal('Conflict', `Pod ${key.name} ${obstacle}`);
      this.#store(current, bound(current, node, this.#options.clock.now()));
    });
  }

  /** The kubelet's report: it replaces the whole status. `Conflict` when another Pod has the name by now. */
  setPodStatus(key: Key, uid: string, status: PodStatus): Promise<void> {
    return attempt(() => {
      this.#store(this.#pod(key, uid), {...this.#pod(key, uid), status});
    });
  }

  /**
   * A deletion with no grace: the kubelet's last call for a deleted Pod once its containers have ended, and Pod GC's for a Pod of a lost
   * node. A bound Pod that is being deleted stays until this call and the release of its last finalizer. A Pod that is gone is success.
   */
  forceDelete(key: Key, uid: string): Promise<void> {
    return attempt(() => {
      const current = this.#objects.get(addressOf('Pod', key));
      if (current?.metadata.uid === uid) this.#startDeletion(current, 0);
    });
  }

  /** Deletes whatever has owners of which none is left, as the garbage collector does. Returns how many deletions it began. */
  collectGarbage(): number {
    let begun = 0;
    for (let orphans = this.#orphans(); orphans.length > 0; orphans = this.#orphans()) {
      for (const orphan of orphans) this.#delete(orphan);
      begun += orphans.length;
    }
    return begun;
  }

  #orphans(): readonly AnyObject[] {
    const alive = new Set([...this.#objects.values()].map((object) => object.metadata.uid));
    return [...this.#objects.values()].filter(({metadata}) => {
      const owners = metadata.ownerReferences ?? [];
      const abandoned = owners.length > 0 && !owners.some((owner) => alive.has(owner.uid));
      return abandoned && metadata.deletionTimestamp === undefined;
    });
  }

  #create(kind: Kind, object: Kinds[Kind]): AnyObject {
    return this.#write(this.#checked(kind, object));
  }

  /** The object as it would be stored. */
  #checked(kind: Kind, object: Kinds[Kind]): AnyObject {
    checkName(object.metadata.name);
    if (object.metadata.resourceVersion !== undefined)
      throw new ApiRefusal('Invalid', 'metadata.resourceVersion: must not be set on an object to be created');
    if (object.kind === 'Pod') checkNewPod(object);
    const key = keyOf(object.metadata);
    if (this.#objects.has(addressOf(kind, key)))
      throw new ApiRefusal('AlreadyExists', `${kind} ${key.namespace}/${key.name} already exists`);
    const {deletionTimestamp: _at, deletionGracePeriodSeconds: _grace, ...metadata} = object.metadata;
    const born = {
      uid: this.#options.uid(),
      resourceVersion: '',
      generation: 1,
      creationTimestamp: timestamp(this.#options.clock.now()),
    };
    const {status: _status, ...parts} = object as Pod;
    const status = object.kind === 'Pod' ? {status: firstStatus(object.spec)} : {};
    return this.#accepted({...parts, ...status, metadata: {...metadata, ...born}});
  }

  /** Everything but status becomes as wanted. */
  #replace(current: AnyObject, wanted: AnyObject): AnyObject {
    checkFinalizers(current, wanted);
    if (current.kind === 'Pod') checkPodUpdate(current.spec, (wanted as Stored<Pod>).spec);
    const {status: _status, ...parts} = wanted as Stored<Pod>;
    const {status} = current as Stored<Pod>;
    return this.#store(current, {...parts, ...(status !== undefined && {status})});
  }

  /** Writes what differs; what is being deleted and held by nothing any more goes. */
  #store(current: AnyObject, wanted: AnyObject): AnyObject {
    const next = this.#accepted(keepingIdentity(current, wanted));
    if (isDeepStrictEqual(next, current)) return current;
    return this.#write(withGeneration(current, next));
  }

  #accepted(object: AnyObject): AnyObject {
    return frozenCopy(validated(object.kind, tidied(object)));
  }

  #delete(current: AnyObject): void {
    // A deletion that is under way goes on as it was begun: only a shorter grace changes it, and this call asks for none.
    if (current.metadata.deletionTimestamp !== undefined) return;
    this.#startDeletion(current, current.kind === 'Pod' ? deletionGrace(current) : 0);
  }

  #startDeletion(current: AnyObject, graceSeconds: number): void {
    const marked = withDeletion(current, graceSeconds, this.#options.clock.now());
    if (marked !== current) this.#write(marked);
  }

  #existing(kind: Kind, key: Key): AnyObject {
    const object = this.#objects.get(addressOf(kind, key));
    if (object === undefined) throw new ApiRefusal('NotFound', `${kind} ${key.namespace}/${key.name} not found`);
    return object;
  }

  #pod(key: Key, uid: string): Stored<Pod> {
    const pod = this.#existing('Pod', key);
    checkPrecondition(pod, {uid});
    return pod as Stored<Pod>;
  }

  #write(object: AnyObject): AnyObject {
    const rv = this.#version + 1;
    const metadata = {...object.metadata, resourceVersion: String(rv)};
    const written = frozenCopy({...object, metadata});
    const {kind} = written;
    const key = keyOf(metadata);
    const type = this.#objects.has(addressOf(kind, key)) ? 'Modified' : 'Added';
    const gone = isReleased(written);
    const entry: JournalEntry = {rv, kind, key, object: gone ? null : written};
    this.#options.journal?.(entry);
    this.#apply(entry);
    this.#announce({type: gone ? 'Deleted' : type, object: written});
    return written;
  }

  #apply(entry: JournalEntry): void {
    const address = addressOf(entry.kind, entry.key);
    if (entry.object === null) this.#objects.delete(address);
    else this.#objects.set(address, entry.object);
    this.#version = entry.rv;
  }

  /** Later, in the order of the writes: a callback may call the server or end any watch, and never comes between a write and its answer. */
  #announce(event: WatchEvent<Kinds[Kind]>): void {
    const watching = [...this.#watchers].filter((watcher) => watcher.kind === event.object.kind);
    for (const watcher of watching)
      queueMicrotask(() => {
        if (this.#watchers.has(watcher)) watcher.onEvent(event);
      });
  }
}

/** A refusal that `call` throws rejects the promise. The caller's kind fixes the type: an address holds objects of its kind alone. */
const attempt = <T>(call: () => unknown): Promise<T> =>
  new Promise((resolve) => {
    resolve(call() as T);
  });
