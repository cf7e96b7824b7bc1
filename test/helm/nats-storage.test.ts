import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {Command} from 'commander';
import {pino} from 'pino';
import {stores} from '../../api/subjects.ts';
import {natsOptions, openMessaging} from '../../cli/operator-nats.ts';
import type {Messaging, NatsFlags} from '../../cli/operator-nats.ts';
import {PlainClient} from '../nats-client.ts';
import {NatsServer} from '../nats-server.ts';
import {objectsOf, template} from './chart.ts';

// What the chart tells NATS and the operator of one volume, told to both.

const messageBytes = (256 + 16) * 1024 ** 2;
const notAsked = (): never => assert.fail('the cluster is asked nothing');

interface Told {
  readonly server: string;
  readonly operator: readonly string[];
}

async function toldOf(size: string): Promise<Told> {
  const manifests = await template('--set', `nats.storage.size=${size}`);
  const containers = objectsOf(manifests).flatMap(({spec}) => spec?.template?.spec.containers ?? []);
  const {args = []} = containers.find(({name}) => name === 'operator') ?? assert.fail('no operator');
  const [store = assert.fail('no limit')] = /max_file_store: \w+/.exec(manifests) ?? [];
  return {server: `jetstream { ${store} }`, operator: args.filter((arg) => arg.startsWith('--nats-blob-bytes='))};
}

async function connect(server: NatsServer, options: readonly string[]): Promise<Messaging> {
  const command = natsOptions(new Command())
    .option('--lease-namespace <name>')
    .option('--trial-service-account <name>');
  const flags = command.parse([`--nats=${server.address}`, ...options], {from: 'user'}).opts<NatsFlags>();
  const client = {request: notAsked, watch: notAsked};
  const log = pino({level: 'silent'});
  const messaging = await openMessaging(flags, {client, log, identity: 'operator-1', operator: notAsked});
  return messaging ?? assert.fail('no way of messages');
}

async function blobBytesOf(server: NatsServer): Promise<number> {
  const client = await PlainClient.open(server.port);
  const answer = await client.publish(`$JS.API.STREAM.INFO.${stores.blobs.stream}`, '');
  client.close();
  return (JSON.parse(answer) as {readonly config: {readonly max_bytes: number}}).config.max_bytes;
}

describe('the volume of NATS', () => {
  for (const [size, volume] of [
    ['1Gi', 1024 ** 3],
    ['2500Mi', 2500 * 1024 ** 2],
    ['10Gi', 10 * 1024 ** 3],
    ['1Ti', 1024 ** 4],
  ] as const)
    test(`of ${size} has a store of blobs that is made, in nine tenths of it with the other stores`, async () => {
      const told = await toldOf(size);
      const server = await NatsServer.start(told.server);
      const messaging = await connect(server, told.operator);
      try {
        assert.ok(await messaging.bus.connected(10_000), messaging.bus.state().reason);
        assert.equal(messaging.bus.state().reason, undefined);
        const share = ((await blobBytesOf(server)) + messageBytes) / volume;
        assert.ok(share > 0.899 && share <= 0.9, String(share));
      } finally {
        await messaging.close();
        await server.close();
      }
    });

  test('that is smaller than 1Gi is refused', async () => {
    await assert.rejects(template('--set', 'nats.storage.size=1023Mi'), ({stderr}: {readonly stderr: string}) =>
      stderr.includes('nats.storage.size is 1023Mi: give 1Gi or more'),
    );
  });

  test('may have any size where NATS is a server of one’s own', async () => {
    const own = 'nats.url=nats://nats.messaging:4222,nats.storage.size=1Mi';
    assert.doesNotMatch(await template('--set', own), /--nats-blob-bytes/);
  });

  test('that has less room than the operator asks for keeps no models, and the operator says so', async () => {
    const {server: small} = await toldOf('1Gi');
    const server = await NatsServer.start(small);
    const messaging = await connect(server, (await toldOf('2Gi')).operator);
    try {
      assert.ok(await messaging.bus.connected(10_000), messaging.bus.state().reason);
      assert.match(messaging.bus.state().reason ?? '', /models cannot be kept: .*insufficient storage/);
    } finally {
      await messaging.close();
      await server.close();
    }
  });

  test('is not guessed from a number of bytes that is none', async () => {
    const server = await NatsServer.start();
    await assert.rejects(connect(server, ['--nats-blob-bytes=10Gi']), /--nats-blob-bytes 10Gi is not a whole number/);
    await server.close();
  });
});
