import assert from 'node:assert/strict';
import {test} from 'node:test';
import {budgetGate, lostMark} from '../../api/pod.ts';
import type {PodSpec, PodStatus} from '../../api/pod.ts';
import type {ObjectMeta} from '../../api/meta.ts';
import type {TerminationRecord} from '../../api/protocol.ts';
import {instant} from '../../api/quantities.ts';
import type {TrialStatus} from '../../api/trial.ts';
import type {UseOutcome} from '../../api/ledger.ts';
import type {TrialReason} from '../../api/reasons.ts';
import {outcomeOf, useOf} from '../../operator/outcome.ts';
import {aPod, aTrial} from '../builders.ts';

const best = {values: {accuracy: 0.9}, epoch: 3, epochs: 4};
const record = (parts: Partial<TerminationRecord>): TerminationRecord => ({version: 1, state: 'Running', ...parts});

interface Exit {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly record?: TerminationRecord;
  readonly message?: string;
}
const exited = ({exitCode = 0, reason, record: told, message}: Exit): PodStatus => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  startTime: '2026-01-01T00:00:10Z',
  containerStatuses: [
    {
      name: 'trial',
      state: {
        terminated: {
          exitCode,
          ...(reason && {reason}),
          message: told ? JSON.stringify(told) : (message ?? ''),
          finishedAt: '2026-01-01T00:00:40Z',
        },
      },
    },
  ],
});

const cases: readonly {
  readonly name: string;
  readonly status?: PodStatus;
  readonly spec?: Partial<PodSpec>;
  readonly pod?: Partial<ObjectMeta>;
  readonly trial?: TrialStatus;
  readonly trialMetadata?: Partial<ObjectMeta>;
  readonly now?: string;
  readonly expected: readonly [phase: string, reason: string];
}[] = [
  {
    name: 'its own record of success is believed',
    status: exited({record: record({state: 'Succeeded', ...best})}),
    expected: ['Succeeded', 'Completed'],
  },
  {
    name: 'its own record of success is believed even when its deadline fell at the same moment',
    status: {...exited({exitCode: 137, record: record({state: 'Succeeded', ...best})}), reason: 'DeadlineExceeded'},
    expected: ['Succeeded', 'Completed'],
  },
  {
    name: 'its own failure keeps its reason',
    status: exited({exitCode: 1, record: record({state: 'Failed', reason: 'NotANumber', message: 'loss'})}),
    expected: ['Failed', 'NotANumber'],
  },
  {
    name: 'success without values is no result',
    status: exited({record: record({state: 'Succeeded'})}),
    expected: ['Failed', 'NoResult'],
  },
  {
    name: 'killed at its deadline, the best so far stands',
    status: {...exited({exitCode: 137, record: record(best)}), reason: 'DeadlineExceeded'},
    expected: ['Stopped', 'DeadlineReached'],
  },
  {
    name: 'killed at its deadline before an epoch was complete',
    status: {...exited({exitCode: 137, record: record({})}), reason: 'DeadlineExceeded'},
    expected: ['Failed', 'DeadlineReached'],
  },
  {
    name: 'stopped by decision and killed on the way, the best so far stands',
    status: exited({exitCode: 137, record: record(best)}),
    trial: {phase: 'Running', stop: {why: 'below the median', at: '2026-01-01T00:00:30Z'}},
    expected: ['Stopped', 'StoppedEarly'],
  },
  {
    name: 'its trial was deleted',
    status: exited({record: record({state: 'Stopped', reason: 'Cancelled', ...best})}),
    trialMetadata: {deletionTimestamp: '2026-01-01T00:00:20Z'},
    expected: ['Failed', 'Cancelled'],
  },
  {
    name: 'evicted by its kubelet',
    status: {...exited({exitCode: 137, record: record(best)}), reason: 'Evicted'},
    expected: ['Failed', 'Evicted'],
  },
  {
    name: 'preempted by the scheduler: no failure of the trial, even if it ended in order',
    status: {
      ...exited({record: record({state: 'Stopped', reason: 'Cancelled', ...best})}),
      conditions: [{type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler'}],
    },
    expected: ['Failed', 'Preempted'],
  },
  {
    name: 'a node that was lost',
    pod: {annotations: {[lostMark]: '2026-01-01T00:01:00Z'}},
    status: {phase: 'Failed', startTime: '2026-01-01T00:00:10Z'},
    expected: ['Failed', 'NodeLost'],
  },
  {
    name: 'SIGTERM from somebody else is an interruption',
    status: exited({record: record({state: 'Stopped', reason: 'Cancelled', ...best})}),
    expected: ['Failed', 'Interrupted'],
  },
  {
    name: 'its Pod was deleted while it ran',
    status: exited({exitCode: 137, record: record(best)}),
    pod: {deletionTimestamp: '2026-01-01T00:00:20Z'},
    expected: ['Failed', 'Interrupted'],
  },
  {
    name: 'out of memory',
    status: exited({exitCode: 137, reason: 'OOMKilled', record: record(best)}),
    expected: ['Failed', 'OutOfMemory'],
  },
  {name: 'exit 1 and no word', status: exited({exitCode: 1}), expected: ['Failed', 'NoResult']},
  {name: 'exit 0 and no word', status: exited({}), expected: ['Failed', 'NoResult']},
  {
    name: 'garbage for a record',
    status: exited({exitCode: 0, message: '{"version":7}'}),
    expected: ['Failed', 'NoResult'],
  },
  {
    name: 'an image that cannot be pulled',
    status: {
      phase: 'Pending',
      containerStatuses: [{name: 'trial', state: {waiting: {reason: 'ImagePullBackOff', message: 'no such image'}}}],
    },
    pod: {deletionTimestamp: '2026-01-01T00:11:00Z'},
    now: '2026-01-01T00:11:00Z',
    expected: ['Failed', 'ImagePull'],
  },
  {
    name: 'an image that could not be pulled, as was written down before its Pod was ended: no loss of its node',
    status: {
      phase: 'Failed',
      startTime: '2026-01-01T00:00:10Z',
      containerStatuses: [{name: 'trial', state: {terminated: {exitCode: 137, reason: 'ContainerStatusUnknown'}}}],
    },
    pod: {deletionTimestamp: '2026-01-01T00:02:10Z', annotations: {[lostMark]: '2026-01-01T00:03:00Z'}},
    trial: {phase: 'Pending', reason: 'ImagePull', message: 'no such image'},
    expected: ['Failed', 'ImagePull'],
  },
  {
    name: 'ended by somebody, and its kubelet finds nothing of it any more',
    status: {
      phase: 'Failed',
      startTime: '2026-01-01T00:00:10Z',
      containerStatuses: [{name: 'trial', state: {terminated: {exitCode: 137, reason: 'ContainerStatusUnknown'}}}],
    },
    pod: {deletionTimestamp: '2026-01-01T00:00:20Z', annotations: {[lostMark]: '2026-01-01T00:01:00Z'}},
    trial: {phase: 'Running'},
    expected: ['Failed', 'Interrupted'],
  },
  {
    name: 'told to stop, and its node was lost: without values it is no result',
    pod: {annotations: {[lostMark]: '2026-01-01T00:01:00Z'}},
    status: {phase: 'Running', startTime: '2026-01-01T00:00:10Z'},
    trial: {phase: 'Running', stop: {why: 'below the median', at: '2026-01-01T00:00:30Z'}},
    expected: ['Failed', 'NodeLost'],
  },
  {
    name: 'never scheduled, and given up after its time to start',
    status: {
      phase: 'Pending',
      conditions: [{type: 'PodScheduled', status: 'False', message: '0/2 nodes have nvidia.com/gpu free'}],
    },
    spec: {schedulingGates: []},
    pod: {deletionTimestamp: '2026-01-01T00:11:00Z'},
    now: '2026-01-01T00:11:00Z',
    expected: ['Failed', 'NotStarted'],
  },
  {
    name: 'deleted by somebody before it started',
    status: {phase: 'Pending'},
    spec: {schedulingGates: [{name: budgetGate}]},
    pod: {deletionTimestamp: '2026-01-01T00:00:20Z'},
    expected: ['Failed', 'Interrupted'],
  },
];

for (const {name, status, spec, pod, trial, trialMetadata, now = '2026-01-01T00:01:00Z', expected} of cases)
  test(`outcome: ${name}`, () => {
    const bound = {schedulingGates: [], ...(status?.startTime === undefined ? {} : {nodeName: 'node-a'})};
    const ended = aPod({...(pod && {metadata: pod}), spec: {...bound, ...spec}, ...(status && {status})});
    const owner = aTrial({...(trialMetadata && {metadata: trialMetadata}), ...(trial && {status: trial})});
    const {phase, reason} = outcomeOf(ended, owner, instant(Date.parse(now)));
    assert.deepEqual([phase, reason], expected);
  });

const uses: readonly (readonly [reason: TrialReason, hasValues: boolean, use: UseOutcome])[] = [
  ['Completed', true, 'Useful'],
  ['DeadlineReached', true, 'Useful'],
  ['StoppedEarly', true, 'StoppedEarly'],
  ['DeadlineReached', false, 'Failed'],
  ['RunnerError', false, 'Failed'],
  ['ImagePull', false, 'Failed'],
  ['Preempted', false, 'Preempted'],
  ['Interrupted', false, 'Preempted'],
  ['Evicted', false, 'Preempted'],
  ['NodeLost', false, 'Preempted'],
];
for (const [reason, hasValues, use] of uses)
  test(`the time of a Pod that ended as ${reason} ${hasValues ? 'with' : 'without'} values counts as ${use}`, () => {
    const told = hasValues ? record({values: {accuracy: 0.9}}) : undefined;
    assert.equal(useOf({phase: 'Stopped', reason, message: '', record: told}), use);
  });

test('a container that ended without a record is told with the end of its log', () => {
  const ended = aPod({
    spec: {schedulingGates: [], nodeName: 'node-a'},
    status: exited({exitCode: 1, message: 'loading\nValueError: no such column'}),
  });
  const {message} = outcomeOf(ended, aTrial(), instant(Date.parse('2026-01-01T00:01:00Z')));
  assert.match(message, /exited with 1, without a result; its last words: ValueError: no such column/);
});
