import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {IncomingMessage, Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}
export const ok = (body: unknown): Reply => ({status: 200, body});
export const refused = (status: number, message: string): Reply => ({status, body: {kind: 'Status', message}});

/** A server that answers as a cluster does, by path; it remembers what it was asked. */
export class ClusterDouble {
  replies: Readonly<Record<string, Reply>> = {};
  /** `PATCH /path?query {"body": 1}` */
  readonly asked: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'archsearch-cluster-'));
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then(({status, body}) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });

  async #answer(request: IncomingMessage): Promise<Reply> {
    const {pathname, search} = new URL(request.url ?? '', 'http://cluster');
    const sent = (await request.toArray()).join('');
    this.asked.push(`${request.method ?? ''} ${pathname}${search} ${sent}`.trim());
    return this.replies[pathname] ?? refused(404, `no ${pathname}`);
  }

  /** Its address. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const server = `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
    const config = {
      clusters: [{name: 'here', cluster: {server, 'insecure-skip-tls-verify': true}}],
      contexts: [{name: 'here', context: {cluster: 'here', user: 'me'}}],
      users: [{name: 'me', user: {}}],
      'current-context': 'here',
    };
    writeFileSync(this.kubeconfig, JSON.stringify(config));
    return server;
  }

  get kubeconfig(): string {
    return join(this.#folder, 'config');
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#folder, {recursive: true});
  }
}
