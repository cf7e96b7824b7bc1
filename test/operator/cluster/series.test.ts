import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {timestamp, instant} from '../../../api/quantities.ts';
import type {Trial} from '../../../api/trial.ts';
import type {Stored} from '../../../api/meta.ts';
import {ClusterApi} from '../../../operator/cluster/api.ts';
import {Mirror} from '../../../operator/cluster/mirror.ts';
import {Series} from '../../../operator/cluster/series.ts';
import type {OperatorState} from '../../../operator/cluster/series.ts';
import {Metrics} from '../../../operator/metrics.ts';
import {silentBus} from '../../../operator/silent-bus.ts';
import {aLedger, aSearch, aTrial} from '../../builders.ts';

const ended = new AbortController();
after(() => {
  ended.abort();
});

/** A mirror of a server that holds nothing: what there is, is what it learns. */
async function emptyMirror(): Promise<Mirror> {
  const api = new ClusterApi({
    request: () => Promise.resolve({status: 200, body: {metadata: {resourceVersion: '1'}, items: []}}),
    async *watch(_path, _query, signal) {
      yield await new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('stopped'));
        });
      });
    },
  });
  const mirror = new Mirror(api, {onChange: () => undefined, onTrouble: () => undefined});
  mirror.start();
  ended.signal.addEventListener('abort', () => {
    mirror.stop();
  });
  while (!mirror.synced) await pause(1);
  return mirror;
}

const hour = 3_600_000;
async function world() {
  const mirror = await emptyMirror();
  const metrics = new Metrics();
  const state: {-readonly [Part in keyof OperatorState]: OperatorState[Part]} = {
    leading: true,
    queueDepth: 0,
    questionsWaiting: 0,
    roundsRunning: 0,
    vitals: {uptime: hour, blocked: 0, roundSilence: 0, apiSilence: 0, watches: mirror.watches()},
  };
  const troubles: string[] = [];
  const series = new Series({
    metrics,
    mirror,
    bus: silentBus,
    state: () => state,
    version: '1.2.3',
    keepFinishedMilliseconds: hour,
    onTrouble: (search, error) => troubles.push(`${search}: ${String(error)}`),
  });
  const lines = async (part: string): Promise<string[]> =>
    (await series.text()).split('\n').filter((line) => !line.startsWith('#') && line.includes(part));
  return {mirror, state, series, lines, troubles};
}

const trial = (index: number, status?: Trial['status']): Stored<Trial> => {
  const name = `search-c${String(index)}`;
  const labels = {'archsearch.dev/search': 'search', 'archsearch.dev/search-uid': 'uid-of-search'};
  const metadata = {name, labels, resourceVersion: status === undefined ? '1' : '2'};
  return aTrial({metadata, spec: {index}, ...(status && {status})});
};

test('a search is told of by who leads, and by nobody else', async () => {
  const {mirror, state, lines} = await world();
  mirror.learn('ArchitectureSearch', aSearch());
  mirror.learn('GpuLedger', aLedger());
  mirror.learn('Trial', trial(1));
  assert.deepEqual(await lines('archsearch_search_limit_gpu_seconds'), [
    'archsearch_search_limit_gpu_seconds{namespace="team",search="search"} 3600',
  ]);
  assert.deepEqual(await lines('archsearch_operator_leader'), ['archsearch_operator_leader 1']);
  state.leading = false;
  assert.deepEqual(await lines('search="search"'), []);
  assert.deepEqual(await lines('archsearch_operator_leader'), ['archsearch_operator_leader 0']);
  state.leading = true;
  assert.equal((await lines('archsearch_search_limit_gpu_seconds')).length, 1);
});

test('how many questions wait is told', async () => {
  const {state, lines} = await world();
  state.questionsWaiting = 3;
  assert.deepEqual(await lines('questions_waiting'), ['archsearch_operator_questions_waiting 3']);
});

test('what has changed is told at the next scrape', async () => {
  const {mirror, lines} = await world();
  mirror.learn('ArchitectureSearch', aSearch());
  mirror.learn('Trial', trial(1));
  assert.match((await lines('archsearch_search_trials')).join(), /phase="Pending",reason=""\} 1$/);
  mirror.learn('Trial', trial(1, {phase: 'Succeeded', reason: 'Completed'}));
  assert.match(
    (await lines('archsearch_search_trials')).join(),
    /^[^,]+,[^,]+,[^,]+,phase="Succeeded",reason="Completed"\} 1$/,
  );
});

test('a search that has ended leaves after its time, and one that is deleted at once', async () => {
  const {mirror, lines} = await world();
  const finished = (name: string, ago: number) =>
    aSearch({metadata: {name}, status: {phase: 'Succeeded', finishedAt: timestamp(instant(Date.now() - ago))}});
  for (const [name, ago] of [
    ['fresh', hour / 2],
    ['past', 2 * hour],
  ] as const)
    mirror.learn('ArchitectureSearch', finished(name, ago));
  assert.equal((await lines('search="fresh"')).length > 0, true);
  assert.deepEqual(await lines('search="past"'), []);
  const {metadata, ...rest} = finished('fresh', hour / 2);
  mirror.learn('ArchitectureSearch', {
    ...rest,
    metadata: {...metadata, resourceVersion: '2', deletionTimestamp: '2026-01-01T00:00:00Z'},
  });
  assert.deepEqual(await lines('search="fresh"'), []);
});

test('a search that cannot be told of is said to be so, and the others are told', async () => {
  const {mirror, lines, troubles} = await world();
  mirror.learn('ArchitectureSearch', aSearch({metadata: {name: 'broken'}, status: {startedAt: 'yesterday'}}));
  mirror.learn('ArchitectureSearch', aSearch());
  assert.deepEqual(await lines('search="broken"'), []);
  assert.ok((await lines('search="search"')).length > 0);
  assert.match(troubles.join(), /^team\/broken: RangeError/);
});

test('a budget is told of under its own name', async () => {
  const {mirror, lines} = await world();
  const account = {kind: 'Budget', name: 'team-vision', uid: 'uid'} as const;
  mirror.learn('GpuLedger', aLedger({metadata: {name: 'budget-team-vision'}, spec: {account}}));
  assert.deepEqual(await lines('archsearch_budget_limit_gpu_seconds'), [
    'archsearch_budget_limit_gpu_seconds{namespace="team",budget="team-vision"} 3600',
  ]);
});

test('a scrape of a thousand finished trials costs their lines alone', async () => {
  const {mirror, series} = await world();
  mirror.learn('ArchitectureSearch', aSearch());
  mirror.learn('GpuLedger', aLedger());
  const attempt = {
    pod: 'pod',
    uid: 'uid',
    reason: 'Completed',
    message: '',
    finishedAt: '2026-01-01T00:00:00Z',
    gpuMilliseconds: 1000,
    microDollars: 0,
    wasted: false,
    waited: {admission: 1, scheduling: 1, starting: 1},
  } as const;
  for (let index = 1; index <= 1000; index += 1)
    mirror.learn('Trial', trial(index, {phase: 'Succeeded', reason: 'Completed', attempts: [attempt]}));
  const timed = async (): Promise<number> => {
    const started = process.cpuUsage();
    await series.text();
    const {user, system} = process.cpuUsage(started);
    return (user + system) / 1000;
  };
  await timed();
  const again = Math.min(await timed(), await timed(), await timed());
  assert.ok(again < 20, `${String(again)} ms`);
});
