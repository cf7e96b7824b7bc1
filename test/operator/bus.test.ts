import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';
import {subjects} from '../../api/subjects.ts';
import {busContract, eventually} from '../contract/bus.ts';
import {NatsWorld, address} from '../contract/bus/nats.ts';

busContract('The bus over NATS', () => NatsWorld.open());

const epoch = (pod: string, step: number) =>
  JSON.stringify({version: 1, pod, message: {kind: 'epoch', step, point: {epoch: step, values: {accuracy: 0.5}}}});
const noise = (size: number): Uint8Array => Uint8Array.from({length: size}, (_, at) => (at * 7919) % 251);

describe('The bus over NATS', () => {
  const held: {world?: NatsWorld} = {};
  const world = (): NatsWorld => held.world ?? assert.fail('the bus did not open');
  const epochsOf = (pod: string) => (world().bus.hints().get(pod) ?? []).map((point) => point.epoch);
  before(async () => {
    held.world = await NatsWorld.open({limits: {blobBytes: 4 * 1024 * 1024}});
  });
  after(() => held.world?.close());

  it('says since when it is connected', () => {
    const {connected, since, reason} = world().bus.state();
    assert.deepEqual([connected, reason], [true, undefined]);
    assert.ok(since <= Date.now() && since > Date.now() - 60_000);
  });

  for (const [what, pod, from] of [
    ['of a Pod that does not run', 'foreign', address],
    ["of a Pod of another trial, on this one's behalf", 'running', {...address, trial: 'another'}],
    ['of a Pod of another search', 'running', {...address, search: 'another'}],
  ] as const)
    it(`shows nothing ${what}`, async () => {
      world().running.add('running');
      await world().client.publish(subjects.message(from, 'epoch'), epoch(pod, 7));
      await world().client.publish(subjects.message(address, 'epoch'), epoch('running', 1));
      await eventually(() => epochsOf('running').length > 0, 'the epoch');
      assert.deepEqual([epochsOf('running'), epochsOf('foreign')], [[1], []]);
    });

  it('shows what came before its Pod was known to run', async () => {
    await world().client.publish(subjects.message(address, 'epoch'), epoch('early', 1));
    await world().client.publish(subjects.message(address, 'epoch'), epoch('later', 1));
    world().running.add('later');
    await eventually(() => epochsOf('later').length > 0, 'the later Pod');
    assert.deepEqual(epochsOf('early'), []);
    world().running.add('early');
    assert.deepEqual(epochsOf('early'), [1]);
  });

  it('counts what it drops by its cause', async () => {
    world().running.add('counted');
    const start = world().bus.dropped();
    const {client} = world();
    await client.publish(subjects.message(address, 'epoch'), 'no JSON at all');
    await client.publish(subjects.message(address, 'result'), epoch('counted', 1));
    await client.publish(subjects.message(address, 'epoch'), epoch('counted', 1));
    await client.publish(subjects.message(address, 'epoch'), epoch('counted', 1));
    await client.publish(subjects.message(address, 'epoch'), epoch('counted', 2) + ' '.repeat(8192));
    await client.publish(subjects.message(address, 'epoch'), epoch('counted', 3));
    await eventually(() => epochsOf('counted').includes(3), 'the last one');
    const now = world().bus.dropped();
    const grown = Object.entries(now).map(([cause, count]) => [cause, count - start[cause as keyof typeof start]]);
    assert.deepEqual(Object.fromEntries(grown), {garbage: 2, unknownPod: 0, duplicate: 1, tooLarge: 1});
    assert.deepEqual(epochsOf('counted'), [1, 3]);
  });

  it('leaves a repeat within its window to JetStream', async () => {
    const subject = subjects.message(address, 'epoch');
    const answers = [
      await world().client.publish(subject, epoch('running', 50), 'running:epoch:50'),
      await world().client.publish(subject, epoch('running', 50), 'running:epoch:50'),
    ];
    assert.deepEqual(
      answers.map((answer) => answer.includes('"duplicate": true')),
      [false, true],
    );
  });

  for (const [what, damage] of [
    ['with a byte changed', (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === 9 ? byte ^ 1 : byte))],
    ['with a byte missing', (bytes: Uint8Array) => bytes.subarray(1)],
    ['with a chunk of another blob', () => new TextEncoder().encode('something else')],
  ] as const)
    it(`reads no blob ${what}, and says why`, async () => {
      const name = `${what}.bin`;
      const bytes = noise(600_000);
      await world().writeBlob(name, bytes);
      await world().client.publish(subjects.blobChunk(address, name, 1), damage(bytes.subarray(512 * 1024)));
      assert.equal((await world().bus.readBlob(world().search, world().trial, name)).kind, 'Damaged');
      assert.match(
        world().notices.at(-1) ?? '',
        new RegExp(`${name}.* of trial ${address.trial}: (its hash|\\d+ bytes)`),
      );
    });

  it('reads no blob whose manifest is none, and says so', async () => {
    await world().client.publish(subjects.blobManifest(address, 'forged'), '{"version":1,"size":1e99}');
    assert.equal((await world().bus.readBlob(world().search, world().trial, 'forged')).kind, 'Damaged');
    assert.match(world().notices.at(-1) ?? '', /its manifest is not one/);
  });

  it('goes on after the server was killed and has come back', async () => {
    const runner = world().runner();
    runner.epoch({epoch: 1, values: {}});
    await eventually(() => epochsOf(runner.podUid).length === 1, 'the first epoch');
    await world().writeBlob('before', noise(700_000));
    await world().server.kill();
    await eventually(() => !world().bus.state().connected, 'the loss');
    assert.ok(world().notices.some((notice) => notice.includes('connection to NATS is lost')));

    for (const step of [2, 3]) runner.epoch({epoch: step, values: {}});
    await world().bus.stop(runner.podUid, 'sent while nobody was there');
    assert.deepEqual(epochsOf(runner.podUid), [1], 'hints stay');

    await world().server.up();
    await eventually(() => epochsOf(runner.podUid).length === 3, 'what was said meanwhile');
    await eventually(() => runner.stops().includes('sent while nobody was there'), 'the stop');
    const blob = await world().bus.readBlob(world().search, world().trial, 'before');
    assert.ok(blob.kind === 'Found' && Buffer.from(blob.bytes).equals(noise(700_000)));
    await runner.end();
  });
});
