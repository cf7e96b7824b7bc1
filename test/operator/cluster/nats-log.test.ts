import assert from 'node:assert/strict';
import {test} from 'node:test';
import {NatsLog} from '../../../operator/cluster/nats-log.ts';
import type {ApiAnswer, ApiRequest} from '../../../operator/kubernetes.ts';

const violation = (at: string, user: string): string => stampedViolation(`2026-01-01T00:00:${at}Z`, user);
const stampedViolation = (stamp: string, user: string): string =>
  `${stamp} [1] 2026/01/01 00:00:00.1 [ERR] 10.0.0.1:1 - cid:1 - "ARCHSEARCH_TRIALS/user:${user}" - Publish Violation - Subject "a"\n`;

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
    const from = Date.parse(since);
    const all = this.lines.filter((line) => Date.parse(line.slice(0, line.indexOf(' '))) >= from).join('');
    const body = all.slice(0, Number(query['limitBytes']));
    return Promise.resolve({status: this.status, body: this.status === 200 ? body : {message: 'no kubelet'}});
  }
}

const reading = () => {
  const logs = new Logs();
  const notices: string[] = [];
  const log = new NatsLog({
    client: logs,
    namespace: 'archsearch-system',
    since: new Date('2026-01-01T00:00:00Z'),
    onNotice: (notice) => notices.push(notice),
  });
  return {logs, log, notices, news: async () => (await log.news()).map(({user}) => user)};
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

test('times are of one day wherever the node of NATS is', async () => {
  const {logs, news} = reading();
  logs.lines = [stampedViolation('2026-01-01T08:00:01.5+08:00', 'a')];
  assert.deepEqual(await news(), ['a']);
  logs.lines = [...logs.lines, stampedViolation('2026-01-01T08:00:02+08:00', 'b')];
  assert.deepEqual(await news(), ['b']);
  assert.deepEqual(await news(), []);
  assert.deepEqual(logs.since, ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z']);
});

test('a second that fills a whole reading is told of, and what comes after it is read', async () => {
  const {logs, news, notices} = reading();
  const flood = Array.from({length: 12_000}, (_, at) => violation(`01.${String(at).padStart(6, '0')}1`, 'a'));
  logs.lines = [...flood, violation('02.5', 'b')];
  assert.ok(flood.join('').length > 1024 * 1024);
  assert.ok((await news()).length > 5000);
  assert.deepEqual([await news(), notices.length], [[], 1]);
  assert.match(notices.join(), /the log of archsearch-nats-0 has more than 1048576 bytes of 2026-01-01T00:00:01Z/);
  assert.deepEqual(await news(), ['b']);
});

test('who begins to look does not count what somebody else has looked at', async () => {
  const {logs, log, news} = reading();
  logs.lines = [violation('01', 'a'), violation('05', 'b')];
  log.forget(new Date('2026-01-01T00:00:03Z'));
  assert.deepEqual(await news(), ['b']);
  log.forget(new Date('2026-01-01T00:00:06Z'));
  assert.deepEqual(await news(), []);
});

test('a log that cannot be read is an error with its cause', async () => {
  const {logs, news} = reading();
  logs.status = 500;
  await assert.rejects(news(), /the log of archsearch-nats-0 cannot be read \(500\): no kubelet/);
});
