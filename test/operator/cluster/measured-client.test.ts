import assert from 'node:assert/strict';
import {test} from 'node:test';
import {MeasuredClient} from '../../../operator/cluster/measured-client.ts';
import type {ApiAnswer, ApiRequest, ApiServerClient, WatchLine} from '../../../operator/kubernetes.ts';

interface Script {
  readonly answer?: ApiAnswer | Error;
  readonly lines?: readonly WatchLine[];
  readonly breaks?: Error;
}

/** A client that does as it is told, measured; what was counted, as `verb code`. */
function scripted({answer = {status: 200, body: {}}, lines = [], breaks}: Script) {
  const inner: ApiServerClient = {
    request: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
    async *watch() {
      await Promise.resolve();
      yield* lines;
      if (breaks !== undefined) throw breaks;
    },
  };
  const counted: string[] = [];
  const client = new MeasuredClient(inner, (name, value, labels = {}) => {
    if (name === 'archsearch_operator_api_requests_total') counted.push(Object.values(labels).join(' '));
    if (name === 'archsearch_operator_api_conflicts_total') counted.push(`conflict ${String(value)}`);
  });
  return {client, counted};
}

const path = '/api/v1/pods';
const requests: readonly (readonly [
  name: string,
  request: ApiRequest,
  answer: ApiAnswer,
  counted: readonly string[],
])[] = [
  ['a read', {method: 'GET', path}, {status: 404, body: {}}, ['get 404']],
  ['a page of a list', {method: 'GET', path, query: {limit: '500'}}, {status: 200, body: {}}, ['list 200']],
  [
    'a write that came too late',
    {method: 'PUT', path},
    {status: 409, body: {reason: 'Conflict'}},
    ['update 409', 'conflict 1'],
  ],
  [
    'a creation of what is there',
    {method: 'POST', path},
    {status: 409, body: {reason: 'AlreadyExists'}},
    ['create 409'],
  ],
  ['a patch', {method: 'PATCH', path}, {status: 422, body: {}}, ['patch 422']],
  ['a deletion', {method: 'DELETE', path}, {status: 200, body: {}}, ['delete 200']],
];
for (const [name, request, answer, expected] of requests)
  test(`counted by verb and code: ${name}`, async () => {
    const {client, counted} = scripted({answer});
    assert.equal(await client.request(request), answer);
    assert.deepEqual(counted, expected);
  });

test('a request that no answer came to is counted with code 0, and the API server was not heard of', async () => {
  const {client, counted} = scripted({answer: new Error('socket hang up')});
  await assert.rejects(client.request({method: 'GET', path}), /socket hang up/);
  assert.deepEqual(counted, ['get 0']);
  assert.equal(client.silence, Infinity);
});

test('an error of the API server is no sign of its health', async () => {
  const {client} = scripted({answer: {status: 503, body: {}}});
  await client.request({method: 'GET', path});
  assert.equal(client.silence, Infinity);
});

test('any other answer is', async () => {
  const {client} = scripted({answer: {status: 403, body: {}}});
  await client.request({method: 'GET', path});
  assert.ok(client.silence < 1000);
});

const line: WatchLine = {type: 'BOOKMARK', object: {}};
const refused = Object.assign(new Error('gone'), {status: 410});
const watches: readonly (readonly [name: string, script: Script, counted: readonly string[], lines: number])[] = [
  ['one that brings lines', {lines: [line, line]}, ['watch 200'], 2],
  ['one that ends without any', {}, ['watch 200'], 0],
  ['one that is refused', {breaks: refused}, ['watch 410'], 0],
  ['one that breaks after it was opened', {lines: [line], breaks: new Error('reset')}, ['watch 200'], 1],
];
for (const [name, script, expected, lines] of watches)
  test(`a watch is counted once: ${name}`, async () => {
    const {client, counted} = scripted(script);
    const seen: WatchLine[] = [];
    const read = async (): Promise<void> => {
      for await (const next of client.watch(path, {}, new AbortController().signal)) seen.push(next);
    };
    if (script.breaks === undefined) await read();
    else await assert.rejects(read(), script.breaks);
    assert.deepEqual(counted, expected);
    assert.equal(seen.length, lines);
  });
