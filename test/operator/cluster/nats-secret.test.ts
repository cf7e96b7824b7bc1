import assert from 'node:assert/strict';
import {test} from 'node:test';
import {natsSecret} from '../../../operator/cluster/nats-secret.ts';
import type {ApiAnswer, ApiRequest} from '../../../operator/kubernetes.ts';
import {newCredentials, serverConfig} from '../../../operator/nats/credentials.ts';

const key = {namespace: 'archsearch-system', name: 'archsearch-nats'};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** An API server that holds Secrets, and answers as one does. */
class Secrets {
  readonly requests: ApiRequest[] = [];
  data: Record<string, string> | undefined;
  /** Made by another replica between our two questions. */
  rival: Record<string, string> | undefined;
  refuses: number | undefined;

  request(request: ApiRequest): Promise<ApiAnswer> {
    this.requests.push(request);
    return Promise.resolve(this.#answer(request));
  }

  #answer({method, body}: ApiRequest): ApiAnswer {
    if (this.refuses !== undefined) return {status: this.refuses, body: {message: 'secrets is forbidden'}};
    if (method === 'GET')
      return this.data === undefined ? {status: 404, body: {}} : {status: 200, body: {data: this.data}};
    this.data = this.rival;
    if (this.rival !== undefined) return {status: 409, body: {reason: 'AlreadyExists'}};
    const {stringData} = body as {readonly stringData: Record<string, string>};
    this.data = Object.fromEntries(Object.entries(stringData).map(([name, value]) => [name, base64(value)]));
    return {status: 201, body: {}};
  }
}

const unexpected = (notice: string): void => assert.fail(notice);

const dataOf = ({operator, system, issuer}: ReturnType<typeof newCredentials>): Record<string, string> => ({
  'auth.conf': base64(serverConfig({operator, system, issuer})),
  'operator-seed': base64(operator),
  'system-seed': base64(`${system}\n`),
  'issuer-seed': base64(issuer),
});

test('the credentials are made when there are none, and the same are read afterwards', async () => {
  const secrets = new Secrets();
  const made = await natsSecret(secrets, key, unexpected);
  assert.deepEqual(await natsSecret(secrets, key, unexpected), made);
  const config = Buffer.from(secrets.data?.['auth.conf'] ?? '', 'base64').toString();
  assert.match(config, /auth_callout \{\n +issuer: A[A-Z2-7]{55}\n/);
  for (const seed of Object.values(made)) assert.ok(!config.includes(seed), 'nothing secret is in the configuration');
});

test('those of a replica that was faster are taken', async () => {
  const secrets = new Secrets();
  const theirs = newCredentials();
  secrets.rival = dataOf(theirs);
  assert.deepEqual(await natsSecret(secrets, key, unexpected), theirs);
});

test('a Secret that holds something else is refused, with what is wrong and what to do', async () => {
  const secrets = new Secrets();
  secrets.data = {...dataOf(newCredentials()), 'issuer-seed': base64('password')};
  await assert.rejects(
    natsSecret(secrets, key, unexpected),
    /Secret archsearch-system\/archsearch-nats holds no nkey seed under issuer-seed: delete it, .* restart NATS/,
  );
});

test('rights that are missing are named', async () => {
  const secrets = new Secrets();
  secrets.refuses = 403;
  await assert.rejects(
    natsSecret(secrets, key, unexpected),
    /cannot be read \(403\): secrets is forbidden; .* rights to create secrets/,
  );
});

test('a configuration of another version is told of, with what to do', async () => {
  const secrets = new Secrets();
  const credentials = newCredentials();
  secrets.data = {...dataOf(credentials), 'auth.conf': base64('accounts {}')};
  const notices: string[] = [];
  assert.deepEqual(await natsSecret(secrets, key, (notice) => notices.push(notice)), credentials);
  assert.match(notices.join(), /archsearch-nats holds under auth.conf another .*: delete it, .* restart both/);
});
