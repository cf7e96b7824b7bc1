import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {once} from 'node:events';
import type {IncomingMessage} from 'node:http';
import {Agent, request} from 'node:https';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as pause} from 'node:timers/promises';

const setup = join(import.meta.dirname, 'setup');
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const root = process.env['ARCHSEARCH_CLUSTER_ROOT'] ?? join(cache, 'archsearch', 'cluster');

/** Where the archives of the images lie that the nodes got. */
export const images = join(root, 'images');

/** Of the administrator of the cluster that setup/run.sh has started. */
export const kubeconfig = join(root, 'run', 'pki', 'admin.kubeconfig');

const credential = (file: string): Buffer => {
  try {
    return readFileSync(join(root, 'run', 'pki', file));
  } catch (cause) {
    throw new Error('there is no test cluster: run `npm run test:cluster`', {cause});
  }
};
const agent = new Agent({
  keepAlive: true,
  ca: credential('ca.crt'),
  cert: credential('admin.crt'),
  key: credential('admin.key'),
});

/** What the API server says: the object, or a Status that tells why not. */
export interface Answer {
  readonly code: number;
  /** The reason of a refusal, in the API server's words; empty when it agreed. */
  readonly message: string;
  readonly object: unknown;
}

const apiServer = '10.250.0.254';

export const mergePatch = 'application/merge-patch+json';

/** One call of the API server as cluster administrator, without any client library in between. */
export function call(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? '' : JSON.stringify(body);
    // Node sends no length of a DELETE's body on its own.
    const headers = {'content-type': type, 'content-length': Buffer.byteLength(sent)};
    const outgoing = request({agent, host: apiServer, path, method, headers}, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve(answerOf(incoming.statusCode ?? 0, Buffer.concat(chunks).toString()));
      });
    });
    outgoing.on('error', (cause) => {
      reject(new Error('the API server is not reached: run the tests with `npm run test:cluster`', {cause}));
    });
    outgoing.end(sent);
  });
}

/** What the API server says line by line, until it ends or `signal` aborts; never rejects. */
export async function follow(path: string, signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
  try {
    const outgoing = request({agent, host: apiServer, path, method: 'GET', signal});
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    for await (const line of createInterface({input: incoming})) onLine(line);
  } catch {
    // whoever follows goes on where the last line was
  }
}

function answerOf(code: number, text: string): Answer {
  if (code < 300) return {code, message: '', object: JSON.parse(text)};
  try {
    const object = JSON.parse(text) as {readonly message?: string};
    return {code, message: object.message ?? text, object};
  } catch {
    return {code, message: text, object: undefined};
  }
}

/** The object that the API server answered with; throws with its words when it refused. */
export async function agreed(answer: Promise<Answer>): Promise<unknown> {
  const {code, message, object} = await answer;
  if (code >= 300) throw new Error(`${String(code)}: ${message}`);
  return object;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(file: string, args: readonly string[], input: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, {maxBuffer: 1 << 26}, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error(`${file} failed`, {cause: error}));
      else resolve({code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr});
    });
    // Who ends before it has read all says why on its own.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** kubectl as cluster administrator; `input` is what `-f -` reads. */
export const kubectl = (args: readonly string[], input = ''): Promise<Ended> =>
  execute('kubectl', ['--kubeconfig', kubeconfig, ...args], input);

async function ran(ended: Promise<Ended>): Promise<string> {
  const {code, stdout, stderr} = await ended;
  if (code !== 0) throw new Error(`exit code ${String(code)}: ${stderr}`);
  return stdout;
}

/** Our custom resources, as `kubectl apply` of the folder gives them; harmless when they are there. */
export async function installResources(): Promise<void> {
  const folder = join(import.meta.dirname, '..', '..', 'crds');
  await ran(kubectl(['apply', '--server-side', '--validate=strict', '-f', folder]));
  await ran(kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', folder]));
}

/** The images of operator and trial runner on every node, by the names that the chart gives them; takes a minute when they changed. */
export async function installImages(): Promise<void> {
  await ran(execute(join(setup, 'project-images.sh'), [], ''));
}

export type NodeName = 'node-a' | 'node-b';

/** Ends or starts again a part of a node; its containers go on either way. */
export async function setPart(part: 'kubelet' | 'containerd', node: NodeName, action: 'start' | 'stop'): Promise<void> {
  await ran(execute(join(setup, 'node-part.sh'), [action, part, node], ''));
}

/** Ends the API server, or starts it again: what it knew is in etcd. */
export async function setApiServer(action: 'start' | 'stop'): Promise<void> {
  await ran(execute(join(setup, 'api-server.sh'), [action], ''));
}

/** containerd's own client on a node. */
export const onContainerd = (node: NodeName, args: readonly string[]): Promise<string> => {
  const socket = join(root, 'run', node, 'containerd.sock');
  return ran(execute('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args], ''));
};

/** Ends with what `look` found, looking again and again; fails after `seconds`, with what was last seen if `look` threw it. */
export async function waitFor<T>(what: string, seconds: number, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`not within ${String(seconds)} s: ${what}`);
    await pause(100);
  }
}
