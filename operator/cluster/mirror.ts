import type {GpuLedger} from '../../api/ledger.ts';
import type {KubernetesObject, Stored} from '../../api/meta.ts';
import type {TrialAddress} from '../../api/subjects.ts';
import type {Pod} from '../../api/pod.ts';
import type {Trial} from '../../api/trial.ts';
import {accountFinalizer, labels, ledgerFinalizer, searchFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {Key, Kind, Kinds, WatchEvent} from '../ports.ts';
import {outerLedgers, searchesIn} from '../chain.ts';
import {keyOf, textOf} from '../key.ts';
import {isBereft} from '../planning/leaving.ts';
import type {View} from '../view.ts';
import type {ClusterApi} from './api.ts';
import type {WatchVitals} from './health.ts';
import {Reflector} from './reflector.ts';

/** Owners first: they are let go in the opposite order. */
const kinds = ['ArchitectureSearch', 'GpuLedger', 'Trial', 'Pod'] as const satisfies readonly Kind[];
const finalizers: ReadonlySet<string> = new Set([ledgerFinalizer, trialFinalizer, accountFinalizer, searchFinalizer]);
type Mirrors = {readonly [K in Kind]: Reflector<Stored<Kinds[K]>>};

export interface MirrorOptions {
  /** One namespace, or all when left out. */
  readonly namespace?: string;
  /** A search's name whose things have changed. */
  readonly onChange: (key: Key) => void;
  readonly onTrouble: (kind: Kind, error: unknown) => void;
}

/** The search that an object belongs to; a search and its ledger carry its name themselves. */
function searchOf({kind, metadata}: KubernetesObject): Key | undefined {
  const own = kind === 'ArchitectureSearch' || kind === 'GpuLedger' ? metadata.name : undefined;
  const name = own ?? metadata.labels?.[labels.search];
  return name === undefined ? undefined : {namespace: metadata.namespace ?? 'default', name};
}

/**
 * What the API server holds, mirrored by kind and grouped by search. Pods are those of searches alone: a label selects them on the server.
 */
export class Mirror {
  readonly #reflectors: Mirrors;
  readonly #options: MirrorOptions;
  /** Pod uid → address. */
  readonly #podsByUid = new Map<string, string>();
  /** Search → addresses of its Trials and Pods. */
  readonly #groups: Readonly<Record<'Trial' | 'Pod', Map<string, Set<string>>>> = {Trial: new Map(), Pod: new Map()};
  /** Search → number of the newest change of one of its objects. */
  readonly #revisions = new Map<string, number>();
  #changes = 0;

  constructor(api: ClusterApi, options: MirrorOptions) {
    this.#options = options;
    const reflector = <K extends Kind>(kind: K): Reflector<Stored<Kinds[K]>> =>
      new Reflector<Stored<Kinds[K]>>(api.source(kind, options.namespace), {
        onEvent: (event) => {
          this.#noticed(kind, event);
        },
        onTrouble: (error) => {
          options.onTrouble(kind, error);
        },
      });
    this.#reflectors = {
      ArchitectureSearch: reflector('ArchitectureSearch'),
      GpuLedger: reflector('GpuLedger'),
      Trial: reflector('Trial'),
      Pod: reflector('Pod'),
    };
  }

  start(): void {
    for (const kind of kinds) this.#reflectors[kind].start();
  }

  stop(): void {
    for (const kind of kinds) this.#reflectors[kind].stop();
  }

  get synced(): boolean {
    return kinds.every((kind) => this.#reflectors[kind].synced);
  }

  /** How each kind is heard of: what health and readiness look at. */
  watches(): WatchVitals[] {
    return kinds.map((kind) => {
      const {synced, silence} = this.#reflectors[kind];
      return {kind, synced, silence};
    });
  }

  sizes(): {readonly kind: Kind; readonly size: number}[] {
    return kinds.map((kind) => ({kind, size: this.#reflectors[kind].size}));
  }

  all<K extends Kind>(kind: K): Iterable<Stored<Kinds[K]>> {
    return this.#reflectors[kind].values();
  }

  /** Another number means that an object of the search has changed. */
  revisionOf(key: Key): number {
    return this.#revisions.get(textOf(key)) ?? 0;
  }

  /** Every search that there is, and every name that only Pods, Trials or entries of ledgers still carry. */
  searches(): Key[] {
    const all: KubernetesObject[] = kinds.flatMap((kind) => [...this.#reflectors[kind].values()]);
    const named = all.map(searchOf).filter((key) => key !== undefined);
    const held = [...this.#reflectors.GpuLedger.values()].flatMap(searchesIn);
    return [...new Map([...named, ...held].map((key) => [textOf(key), key])).values()];
  }

  /** What of searches a finalizer of ours holds, `Pod team/search-c1-1`, in the order in which it is let go. */
  held(): string[] {
    const all: KubernetesObject[] = kinds.toReversed().flatMap((kind) => [...this.#reflectors[kind].values()]);
    const staying: ReadonlySet<KubernetesObject> = new Set<KubernetesObject>(this.#stayingLedgers());
    const ours = all.filter(
      (object) => !staying.has(object) && object.metadata.finalizers?.some((name) => finalizers.has(name)),
    );
    return ours.map((object) => `${object.kind} ${textOf(keyOf(object))}`);
  }

  /** Accounts of budgets, which no search lets go, and those that would be lost. */
  #stayingLedgers(): readonly Stored<GpuLedger>[] {
    const ledgers = [...this.#reflectors.GpuLedger.values()];
    return ledgers.filter((ledger) => {
      const search = this.#reflectors.ArchitectureSearch.get(textOf(keyOf(ledger)));
      return ledger.spec.account.kind === 'Budget' || isBereft(search, ledger);
    });
  }

  readonly view: View = (key) => {
    const address = textOf(key);
    const ledger = this.#reflectors.GpuLedger.get(address);
    return Promise.resolve({
      search: this.#reflectors.ArchitectureSearch.get(address),
      ledger,
      outer: outerLedgers([...this.#reflectors.GpuLedger.values()], key, ledger),
      pods: this.#members('Pod', address),
      trials: this.#members('Trial', address),
    });
  };

  /** Does a Pod with this uid live that speaks for this trial of this search? */
  hasPod(uid: string, {search, trial}: TrialAddress): boolean {
    const pod = this.#podWith(uid);
    const owner = pod?.metadata.ownerReferences?.[0]?.uid;
    return owner === trial && pod?.metadata.labels?.[labels.searchUid] === search;
  }

  /** Pods that are there of a trial. */
  podsOf(trial: TrialAddress): readonly Stored<Pod>[] {
    return [...this.#podsByUid.keys()]
      .filter((uid) => this.hasPod(uid, trial))
      .flatMap((uid) => this.#podWith(uid) ?? []);
  }

  /** The Trial that a Pod was made for. */
  trialOf(podUid: string): Stored<Trial> | undefined {
    const pod = this.#podWith(podUid);
    const owner = pod?.metadata.ownerReferences?.[0];
    if (pod === undefined || owner === undefined) return undefined;
    const trial = this.#reflectors.Trial.get(textOf({...keyOf(pod), name: owner.name}));
    return trial?.metadata.uid === owner.uid ? trial : undefined;
  }

  /** Another Pod may have the name by now. */
  #podWith(uid: string): Stored<Pod> | undefined {
    const pod = this.#reflectors.Pod.get(this.#podsByUid.get(uid) ?? '');
    return pod?.metadata.uid === uid ? pod : undefined;
  }

  /** The uids of a search and its trial. */
  locate({namespace, name}: Key, trial: string): TrialAddress | undefined {
    const search = this.#reflectors.ArchitectureSearch.get(textOf({namespace, name}))?.metadata.uid;
    const found = this.#reflectors.Trial.get(textOf({namespace, name: trial}))?.metadata.uid;
    return search === undefined || found === undefined ? undefined : {search, trial: found};
  }

  /** The search with this uid. */
  searchWith(uid: string): Key | undefined {
    const found = [...this.#reflectors.ArchitectureSearch.values()].find(({metadata}) => metadata.uid === uid);
    return found && searchOf(found);
  }

  #members<K extends 'Pod' | 'Trial'>(kind: K, search: string): Stored<Kinds[K]>[] {
    const group: ReadonlySet<string> | undefined = this.#groups[kind].get(search);
    const addresses = [...(group ?? [])].toSorted();
    return addresses.flatMap((address) => this.#reflectors[kind].get(address) ?? []);
  }

  #noticed<K extends Kind>(kind: K, {type, object}: WatchEvent<Kinds[K]>): void {
    const search = searchOf(object);
    if (search === undefined) return;
    if (kind === 'Pod' || kind === 'Trial') this.#group(kind, textOf(search), {type, object});
    this.#changes += 1;
    if (this.#isKnown(search)) this.#revisions.set(textOf(search), this.#changes);
    else this.#revisions.delete(textOf(search));
    this.#options.onChange(search);
  }

  /** Is anything there of a search of this name? */
  #isKnown(search: Key): boolean {
    const name = textOf(search);
    const {ArchitectureSearch, GpuLedger} = this.#reflectors;
    return (
      this.#groups.Trial.has(name) ||
      this.#groups.Pod.has(name) ||
      ArchitectureSearch.get(name) !== undefined ||
      GpuLedger.get(name) !== undefined
    );
  }

  #group(kind: 'Pod' | 'Trial', search: string, {type, object}: WatchEvent<KubernetesObject>): void {
    const address = textOf({namespace: object.metadata.namespace ?? '', name: object.metadata.name});
    const known: Set<string> | undefined = this.#groups[kind].get(search);
    const group = known ?? new Set<string>();
    const {uid} = object.metadata;
    if (type === 'Deleted') {
      group.delete(address);
      if (kind === 'Pod') this.#podsByUid.delete(uid);
    } else {
      group.add(address);
      if (kind === 'Pod') this.#podsByUid.set(uid, address);
    }
    if (group.size === 0) this.#groups[kind].delete(search);
    else this.#groups[kind].set(search, group);
  }

  get<K extends Kind>(kind: K, key: Key): Stored<Kinds[K]> | undefined {
    return this.#reflectors[kind].get(textOf(key));
  }

  /** Puts an answer of the API server into the mirror at once. */
  learn<K extends Kind>(kind: K, object: Stored<Kinds[K]>): void {
    const {deletionTimestamp, finalizers = []} = object.metadata;
    const gone = deletionTimestamp !== undefined && finalizers.length === 0 && kind !== 'Pod';
    if (gone) this.#reflectors[kind].forget(object);
    else this.#reflectors[kind].learn(object);
  }
}
