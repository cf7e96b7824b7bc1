import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {LeaseHolder} from '../../../operator/cluster/lease.ts';
import type {ApiAnswer, ApiRequest, ApiServerClient} from '../../../operator/kubernetes.ts';

interface StoredLease {
  readonly metadata: {readonly resourceVersion: string};
  readonly spec: {readonly holderIdentity: string; readonly leaseTransitions: number};
}

/** An API server that knows one lease, with its compare-and-swap. */
class OneLease implements ApiServerClient {
  lease: StoredLease | undefined;
  reachable = true;
  #version = 0;

  request({method, body}: ApiRequest): Promise<ApiAnswer> {
    if (!this.reachable) return Promise.reject(new Error('unreachable'));
    return Promise.resolve(method === 'GET' ? this.#read() : this.#write(method, body as StoredLease));
  }

  watch(): AsyncIterable<never> {
    throw new Error('a lease is not watched');
  }

  #read(): ApiAnswer {
    return this.lease === undefined ? {status: 404, body: {}} : {status: 200, body: this.lease};
  }

  #write(method: string, body: StoredLease): ApiAnswer {
    const stale = method === 'PUT' && body.metadata.resourceVersion !== this.lease?.metadata.resourceVersion;
    if (stale || (method === 'POST' && this.lease !== undefined)) return {status: 409, body: {}};
    this.#version += 1;
    this.lease = {...body, metadata: {...body.metadata, resourceVersion: String(this.#version)}};
    return {status: 200, body: this.lease};
  }
}

const holder = (client: ApiServerClient, identity: string): LeaseHolder =>
  new LeaseHolder({client, key: {namespace: 'system', name: 'operator'}, identity, durationSeconds: 0.2});
const within = (milliseconds: number): AbortSignal => AbortSignal.timeout(milliseconds);

test('the first to come holds the lease, and nobody else while it is renewed', async () => {
  const server = new OneLease();
  const [one, other] = [holder(server, 'one'), holder(server, 'other')];
  assert.equal(await one.acquire(within(1000)), true);
  const ending = new AbortController();
  const kept = one.keep(ending.signal);
  assert.equal(await other.acquire(within(500)), false);
  assert.deepEqual([one.held, other.held], [true, false]);
  ending.abort();
  await kept;
});

test('a lease that is not renewed is taken over, and its holder knows before that', async () => {
  const server = new OneLease();
  const [one, other] = [holder(server, 'one'), holder(server, 'other')];
  await one.acquire(within(1000));
  const taking = other.acquire(within(2000));
  while (server.lease?.spec.holderIdentity !== 'other') {
    await pause(5);
    if (server.lease?.spec.holderIdentity === 'other') assert.equal(one.held, false, 'two may write');
  }
  assert.equal(await taking, true);
  assert.equal(server.lease.spec.leaseTransitions, 1);
});

test('a lease that is given back is taken at once', async () => {
  const server = new OneLease();
  const [one, other] = [holder(server, 'one'), holder(server, 'other')];
  await one.acquire(within(1000));
  await one.release();
  assert.equal(one.held, false);
  assert.equal(await other.acquire(within(60)), true);
});

test('whoever cannot reach the API server stops holding the lease', async () => {
  const server = new OneLease();
  const one = holder(server, 'one');
  await one.acquire(within(1000));
  server.reachable = false;
  await one.keep(within(2000));
  assert.equal(one.held, false);
});

test('of two that take a free lease at the same time one gets it', async () => {
  const server = new OneLease();
  const all = ['a', 'b', 'c'].map((identity) => holder(server, identity));
  await Promise.all(all.map((one) => one.acquire(within(100))));
  assert.equal(all.filter((one) => one.held).length, 1);
});
