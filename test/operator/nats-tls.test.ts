import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';
import {instant} from '../../api/quantities.ts';
import {NatsBus} from '../../operator/bus.ts';
import {openBlobReader} from '../../operator/nats/blob-reader.ts';
import {openPost} from '../../trial-runner/report.ts';
import {NatsServer} from '../nats-server.ts';

const search = {namespace: 'team', name: 'search', uid: 'uid'};

/** A certificate that has signed itself, for this name; the client takes an IP address for localhost. */
function certify(folder: string, name: string, address: string): {readonly cert: string; readonly key: string} {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${address}`];
  const files = ['-keyout', key, '-out', cert, '-nodes', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ed25519', ...subject, ...files], {stdio: 'ignore'});
  return {cert, key};
}

describe('NATS by TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-tls-'));
  const own = certify(folder, 'own', 'DNS:localhost');
  const other = certify(folder, 'other', 'DNS:localhost');
  const named = certify(folder, 'named', 'DNS:nats.example.com');
  const ca = readFileSync(own.cert, 'utf8');
  const held: {secure?: NatsServer; plain?: NatsServer; elsewhere?: NatsServer} = {};
  const server = (which: keyof typeof held): NatsServer => held[which] ?? assert.fail(`${which} did not start`);
  before(async () => {
    held.secure = await NatsServer.start(`tls {cert_file: "${own.cert}", key_file: "${own.key}"}`);
    held.elsewhere = await NatsServer.start(`tls {cert_file: "${named.cert}", key_file: "${named.key}"}`);
    held.plain = await NatsServer.start();
  });
  after(async () => {
    for (const one of Object.values(held)) await one.close();
    rmSync(folder, {recursive: true});
  });

  const operator = async (which: keyof typeof held, given?: string): Promise<boolean> => {
    const bus = new NatsBus({
      servers: server(which).address,
      ...(given === undefined ? {} : {ca: given}),
      clock: {now: () => instant(Date.now())},
      accept: () => false,
      locate: () => Promise.resolve(undefined),
      onMessage: () => undefined,
    });
    const connected = await bus.connected(3000);
    await bus.close();
    return connected;
  };
  const runner = async (which: keyof typeof held, given?: string): Promise<boolean> => {
    const link = openPost({servers: server(which).address, podUid: 'pod', ca: given, stop: () => undefined});
    const post = await link.within(3000);
    await link.close();
    return post !== undefined;
  };
  const rows = [
    ['reaches a server by the certificate that it was given', 'secure', ca, true],
    ['does not trust a server with another certificate', 'secure', readFileSync(other.cert, 'utf8'), false],
    ['does not trust a server without one', 'secure', undefined, false],
    ['does not trust a server of another name', 'elsewhere', readFileSync(named.cert, 'utf8'), false],
    ['would rather have no server than one without TLS', 'plain', ca, false],
  ] as const;
  for (const [who, connects] of Object.entries({'the operator': operator, 'a runner': runner}))
    for (const [what, which, given, connected] of rows)
      it(`${who} ${what}`, async () => {
        assert.equal(await connects(which, given), connected);
      });

  it('who was connected with a Pod by the API server asks for no name', async () => {
    const reader = await openBlobReader({servers: server('elsewhere').address, anyName: true}, {search});
    await reader.close();
    await assert.rejects(openBlobReader({servers: server('elsewhere').address}, {search}), /certificate|self/i);
  });
});
