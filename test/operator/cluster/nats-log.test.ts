import assert from 'node:assert/strict';
import {test} from 'node:test';
import {NatsLog} from '../../../operator/cluster/nats-log.ts';
import type {ApiAnswer, ApiRequest} from '../../../operator/kubernetes.ts';

const violation = (at: string, user: string): string =>
  `2026-01-01T00:00:${at}Z [1] 2026/01/01 00:00:00.1 [ERR] 10.0.0.1:1 - cid:1 - "ARCHSEARCH_TRIALS/user:${user}" - Publish Violation - Subject "a"\n`;

/** An API server with one Pod of NATS. */
class Logs {
  lines: readonly string[] = [];
  status = 200;
  readonly since: string[] = [];

  request({path, query = {}}: ApiRequest): Promise<ApiAnswer> {
    const pods = {items: [{metadata: {name: 'archsearch-nats-0'}, status: {phase: 'Running'}}]};
    if (!path.endsWith('/log')) return Promise.resolve({status: 200, body: pods});
    const since = query['sinceTime'] ?? '';
    this.since.push(since);
    // whole seconds
    const body = this.lines.filter((line) => line.slice(0, 19) >= since.slice(0, 19)).join('');
    return Promise.resolve({status: this.status, body: this.status === 200 ? body : {message: 'no kubelet'}});
  }
}

const reading = () => {
  const logs = new Logs();
  const log = new NatsLog(logs, 'archsearch-system', new Date('2026-01-01T00:00:00Z'));
  return {logs, news: async () => (await log.news()).map(({user}) => user)};
};

test('what was refused is read once, though the API server goes by whole seconds and kubelets leave zeros out', async () => {
  const {logs, news} = reading();
  logs.lines = [violation('01.5', 'a'), violation('01.50000001', 'b')];
  assert.deepEqual(await news(), ['a', 'b']);
  logs.lines = [...logs.lines, violation('01.6', 'c'), violation('02', 'd')];
  assert.deepEqual(await news(), ['c', 'd']);
  assert.deepEqual(await news(), []);
  assert.deepEqual(logs.since, ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z']);
});

test('a line that was cut off is read when all of it is there', async () => {
  const {logs, news} = reading();
  logs.lines = [violation('01', 'a'), violation('02', 'b').slice(0, 60)];
  assert.deepEqual(await news(), ['a']);
  logs.lines = [violation('01', 'a'), violation('02', 'b')];
  assert.deepEqual(await news(), ['b']);
});

test('a log that cannot be read is an error with its cause', async () => {
  const {logs, news} = reading();
  logs.status = 500;
  await assert.rejects(news(), /the log of archsearch-nats-0 cannot be read \(500\): no kubelet/);
});
