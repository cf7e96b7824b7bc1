import {setTimeout as sleep} from 'node:timers/promises';
import type {ApiAnswer, ApiServerClient} from '../kubernetes.ts';
import type {Key} from '../ports.ts';

/** coordination.k8s.io/v1, as far as it is needed. Times are RFC 3339 with microseconds. */
interface Lease {
  readonly apiVersion: 'coordination.k8s.io/v1';
  readonly kind: 'Lease';
  readonly metadata: {readonly name: string; readonly namespace: string; readonly resourceVersion?: string};
  readonly spec: {
    readonly holderIdentity: string;
    readonly leaseDurationSeconds: number;
    readonly acquireTime: string;
    readonly renewTime: string;
    readonly leaseTransitions: number;
  };
}

export interface LeaseOptions {
  readonly client: ApiServerClient;
  readonly key: Key;
  /** Unique among all processes that there ever were: the Pod's name and a random part. */
  readonly identity: string;
  /** How long the others wait before they take a lease that is not renewed. */
  readonly durationSeconds: number;
  readonly onTrouble?: (error: unknown) => void;
}

const microTime = (): string => new Date().toISOString().replace('Z', '000Z');

/**
 * Leadership: one holder at a time as far as clocks go, which nothing in the ledger's protocol relies on. The times in the lease are other
 * machines' times: a lease is taken for stale when it was not seen to change for its duration by our own monotonic clock.
 */
export class LeaseHolder {
  readonly #options: LeaseOptions;
  /** By our own clock: until when we may write without having renewed. */
  #validUntil = -Infinity;
  #seen: {readonly version: string; readonly at: number} | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** May we write? False well before anybody else may take the lease. */
  get held(): boolean {
    return performance.now() < this.#validUntil;
  }

  /** Waits until the lease is ours; false when `signal` aborts before. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#attempt()) return true;
      await this.#pause(signal);
    }
    return false;
  }

  /** Renews until the lease is lost or `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted || !this.held;
    while (!ended()) {
      await this.#pause(signal);
      if (!ended()) await this.#attempt();
    }
  }

  /** Gives the lease back, so that the next one need not wait for it to run out. */
  async release(): Promise<void> {
    const {client} = this.#options;
    this.#validUntil = -Infinity;
    const lease = await this.#read();
    if (lease?.spec.holderIdentity !== this.#options.identity) return;
    const spec = {...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime()};
    await client.request({method: 'PUT', path: this.#path(), body: {...lease, spec}});
  }

  #pause(signal: AbortSignal): Promise<void> {
    const period = (this.#options.durationSeconds * 1000) / 5;
    return sleep(period, undefined, {signal}).catch(() => undefined);
  }

  #path(): string {
    const {namespace, name} = this.#options.key;
    return `${this.#collection(namespace)}/${name}`;
  }

  readonly #collection = (namespace: string): string => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

  /** One try to take or renew. A try that fails changes nothing: what was held runs out by itself. */
  async #attempt(): Promise<boolean> {
    // counted from before the request: the others count from when they see it
    const before = performance.now();
    try {
      const lease = await this.#read();
      if (lease === undefined) return this.#took(before, await this.#create());
      if (!this.#mayTake(lease)) return false;
      return this.#took(before, await this.#write(lease));
    } catch (error) {
      this.#options.onTrouble?.(error);
      return false;
    }
  }

  #took(before: number, {status}: ApiAnswer): boolean {
    if (status < 200 || status >= 300) return false;
    // a fifth is left for what is under way when it runs out
    this.#validUntil = before + this.#options.durationSeconds * 1000 * 0.8;
    return true;
  }

  #mayTake(lease: Lease): boolean {
    const {holderIdentity, leaseDurationSeconds} = lease.spec;
    const version = lease.metadata.resourceVersion ?? '';
    if (this.#seen?.version !== version) this.#seen = {version, at: performance.now()};
    if (holderIdentity === '' || holderIdentity === this.#options.identity) return true;
    return performance.now() - this.#seen.at > leaseDurationSeconds * 1000;
  }

  async #read(): Promise<Lease | undefined> {
    const answer = await this.#options.client.request({method: 'GET', path: this.#path()});
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`reading the lease was answered with ${String(answer.status)}`);
    return answer.body as Lease;
  }

  #create(): Promise<ApiAnswer> {
    const {key} = this.#options;
    const now = microTime();
    const spec = {...this.#mine(), acquireTime: now, renewTime: now, leaseTransitions: 0};
    const body: Lease = {apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: key, spec};
    return this.#options.client.request({method: 'POST', path: this.#collection(key.namespace), body});
  }

  /** The version that was read travels along: of two takers one wins. */
  #write(lease: Lease): Promise<ApiAnswer> {
    const now = microTime();
    const renewed = lease.spec.holderIdentity === this.#options.identity;
    const spec = {
      ...lease.spec,
      ...this.#mine(),
      renewTime: now,
      ...(renewed ? {} : {acquireTime: now, leaseTransitions: lease.spec.leaseTransitions + 1}),
    };
    return this.#options.client.request({method: 'PUT', path: this.#path(), body: {...lease, spec}});
  }

  readonly #mine = () => ({
    holderIdentity: this.#options.identity,
    leaseDurationSeconds: this.#options.durationSeconds,
  });
}
