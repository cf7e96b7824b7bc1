import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {BlobRead} from '../../api/blob.ts';
import type {Bus, Key} from '../../operator/ports.ts';

/** The runner of one Pod, at the other end of the bus. */
export interface RunnerUnderTest {
  readonly podUid: string;
  /** Reports as the trial runner does. */
  epoch(point: CurvePoint): void;
  /** Says whatever a container might say in its place. */
  say(message: unknown): Promise<void>;
  /** Why it was told to stop, each time. */
  stops(): readonly string[];
  end(): Promise<void>;
}

/** A bus with what stands at its other end. */
export interface BusUnderTest {
  readonly bus: Bus;
  readonly search: Key;
  /** The trial that blobs are written for; it exists. */
  readonly trial: string;
  /** A new runner in a Pod that runs; it listens for control messages once `listens` has come. */
  runner(listens?: Promise<unknown>): RunnerUnderTest;
  writeBlob(name: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (holds()) return;
    await pause(10);
  }
  assert.fail(`never seen: ${what}`);
}

const accuracyAt = (epoch: number): CurvePoint => ({epoch, values: {accuracy: epoch / 100}});
const epochMessage = (epoch: number, accuracy: unknown = epoch / 100) => ({
  kind: 'epoch',
  step: epoch,
  point: {epoch, values: {accuracy}},
});

/** What no container may confuse the operator with. */
const nonsense: Readonly<Record<string, unknown>> = {
  'text that is no object': 'epoch',
  nothing: null,
  'a kind that does not exist': {kind: 'promotion', step: 1},
  'an epoch without a point': {kind: 'epoch', step: 1},
  'a value that is no number': epochMessage(1, 'high'),
  'an epoch under another number': {...epochMessage(1), step: 2},
  'members that the protocol does not have': {...epochMessage(1), extra: true},
};

const half = 512 * 1024;
const blobSizes: Readonly<Record<string, number>> = {
  'that is empty': 0,
  'of one byte': 1,
  'of one chunk': half,
  'of one byte more than a chunk': half + 1,
  'of many chunks': 3 * half + 17,
};
const lengthOf = (read: BlobRead): number | string => (read.kind === 'Found' ? read.bytes.length : read.kind);
const noise = (size: number): Uint8Array => Uint8Array.from({length: size}, (_, at) => (at * 7919 + (at >> 8)) % 251);

/** What every implementation of `Bus` keeps. */
export function busContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`${name} keeps the contract of the bus`, () => {
    const held: {world?: BusUnderTest} = {};
    const world = (): BusUnderTest => held.world ?? assert.fail('the bus did not open');
    const curveOf = ({podUid}: RunnerUnderTest) => world().bus.hints().get(podUid) ?? [];
    const epochsOf = (runner: RunnerUnderTest) => curveOf(runner).map(({epoch}) => epoch);
    const seen = (runner: RunnerUnderTest, epoch: number) =>
      eventually(() => epochsOf(runner).includes(epoch), `epoch ${String(epoch)}`);
    before(async () => {
      held.world = await open();
    });
    after(() => held.world?.close());

    it('shows what a runner reports', async () => {
      const runner = world().runner();
      for (const epoch of [1, 2, 3]) runner.epoch(accuracyAt(epoch));
      await seen(runner, 3);
      assert.deepEqual(curveOf(runner), [1, 2, 3].map(accuracyAt));
      await runner.end();
    });

    it('shows epochs in their order, whatever the order they come in', async () => {
      const runner = world().runner();
      for (const epoch of [3, 1, 5, 2]) await runner.say(epochMessage(epoch));
      await seen(runner, 2);
      assert.deepEqual(epochsOf(runner), [1, 2, 3, 5]);
      await runner.end();
    });

    it('counts a message once that comes twice, and lets the first stand', async () => {
      const runner = world().runner();
      for (const accuracy of [0.25, 0.25, 0.99]) await runner.say(epochMessage(1, accuracy));
      await runner.say(epochMessage(2));
      await seen(runner, 2);
      assert.deepEqual(curveOf(runner)[0], {epoch: 1, values: {accuracy: 0.25}});
      assert.deepEqual(epochsOf(runner), [1, 2]);
      await runner.end();
    });

    it('is not confused by what is not of the protocol', async () => {
      const runner = world().runner();
      for (const message of Object.values(nonsense)) await runner.say(message);
      await runner.say(epochMessage(9));
      await seen(runner, 9);
      assert.deepEqual(epochsOf(runner), [9]);
      await runner.end();
    });

    it('keeps the curves of two Pods apart', async () => {
      const [one, two] = [world().runner(), world().runner()];
      one.epoch(accuracyAt(1));
      two.epoch(accuracyAt(2));
      await seen(one, 1);
      await seen(two, 2);
      assert.deepEqual([epochsOf(one), epochsOf(two)], [[1], [2]]);
      await Promise.all([one.end(), two.end()]);
    });

    it('brings a stop to its Pod alone', async () => {
      const [one, two] = [world().runner(), world().runner()];
      two.epoch(accuracyAt(1));
      await seen(two, 1);
      await world().bus.stop(one.podUid, 'worse than the median');
      await eventually(() => one.stops().length > 0, 'the stop');
      assert.deepEqual([one.stops()[0], two.stops()], ['worse than the median', []]);
      await Promise.all([one.end(), two.end()]);
    });

    it('brings a stop to a runner that begins to listen after it was sent', async () => {
      const {promise: sent, resolve: send} = Promise.withResolvers<undefined>();
      const runner = world().runner(sent);
      await world().bus.stop(runner.podUid, 'too late to hear, and heard');
      send(undefined);
      await eventually(() => runner.stops().length > 0, 'the stop');
      assert.equal(runner.stops()[0], 'too late to hear, and heard');
      await runner.end();
    });

    it('takes a stop again and again, as it is sent for as long as its Pod lives', async () => {
      const runner = world().runner();
      runner.epoch(accuracyAt(1));
      await seen(runner, 1);
      for (const why of ['first', 'second', 'second']) await world().bus.stop(runner.podUid, why);
      await eventually(() => runner.stops().length > 0, 'a stop');
      assert.ok(runner.stops().every((why) => ['first', 'second'].includes(why)));
      await runner.end();
      await world().bus.stop(runner.podUid, 'after its end');
    });

    it('stops a Pod that nobody runs in without a word', async () => {
      await world().bus.stop('00000000-0000-0000-0000-000000000000', 'nobody is there');
    });

    for (const [what, size] of Object.entries(blobSizes))
      it(`reads back a blob ${what}`, async () => {
        const {bus, search, trial} = world();
        await world().writeBlob('model/weights.bin', noise(size));
        const read = await bus.readBlob(search, trial, 'model/weights.bin');
        assert.equal(lengthOf(read), size);
        assert.ok(read.kind === 'Found' && Buffer.from(read.bytes).equals(noise(size)));
        const limited = await bus.readBlob(search, trial, 'model/weights.bin', {mostBytes: size - 1});
        assert.equal(limited.kind, 'Damaged');
      });

    it('reads the last blob that was written under a name, and keeps names apart', async () => {
      const {bus, search, trial} = world();
      await world().writeBlob('a.json', noise(half + 5));
      await world().writeBlob('a.json', noise(3));
      await world().writeBlob('a=2Ejson', noise(4));
      assert.deepEqual(
        [await bus.readBlob(search, trial, 'a.json'), await bus.readBlob(search, trial, 'a=2Ejson')].map(lengthOf),
        [3, 4],
      );
    });

    for (const [what, where] of Object.entries({
      'that was never written': ['known', 'nothing.json'],
      'of a trial that does not exist': ['unknown', 'a.json'],
    }))
      it(`knows of no blob ${what}`, async () => {
        const {bus, search, trial} = world();
        const [whose, name = ''] = where;
        const read = await bus.readBlob(search, whose === 'known' ? trial : `${trial}-9`, name);
        assert.equal(read.kind, 'Missing');
      });
  });
}
