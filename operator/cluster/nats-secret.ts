import {natsCredentials, newCredentials, serverConfig} from '../nats/credentials.ts';
import type {NatsCredentials} from '../nats/credentials.ts';
import type {ApiAnswer, ApiServerClient} from '../kubernetes.ts';
import type {Key} from '../ports.ts';
import {messageOf} from './api.ts';

/** Keys of the Secret: seeds that the operator alone needs, and the part of the server's configuration that belongs to them. */
const keys = {operator: 'operator-seed', system: 'system-seed', issuer: 'issuer-seed', config: 'auth.conf'} as const;

/**
 * The operator's own credentials on NATS, out of its Secret; made when there is none. Whoever is the first of several replicas makes it.
 * @throws Error when the Secret cannot be read or made, or holds something else.
 */
export async function natsSecret(
  client: Pick<ApiServerClient, 'request'>,
  key: Key,
  onNotice: (notice: string) => void,
): Promise<NatsCredentials> {
  const {namespace, name} = key;
  const collection = `/api/v1/namespaces/${namespace}/secrets`;
  const found = await client.request({method: 'GET', path: `${collection}/${name}`});
  if (found.status !== 404) return credentialsOf(found, key, onNotice);
  const credentials = newCredentials();
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: {'app.kubernetes.io/name': 'archsearch', 'app.kubernetes.io/component': 'nats'},
    },
    stringData: {
      [keys.operator]: credentials.operator,
      [keys.system]: credentials.system,
      [keys.issuer]: credentials.issuer,
      [keys.config]: serverConfig(credentials),
    },
  };
  const made = await client.request({method: 'POST', path: collection, body});
  if (made.status < 300) return credentials;
  if (made.status !== 409) throw trouble('cannot be made', made, key);
  return credentialsOf(await client.request({method: 'GET', path: `${collection}/${name}`}), key, onNotice);
}

function credentialsOf(answer: ApiAnswer, key: Key, onNotice: (notice: string) => void): NatsCredentials {
  if (answer.status >= 300) throw trouble('cannot be read', answer, key);
  const {data = {}} = answer.body as {readonly data?: Readonly<Record<string, string>>};
  const value = (name: string): string | undefined =>
    data[name] === undefined ? undefined : Buffer.from(data[name], 'base64').toString().trim();
  const parsed = natsCredentials.safeParse({
    operator: value(keys.operator),
    system: value(keys.system),
    issuer: value(keys.issuer),
  });
  if (parsed.success) {
    if (value(keys.config) !== serverConfig(parsed.data).trim()) onNotice(outdated(key));
    return parsed.data;
  }
  const wrong = [...new Set(parsed.error.issues.map(({path}) => `${String(path[0])}-seed`))].join(', ');
  throw new Error(
    `Secret ${key.namespace}/${key.name} holds no nkey seed under ${wrong}: delete it, so that a new one is made, and restart NATS`,
  );
}

const outdated = ({namespace, name}: Key): string =>
  `Secret ${namespace}/${name} holds under ${keys.config} another configuration of NATS than this version's, and who may do what on NATS goes by it: ` +
  'delete it, so that a new one is made, and restart both, the operator first';

const trouble = (what: string, {status, body}: ApiAnswer, {namespace, name}: Key): Error =>
  new Error(
    `Secret ${namespace}/${name} ${what} (${String(status)}): ${messageOf(body)}; the operator needs the rights to create secrets and to get this one`,
  );
