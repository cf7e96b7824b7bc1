import {createServer} from 'node:http';
import {once} from 'node:events';
import type {Server, ServerResponse} from 'node:http';
import {CliError} from './output.ts';

/** What is answered to a GET of one path. */
export interface Page {
  readonly status: 200 | 503;
  readonly type: string;
  readonly body: string;
}
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

/** Well when nothing speaks against it; what does is what whoever asks gets to read. */
export const verdict = (objections: readonly string[]): Page => ({
  status: objections.length === 0 ? 200 : 503,
  type: 'text/plain; charset=utf-8',
  body: objections.length === 0 ? 'ok\n' : `${objections.join('\n')}\n`,
});

/**
 * Answers at this port until it is closed.
 * @throws CliError naming `option` when the port cannot be had.
 */
export async function serve(pages: Pages, port: number, option: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    void answer(pages[path], response);
  }).listen(port);
  try {
    await once(server, 'listening');
    return server;
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new CliError(`${option} ${String(port)} cannot be listened at: ${why}`, 'give another port', {exitCode: 1});
  }
}

async function answer(page: Pages[string] | undefined, response: ServerResponse): Promise<void> {
  if (page === undefined) {
    response.writeHead(404, {'content-type': 'text/plain'}).end('not found\n');
    return;
  }
  try {
    const {status, type, body} = await page();
    response.writeHead(status, {'content-type': type}).end(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    response.writeHead(500, {'content-type': 'text/plain'}).end(`${why}\n`);
  }
}
