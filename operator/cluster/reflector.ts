import {setTimeout as sleep} from 'node:timers/promises';
import type {KubernetesObject, Stored} from '../../api/meta.ts';
import type {WatchEvent} from '../ports.ts';

/** One line of a watch, understood. */
export type Change<T extends KubernetesObject> =
  | {readonly type: WatchEvent<T>['type']; readonly object: T}
  | {readonly type: 'Bookmark'; readonly resourceVersion: string};

/** Where a reflector looks. */
export interface Source<T extends KubernetesObject> {
  list(): Promise<{readonly items: readonly T[]; readonly resourceVersion: string}>;
  /** Changes after a version, until the server ends the watch in order. Throws `WatchGone` when it no longer knows the version. */
  watch(resourceVersion: string, signal: AbortSignal): AsyncIterable<Change<T>>;
}

/** The version to watch from is too old: list again. */
export class WatchGone extends Error {
  override readonly name = 'WatchGone';
}

export interface ReflectorOptions<T extends Stored<KubernetesObject>> {
  readonly onEvent?: (event: WatchEvent<T>) => void;
  /** Are the objects of the first list told as added? */
  readonly announceFirst?: boolean;
  readonly onTrouble?: (error: unknown) => void;
  /** A watch that is silent for longer, without so much as a bookmark, is taken for dead. Most servers send one a minute. */
  readonly silenceMilliseconds?: number;
  /** Uniform in [0, 1): spreads the retries of many clients. */
  readonly jitter?: () => number;
}

const firstDelay = 250;
const longestDelay = 30_000;
/** Deleted objects that are remembered, so that a late message does not bring one back. */
const graves = 4096;

const addressOf = ({metadata}: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** Versions of one kind are comparable as numbers (KEP-5504). */
const isNewer = (a: KubernetesObject, b: KubernetesObject): boolean =>
  BigInt(a.metadata.resourceVersion ?? 0) > BigInt(b.metadata.resourceVersion ?? 0);

/**
 * A mirror of one kind of object: list, watch from there, resume after every break, list again when the server has forgotten where we
 * were. What we write ourselves is put in at once (`learn`), so that nobody plans on a state that is older than our own writes.
 */
export class Reflector<T extends Stored<KubernetesObject>> {
  readonly #source: Source<T>;
  readonly #options: ReflectorOptions<T>;
  readonly #objects = new Map<string, T>();
  /** uid → version of deletion, oldest first. */
  readonly #buried = new Map<string, bigint>();
  readonly #stopping = new AbortController();
  #resourceVersion: string | undefined;
  #lastHeard = 0;
  #synced = false;
  #started: Promise<void> | undefined;
  #failures = 0;

  constructor(source: Source<T>, options: ReflectorOptions<T> = {}) {
    this.#source = source;
    this.#options = options;
  }

  start(): void {
    this.#started ??= this.#run();
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Was the first list read? */
  get synced(): boolean {
    return this.#synced;
  }

  /** How long ago the server was last heard of, in milliseconds. */
  get silence(): number {
    return performance.now() - this.#lastHeard;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(address: string): T | undefined {
    return this.#objects.get(address);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** An object as an answer to a request of our own has it; older than what is known, it changes nothing. */
  learn(object: T): void {
    this.#put(object);
  }

  /** An object that is known to be gone. */
  forget(object: T): void {
    this.#remove(object);
  }

  async #run(): Promise<void> {
    const stopped = (): boolean => this.#stopping.signal.aborted;
    while (!stopped()) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        await this.#watch();
      } catch (error) {
        if (stopped()) return;
        if (error instanceof WatchGone) this.#resourceVersion = undefined;
        else await this.#waitAfter(error);
      }
    }
  }

  async #waitAfter(error: unknown): Promise<void> {
    this.#options.onTrouble?.(error);
    const delay = Math.min(longestDelay, firstDelay * 2 ** this.#failures);
    this.#failures += 1;
    const spread = 0.5 + (this.#options.jitter ?? Math.random)();
    await sleep(delay * spread, undefined, {signal: this.#stopping.signal}).catch(() => undefined);
  }

  async #list(): Promise<void> {
    const {items, resourceVersion} = await this.#source.list();
    this.#heard();
    const listed = new Set(items.map(addressOf));
    const quiet = !this.#synced && this.#options.announceFirst === false;
    for (const item of items) this.#put(item, quiet);
    // what is not in the list has gone while nobody watched; what was learnt after the list was made stays
    for (const object of [...this.#objects.values()]) {
      const known = BigInt(object.metadata.resourceVersion);
      if (!listed.has(addressOf(object)) && known <= BigInt(resourceVersion)) this.#remove(object);
    }
    this.#resourceVersion = resourceVersion;
    this.#synced = true;
  }

  async #watch(): Promise<void> {
    const broken = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, broken.signal]);
    const silence = this.#options.silenceMilliseconds ?? 150_000;
    const opened = performance.now();
    const watchdog = setInterval(
      () => {
        // that it was opened is nothing that was heard: one that is opened in vain again and again is silent all the while
        const sinceOpened = performance.now() - opened;
        if (Math.min(this.silence, sinceOpened) <= silence) return;
        // no server has to send bookmarks: a list tells whether nothing happened or nothing came
        this.#resourceVersion = undefined;
        broken.abort(new Error(`the watch was silent for ${String(silence)} ms`));
      },
      Math.min(silence / 2, 5000),
    );
    try {
      for await (const change of this.#source.watch(this.#resourceVersion ?? '', signal)) this.#take(change);
    } finally {
      clearInterval(watchdog);
    }
  }

  #take(change: Change<T>): void {
    this.#heard();
    this.#failures = 0;
    if (change.type === 'Bookmark') {
      this.#resourceVersion = change.resourceVersion;
      return;
    }
    this.#resourceVersion = change.object.metadata.resourceVersion;
    if (change.type === 'Deleted') this.#remove(change.object);
    else this.#put(change.object);
  }

  #heard(): void {
    this.#lastHeard = performance.now();
  }

  #put(object: T, quiet = false): void {
    const address = addressOf(object);
    const known = this.#objects.get(address);
    if (known !== undefined && !isNewer(object, known)) return;
    if (this.#buried.has(object.metadata.uid)) return;
    this.#objects.set(address, object);
    if (!quiet) this.#tell({type: known === undefined ? 'Added' : 'Modified', object});
  }

  #remove(object: T): void {
    const {uid, resourceVersion} = object.metadata;
    this.#buried.set(uid, BigInt(resourceVersion));
    const [oldest] = this.#buried.keys();
    if (this.#buried.size > graves && oldest !== undefined) this.#buried.delete(oldest);
    const address = addressOf(object);
    // another object may have the name by now
    if (this.#objects.get(address)?.metadata.uid !== uid) return;
    this.#objects.delete(address);
    this.#tell({type: 'Deleted', object});
  }

  /** A listener that throws must not end the watch. */
  #tell(event: WatchEvent<T>): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.#options.onTrouble?.(error);
    }
  }
}
