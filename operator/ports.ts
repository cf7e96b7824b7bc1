import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import type {BlobLimit, BlobRead} from '../api/blob.ts';
import type {GpuLedger} from '../api/ledger.ts';
import type {KubernetesObject, Stored} from '../api/meta.ts';
import type {Pod} from '../api/pod.ts';
import type {Instant} from '../api/quantities.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {Attempt, Trial} from '../api/trial.ts';

/** The kinds of object that the operator handles. */
export interface Kinds {
  ArchitectureSearch: ArchitectureSearch;
  Trial: Trial;
  GpuLedger: GpuLedger;
  Pod: Pod;
}
export type Kind = keyof Kinds;

export interface Key {
  readonly namespace: string;
  readonly name: string;
}

/** What an API server answers when it refuses. */
export type Refusal = 'NotFound' | 'AlreadyExists' | 'Conflict' | 'Invalid' | 'Forbidden' | 'Gone';

export class ApiRefusal extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, message: string) {
    super(message);
    this.name = 'ApiRefusal';
    this.refusal = refusal;
  }
}

/** Preconditions of a write; a uid that does not match is refused as `Conflict` on update and delete, as `Invalid` (422) on patch. */
export interface Precondition {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** A JSON merge patch of an object's parts; `null` removes. Status is a subresource: only `patchStatus` changes it. */
export type MergePatch = Readonly<Record<string, unknown>>;

export type WatchEvent<T extends KubernetesObject> = {
  readonly type: 'Added' | 'Modified' | 'Deleted';
  readonly object: Stored<T>;
};

/**
 * The Kubernetes API as the operator uses it. Reads are consistent (no resourceVersion given). Semantics that every implementation keeps,
 * held to by one contract suite:
 * - create assigns uid, resourceVersion, creationTimestamp; a taken name is `AlreadyExists`;
 * - update is a compare-and-swap on `metadata.resourceVersion`: a stale one is `Conflict`; it never changes status, uid, creation or
 *   deletion time;
 * - a Pod's scheduling gates can only be removed, and a gated Pod or one that is being deleted is never bound to a node;
 * - delete with finalizers sets deletionTimestamp and waits; the object goes when the last finalizer is removed; no finalizer can be added
 *   to an object that is being deleted;
 * - every write of an object raises resourceVersion; writes that change nothing do not.
 */
export interface KubernetesApi {
  get<K extends Kind>(kind: K, key: Key): Promise<Stored<Kinds[K]> | undefined>;
  list<K extends Kind>(kind: K, namespace?: string): Promise<readonly Stored<Kinds[K]>[]>;
  create<K extends Kind>(kind: K, object: Kinds[K]): Promise<Stored<Kinds[K]>>;
  /** Would `create` be done? Nothing is stored; what `create` refuses is refused. */
  dryRun<K extends Kind>(kind: K, object: Kinds[K]): Promise<void>;
  /** Compare-and-swap of everything but status. */
  update<K extends Kind>(kind: K, object: Stored<Kinds[K]>): Promise<Stored<Kinds[K]>>;
  patch<K extends Kind>(kind: K, key: Key, patch: MergePatch, precondition?: Precondition): Promise<Stored<Kinds[K]>>;
  patchStatus<K extends Kind>(
    kind: K,
    key: Key,
    status: MergePatch,
    precondition?: Precondition,
  ): Promise<Stored<Kinds[K]>>;
  /** Deleting what is gone already is success. */
  delete(kind: Kind, key: Key, precondition?: Precondition): Promise<void>;
  /** Calls back for every change from now on; returns a function that ends the watch. */
  watch<K extends Kind>(kind: K, onEvent: (event: WatchEvent<Kinds[K]>) => void): () => void;
}

/** Of the way that messages take: for a readiness check and for the search's condition. */
export interface BusState {
  readonly connected: boolean;
  /** Since when it is so. */
  readonly since: Instant;
  /** Why there is no connection, or what does not work although there is one. */
  readonly reason?: string;
  /** Everybody is let in: whoever speaks may be somebody else. */
  readonly open?: boolean;
}

/** What goes between the operator and the runners besides the API server: hints, stop, blobs. */
export interface Bus {
  /** Curves so far, by Pod UID. */
  hints(): ReadonlyMap<string, readonly CurvePoint[]>;
  /** Left out where messages have no way on which they could get lost, or none at all. */
  state?(): BusState;
  stop(podUid: string, why: string): Promise<void>;
  /** A blob of a trial; one of more than `mostBytes` is not read, and called damaged. */
  readBlob(search: Key, trial: string, name: string, limit?: BlobLimit): Promise<BlobRead>;
}

/** Keeps the ends of logs beyond the Pods that wrote them. */
export interface LogKeeper {
  /** Before the Pod of an attempt is let go. Never rejects and never takes long: what cannot be kept holds nothing up. */
  keep(trial: Stored<Trial>, attempt: Attempt): Promise<void>;
}

export interface Clock {
  now(): Instant;
}
