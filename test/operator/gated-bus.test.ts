import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {readFileSync} from 'node:fs';
import {readerAccount} from '../../api/permissions.ts';
import type {RefusalReason} from '../../api/reasons.ts';
import {controlSubject, directGet, stores, subjects} from '../../api/subjects.ts';
import {openBlobReader} from '../../operator/nats/blob-reader.ts';
import {violationIn} from '../../operator/violations.ts';
import {busContract, eventually} from '../contract/bus.ts';
import {GatedWorld, address} from '../contract/bus/gated.ts';
import {username} from '../gated-trials.ts';
import {PlainClient} from '../nats-client.ts';

busContract('The bus over NATS behind its gate', () => GatedWorld.open());

const other = {search: address.search, trial: 'other-trial'};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('The gate of NATS', () => {
  const held: {world?: GatedWorld; attacker?: PlainClient} = {};
  const world = (): GatedWorld => held.world ?? assert.fail('there is no world');
  const attacker = (): PlainClient => held.attacker ?? assert.fail('there is no attacker');
  const read = async (trial: string, name: string) => {
    const {bus, search} = world();
    const blob = await bus.readBlob(search, trial, name);
    return blob.kind === 'Found' ? Buffer.from(blob.bytes).toString() : blob.kind;
  };
  before(async () => {
    held.world = await GatedWorld.open();
    await held.world.writeBlob('model', bytes('of the victim'));
    await held.world.bus.stop('victim', 'in time');
    const evil = held.world.trials.trial('search-c2', other.trial);
    held.attacker = await held.world.client('attacker', evil);
    await attacker().publish(subjects.blobChunk(other, 'evil', 0), 'EVIL');
  });
  after(async () => {
    held.attacker?.close();
    await held.world?.close();
  });

  const own = subjects.message(other, 'epoch');
  const victims = subjects.blobChunk(address, 'model', 0);
  const readOwn = directGet(stores.blobs.stream, subjects.blobChunk(other, 'evil', 0));
  /** Each row: what a container writes to the server, and what the server says to it, if anything. */
  const tries: Readonly<Record<string, readonly [text: string, answer: RegExp | undefined]>> = {
    'speaks for another trial': [
      `PUB ${subjects.message(address, 'epoch')} 2\r\n{}\r\n`,
      /Permissions Violation for Publish/,
    ],
    "writes another one's model": [`PUB ${victims} 4\r\nEVIL\r\n`, /Permissions Violation for Publish/],
    "reads another one's model": [
      `PUB ${directGet(stores.blobs.stream, victims)} _INBOX_attacker.x 0\r\n\r\n`,
      /Permissions Violation for Publish/,
    ],
    'listens to everything': ['SUB > 7\r\n', /Permissions Violation for Subscription to ">"/],
    'listens to what is answered to others': ['SUB _INBOX_victim.> 7\r\n', /Permissions Violation for Subscription/],
    'hears whom NATS is to let in': ['SUB $SYS.REQ.USER.AUTH 7\r\n', /Permissions Violation for Subscription/],
    'stops another Pod': [`PUB ${controlSubject('victim')} 2\r\n{}\r\n`, /Permissions Violation for Publish/],
    'purges a store': [`PUB $JS.API.STREAM.PURGE.ARCHSEARCH _INBOX_attacker.x 0\r\n\r\n`, /Permissions Violation/],
    'makes a consumer of all messages': [
      `PUB $JS.API.CONSUMER.CREATE.ARCHSEARCH _INBOX_attacker.x 2\r\n{}\r\n`,
      /Permissions Violation/,
    ],
    // JetStream answers to whatever subject it is told to, with rights of its own
    'has its own blob answered to the model of another': [`PUB ${readOwn} ${victims} 0\r\n\r\n`, undefined],
    'has its own blob answered to the last word to another': [
      `PUB ${readOwn} ${controlSubject('victim')} 0\r\n\r\n`,
      undefined,
    ],
    'has an acknowledgement answered to the model of another': [`PUB ${own} ${victims} 2\r\n{}\r\n`, undefined],
    'has an acknowledgement answered to the messages of another': [
      `PUB ${own} ${subjects.message(address, 'event')} 2\r\n{}\r\n`,
      undefined,
    ],
  };
  for (const [what, [text, answer]] of Object.entries(tries))
    it(`keeps things as they are when a container ${what}`, async () => {
      const already = attacker().heard.length;
      await attacker().write(text);
      await pause(100);
      assert.match(attacker().heard.slice(already), answer ?? /PONG/);
      assert.equal(await read('search-c1', 'model'), 'of the victim');
      const runner = world().runner();
      runner.epoch({epoch: 1, values: {}});
      await eventually(() => world().bus.hints().has(runner.podUid), 'an honest message');
      assert.equal(world().bus.dropped().unknownPod, 0);
      await runner.end();
    });

  it('leaves the last word to another Pod as it was', async () => {
    const stops: string[] = [];
    const victim = await world().client('victim');
    const asked = await victim.publish(directGet(stores.control.stream, controlSubject('victim')), '').catch(() => '');
    stops.push(asked);
    assert.match(victim.heard, /in time/);
    victim.close();
  });

  it('is told in the server’s log who tried what, whatever he calls himself', () => {
    const found = readFileSync(world().server.log, 'utf8')
      .split('\n')
      .flatMap((line) => violationIn(line) ?? []);
    assert.ok(found.length >= 9, String(found.length));
    assert.deepEqual([...new Set(found.map(({user}) => user))], ['attacker']);
    assert.ok(found.some(({what}) => what.includes(subjects.message(address, 'epoch'))));
  });

  const counted = (reason: RefusalReason): number => world().bus.refused()[reason];
  const knock = async (token?: string) => {
    const told = token === undefined ? {} : {token};
    await assert.rejects(PlainClient.open(world().server.port, told), /Authorization Violation|ECONNRESET/);
  };
  it('lets nobody in without a token, and counts it', async () => {
    await knock();
    assert.equal(counted('NoToken'), 1);
  });

  it('lets nobody in with the token of a Pod that has ended, counts it, and tells whose it is', async () => {
    const {trials} = world();
    const trial = trials.trialOf('attacker') ?? assert.fail('no trial');
    const pod = trials.pod({uid: 'ended', trial, status: {phase: 'Succeeded'}});
    await knock(trials.tokenOf(pod));
    assert.equal(counted('PodFinished'), 1);
    assert.match(world().told.at(-1) ?? '', /^search-c2 PodFinished: NATS: a token of Pod pod-ended is used/);
  });

  it('lets who has a token of the reader account read, and not write', async () => {
    const search = {...world().search, uid: address.search};
    const token = world().trials.reviewer.issue({username: username(readerAccount)});
    const reader = await openBlobReader({servers: world().server.address}, {search, token});
    assert.deepEqual(await reader.read(address, 'model'), {
      kind: 'Found',
      bytes: new Uint8Array(bytes('of the victim')),
    });
    await reader.close();
    await assert.rejects(openBlobReader({servers: world().server.address}, {search}), /does not let us in/);
  });

  it('takes a large model of an honest trial', async () => {
    const large = new Uint8Array(64 * 1024 * 1024).fill(7);
    await world().writeBlob('large', large);
    await pause(6000);
    const read = await world().bus.readBlob(world().search, world().trial, 'large');
    assert.equal(read.kind === 'Found' && read.bytes.length, large.length);
    assert.deepEqual([counted('TooManyMessages'), counted('TooManyBlobs'), counted('CutOff')], [0, 0, 0]);
  });

  it('ends the connection of who sends a message of 10 MB, counts it, and tells it', async () => {
    const client = await world().client('large', world().trials.trialOf('attacker'));
    await client.write(`PUB ${own} ${String(10 * 1024 * 1024)}\r\n`).catch(() => undefined);
    await eventually(() => client.ended, 'the end');
    await eventually(() => counted('MessageTooLarge') === 1, 'the count');
    assert.match(world().told.at(-1) ?? '', /^search-c2 MessageTooLarge: /);
  });
});

describe('Who takes more than a trial’s share', () => {
  const held: {world?: GatedWorld} = {};
  const world = (): GatedWorld => held.world ?? assert.fail('there is no world');
  before(async () => {
    held.world = await GatedWorld.open({
      limits: {messagesPerMinute: 500, bytesPerMinute: 1_000_000, connections: 4, blobMessages: 20},
    });
  });
  after(() => held.world?.close());

  const attack = async (name: string, count: number, subjectsOf: (at: number) => string) => {
    const trial = world().trials.trial(name, `${name}-uid`);
    const client = await world().client(`pod-of-${name}`, trial);
    const many = Array.from({length: count}, (_, at) => `PUB ${subjectsOf(at)} 2\r\n{}\r\n`).join('');
    for (let bursts = 0; bursts < 40 && !client.ended; bursts++) {
      await client.write(many).catch(() => undefined);
      await pause(500);
    }
    const {ended} = client;
    client.close();
    assert.ok(ended, 'it is still connected');
    await assert.rejects(world().client(`pod-of-${name}`, trial), /Authorization Violation/);
  };
  /** What it has sent is taken off the stores, soon after its end. */
  const untilPurged = async (name: string): Promise<void> => {
    for (let tries = 0; tries < 50; tries++) {
      const kept = await world().bus.crowders(0);
      if (kept.every(({trial}) => trial !== `${name}-uid`)) return;
      await pause(100);
    }
    assert.fail('it is kept');
  };

  for (const {name, what, reason, burst, subject} of [
    {
      name: 'flood',
      what: 'messages',
      reason: 'TooManyMessages',
      burst: 1000,
      subject: () => subjects.message({search: address.search, trial: 'flood-uid'}, 'event'),
    },
    {
      name: 'hoard',
      what: 'blobs',
      reason: 'TooManyBlobs',
      burst: 30,
      subject: (at: number) => subjects.blobChunk({search: address.search, trial: 'hoard-uid'}, 'a', at),
    },
  ] as const)
    it(`in ${what} is thrown out, let in no more, and told of; an honest trial beside goes on`, async (context) => {
      const runner = world().runner();
      context.after(() => runner.end());
      await world().writeBlob(`beside-${name}`, bytes('kept'));
      await attack(name, burst, subject);
      runner.epoch({epoch: 1, values: {}});
      await eventually(() => world().bus.hints().has(runner.podUid), 'an honest message');
      await eventually(() => world().told.some((line) => line.startsWith(`${name} ${reason}: `)), 'the event');
      assert.ok(world().bus.refused()[reason] >= 1);
      assert.ok(world().bus.refused().CutOff >= 1);
      await untilPurged(name);
      const kept = await world().bus.readBlob(world().search, world().trial, `beside-${name}`);
      assert.deepEqual(kept, {kind: 'Found', bytes: new Uint8Array(bytes('kept'))});
    });

  it('in connections is thrown out of all of them, let in no more, and told of', async () => {
    const trial = world().trials.trial('crowd', 'crowd-uid');
    const clients = await Promise.all(Array.from({length: 5}, () => world().client('pod-of-crowd', trial)));
    for (let tries = 0; tries < 80 && !clients.every(({ended}) => ended); tries++) await pause(100);
    assert.ok(clients.every(({ended}) => ended));
    assert.ok(!world().notices.some((notice) => notice.includes('told in another form')), world().notices.join());
    assert.ok(world().told.some((line) => line.startsWith('crowd TooManyConnections: NATS: 5 connections at a time')));
    await assert.rejects(world().client('pod-of-crowd', trial), /Authorization Violation/);
  });

  it('and is of no Trial that is known is thrown out all the same, and counted', async () => {
    const before = world().bus.refused().TooManyMessages;
    const search = {...world().search, uid: address.search};
    const token = world().trials.reviewer.issue({username: username(readerAccount)});
    const reader = await openBlobReader({servers: world().server.address}, {search, token});
    const flood = async () => {
      const patience = performance.now() + 20_000;
      while (performance.now() < patience) await reader.read(address, 'model');
    };
    await assert.rejects(flood());
    await reader.close();
    const told = `${address.search}, of no Trial that is known`;
    await eventually(() => world().notices.some((notice) => notice.startsWith(told)), 'the notice');
    assert.equal(world().bus.refused().TooManyMessages, before + 1);
  });
});
