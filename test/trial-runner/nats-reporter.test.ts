import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {after, before, describe, it} from 'node:test';
import type {Link} from '../../api/link.ts';
import {natsReporter} from '../../trial-runner/nats-reporter.ts';
import {openPost, type Post} from '../../trial-runner/report.ts';
import {eventually} from '../contract/bus.ts';
import {NatsWorld, address} from '../contract/bus/nats.ts';

describe('A reporter over NATS', () => {
  const held: {world?: NatsWorld} = {};
  const links: Link<Post>[] = [];
  const world = (): NatsWorld => held.world ?? assert.fail('the bus did not open');
  before(async () => {
    held.world = await NatsWorld.open();
  });
  after(async () => {
    await Promise.all(links.map((link) => link.close()));
    await held.world?.close();
  });

  const start = (capacity?: number) => {
    const podUid = randomUUID();
    world().running.add(podUid);
    const link = openPost({servers: world().server.address, podUid, stop: () => undefined});
    links.push(link);
    const reporter = natsReporter({link, address, podUid, ...(capacity === undefined ? {} : {capacity})});
    const epochs = () => (world().bus.hints().get(podUid) ?? []).map(({epoch}) => epoch);
    const report = (from: number, to: number) => {
      for (let epoch = from; epoch <= to; epoch++) reporter.epoch({epoch, values: {accuracy: epoch / 100}});
    };
    return {link, reporter, report, epochs};
  };

  it('has stored everything when the result is', async () => {
    const {link, reporter, report, epochs} = start();
    reporter.event('Started', 'x'.repeat(1000));
    report(1, 30);
    await link.within(5000);
    await reporter.result(30);
    await eventually(() => epochs().length === 30, 'all epochs');
    assert.deepEqual(world().bus.dropped(), {garbage: 0, unknownPod: 0, duplicate: 0, tooLarge: 0});
  });

  it('goes on without NATS, ends in time, and keeps the newest epochs for when it is back', async () => {
    const {link, reporter, report, epochs} = start(5);
    report(1, 2);
    await eventually(() => epochs().length === 2, 'the first epochs');
    await world().server.kill();
    await eventually(() => link.session === undefined, 'the loss');
    report(3, 12);
    const asked = performance.now();
    await reporter.result(12);
    assert.ok(performance.now() - asked < 2000, 'the end of a trial waits for nobody');
    await world().server.up();
    await eventually(() => epochs().includes(12), 'the last epoch');
    assert.deepEqual(epochs(), [1, 2, 9, 10, 11, 12]);
  });

  it('drops what is refused, and goes on', async () => {
    const {reporter, epochs} = start();
    const values = Object.fromEntries(Array.from({length: 1000}, (_, at) => [`metric ${String(at)}`, 0.123456789]));
    reporter.epoch({epoch: 1, values});
    reporter.epoch({epoch: 2, values: {}});
    await eventually(() => epochs().includes(2), 'the epoch after it');
    assert.deepEqual(epochs(), [2]);
  });
});
