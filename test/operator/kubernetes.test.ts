import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, beforeEach, describe, it} from 'node:test';
import {clusterClient} from '../../operator/kubernetes.ts';
import type {ApiServerClient} from '../../operator/kubernetes.ts';

describe('the client of an API server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-client-'));
  const token = join(folder, 'token');
  const held: {client?: ApiServerClient} = {};
  const client = () => held.client ?? assert.fail('there is no client');
  const seen = {sockets: new Set<Socket>(), tokens: [] as (string | undefined)[]};
  const server = createServer((request, response) => {
    seen.sockets.add(request.socket);
    seen.tokens.push(request.headers.authorization);
    const known = request.headers.authorization !== 'Bearer old';
    const text = request.url?.startsWith('/log') === true ? 'epoch 1\n{"last": "words"}\n' : '{"kind": "Pod"}';
    response.writeHead(known ? 200 : 401).end(known ? text : '{"kind": "Status", "message": "Unauthorized"}');
  });
  const given = process.env['KUBECONFIG'];
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const file = join(folder, 'config');
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{name: 'test', cluster: {server: address, 'insecure-skip-tls-verify': true}}],
        users: [{name: 'ann', user: {'auth-provider': {name: 'file', config: {tokenFile: token}}}}],
        contexts: [{name: 'test', context: {cluster: 'test', user: 'ann'}}],
        'current-context': 'test',
      }),
    );
    process.env['KUBECONFIG'] = file;
  });
  beforeEach(() => {
    writeFileSync(token, 'new');
    held.client = clusterClient();
    seen.sockets.clear();
    seen.tokens.length = 0;
  });
  after(() => {
    if (given === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = given;
    server.closeAllConnections();
    server.close();
    rmSync(folder, {recursive: true, force: true});
  });
  const get = (path = '/pod') => client().request({method: 'GET', path});

  it('uses a connection again: a handshake for each request would cost more than the request', async () => {
    for (let request = 0; request < 20; request++) assert.deepEqual((await get()).body, {kind: 'Pod'});
    // the next request may come before the last answer is read to its end
    assert.ok(seen.sockets.size <= 3, `${String(seen.sockets.size)} connections for 20 requests`);
  });

  it('comes on a new connection after it was not known, with what its credentials are by then', async () => {
    writeFileSync(token, 'old');
    held.client = clusterClient();
    assert.equal((await get()).status, 401);
    assert.equal((await get()).status, 401);
    assert.equal(seen.sockets.size, 2);
  });

  it('hands on a log as it is, and a refusal as the object that it is', async () => {
    const log = () => client().request({method: 'GET', path: '/log', text: true});
    assert.equal((await log()).body, 'epoch 1\n{"last": "words"}\n');
    writeFileSync(token, 'old');
    held.client = clusterClient();
    assert.deepEqual((await log()).body, {kind: 'Status', message: 'Unauthorized'});
  });
});
