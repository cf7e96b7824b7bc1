import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {keptLog} from '../../../api/blob.ts';
import {labels} from '../../../api/pod.ts';
import {instant} from '../../../api/quantities.ts';
import type {TrialAddress} from '../../../api/subjects.ts';
import type {Attempt} from '../../../api/trial.ts';
import {AttemptLogs} from '../../../operator/cluster/attempt-logs.ts';
import {execute} from '../../../operator/execute.ts';
import type {ApiAnswer, ApiRequest} from '../../../operator/kubernetes.ts';
import {MemoryApiServer} from '../../../operator/local/api-server.ts';
import {allRules} from '../../../operator/pod-view.ts';
import {aTrial, unsaved} from '../../builders.ts';

const trial = aTrial({metadata: {labels: {[labels.searchUid]: 'uid-of-search'}}});
const failed: Attempt = {
  pod: 'search-c1-1',
  uid: 'uid-of-pod',
  reason: 'RunnerError',
  message: 'out of ideas',
  startedAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:09Z',
  gpuMilliseconds: 10_000,
  microDollars: 0,
  wasted: true,
};

interface World {
  readonly asked: ApiRequest[];
  readonly kept: {readonly address: TrialAddress; readonly name: string; readonly text: string}[];
  readonly notices: string[];
  readonly logs: AttemptLogs;
}

function worldWith(answer: () => Promise<ApiAnswer>, refusal?: string): World {
  const [asked, kept, notices]: [World['asked'], World['kept'], string[]] = [[], [], []];
  const logs = new AttemptLogs({
    client: {
      request: (request) => {
        asked.push(request);
        return answer();
      },
    },
    store: {
      writeBlob: (address, name, bytes) => {
        if (refusal === undefined) kept.push({address, name, text: new TextDecoder().decode(bytes)});
        return Promise.resolve(refusal);
      },
    },
    onNotice: (notice) => notices.push(notice),
  });
  return {asked, kept, notices, logs};
}

const answering = (body: unknown, status = 200) => worldWith(() => Promise.resolve({status, body}));

describe('the log of an attempt without a result', () => {
  it('is kept by its trial, its last 200 lines', async () => {
    const {asked, kept, notices, logs} = answering('epoch 1\nlast words\n');
    await logs.keep(trial, failed);
    const address = {search: 'uid-of-search', trial: 'uid-of-search-c1'};
    assert.deepEqual(kept, [{address, name: 'log/search-c1-1', text: 'epoch 1\nlast words\n'}]);
    assert.equal(asked[0]?.path, '/api/v1/namespaces/team/pods/search-c1-1/log');
    assert.equal(asked[0].query?.['tailLines'], '200');
    assert.deepEqual(notices, []);
  });

  it('is cut at its head where its lines are long', async () => {
    const {kept, logs} = answering(`${'x'.repeat(3 * keptLog.bytes)}the end`);
    await logs.keep(trial, failed);
    assert.equal(kept[0]?.text.length, keptLog.bytes);
    assert.ok(kept[0].text.endsWith('the end'));
  });

  for (const {what, attempt} of [
    {what: 'never began', attempt: {startedAt: undefined}},
    {what: 'was interrupted, which is nobody’s fault', attempt: {reason: 'Interrupted'}},
    {what: 'was on a node that is lost, and would not answer', attempt: {reason: 'NodeLost'}},
  ] as const)
    it(`is not asked for when the attempt ${what}`, async () => {
      const {asked, logs} = answering('never read');
      await logs.keep(trial, {...failed, ...attempt});
      assert.deepEqual(asked, []);
    });

  it('leaves nothing when it is empty', async () => {
    const {kept, notices, logs} = answering('');
    await logs.keep(trial, failed);
    assert.deepEqual([kept, notices], [[], []]);
  });

  for (const {what, world, says} of [
    {
      what: 'the kubelet knows none',
      world: () => answering({message: 'container "trial" is not available'}, 400),
      says: /log of Pod search-c1-1 is not kept: container "trial" is not available/,
    },
    {
      what: 'no answer comes',
      world: () => worldWith(() => Promise.reject(new Error('timed out'))),
      says: /search-c1-1 is not kept: timed out/,
    },
    {
      what: 'NATS is away',
      world: () => worldWith(() => Promise.resolve({status: 200, body: 'words'}), 'no connection to NATS'),
      says: /search-c1-1 is not kept: no connection to NATS/,
    },
  ])
    it(`holds nothing up when ${what}: that is told, and no more`, async () => {
      const {logs, notices} = world();
      await logs.keep(trial, failed);
      assert.equal(notices.length, 1);
      assert.match(notices[0] ?? '', says);
    });

  for (const {wasted, times} of [
    {wasted: true, times: 1},
    {wasted: false, times: 0},
  ])
    it(`is kept before its Trial says how it ended${wasted ? '' : ', but not of one that has a result'}`, async () => {
      const clock = {now: () => instant(Date.parse('2026-01-01T00:01:00Z'))};
      const api = new MemoryApiServer({clock, uid: () => 'some-uid'});
      const stored = await api.create('Trial', unsaved(trial));
      const key = {namespace: 'team', name: 'search-c1'};
      const phases: (string | undefined)[] = [];
      const keep = async () => {
        phases.push((await api.get('Trial', key))?.status?.phase ?? 'none yet');
      };
      const bus = {
        hints: () => new Map(),
        stop: async () => undefined,
        readBlob: async () => ({kind: 'Missing'}) as const,
      };
      await execute(
        {api, bus, clock, rules: allRules, logs: {keep}, questions: {put: () => undefined}},
        {kind: 'WriteTrialStatus', trial: stored, status: {phase: 'Failed'}, attempt: {...failed, wasted}},
      );
      assert.deepEqual(
        phases,
        Array.from({length: times}, () => 'none yet'),
      );
      assert.equal((await api.get('Trial', key))?.status?.phase, 'Failed');
    });
});
