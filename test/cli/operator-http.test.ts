import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {test} from 'node:test';
import {serve, verdict} from '../../cli/operator-http.ts';
import type {Pages} from '../../cli/operator-http.ts';

const pages: Pages = {
  '/well': () => verdict([]),
  '/ill': () => verdict(['the watch of Pod is silent', 'a search is stuck']),
  '/broken': () => Promise.reject(new Error('no samples')),
};
const answers: readonly (readonly [path: string, status: number, body: string])[] = [
  ['/well', 200, 'ok\n'],
  ['/well?timeout=1s', 200, 'ok\n'],
  ['/ill', 503, 'the watch of Pod is silent\na search is stuck\n'],
  ['/broken', 500, 'no samples\n'],
  ['/', 404, 'not found\n'],
];
for (const [path, status, body] of answers)
  test(`${path} is answered with ${String(status)}`, async () => {
    const server = await serve(pages, 0, '--health-port');
    try {
      const {port} = server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, {headers: {connection: 'close'}});
      assert.deepEqual([answer.status, await answer.text()], [status, body]);
    } finally {
      server.close();
    }
  });

test('a port that is taken is told with its option', async () => {
  const holder = createServer().listen(0);
  await once(holder, 'listening');
  const {port} = holder.address() as AddressInfo;
  await assert.rejects(serve(pages, port, '--metrics-port'), {
    name: 'CliError',
    message: `--metrics-port ${String(port)} cannot be listened at: EADDRINUSE`,
    remedy: 'give another port',
  });
  holder.close();
});
