import assert from 'node:assert/strict';
import {test} from 'node:test';
import {annotations} from '../../api/pod.ts';
import type {PodStatus} from '../../api/pod.ts';
import type {Attempt} from '../../api/trial.ts';
import {waitedBy} from '../../operator/waits.ts';
import {aPod, aTrial} from '../builders.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const scheduled = {type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:06Z'};
const before: Attempt = {
  pod: 'search-c1-1',
  uid: 'uid',
  reason: 'Preempted',
  message: '',
  finishedAt: at(2),
  gpuMilliseconds: 1000,
  microDollars: 0,
  wasted: true,
};

const rows: readonly {
  readonly name: string;
  readonly admittedAt?: string;
  readonly status?: PodStatus;
  readonly attempts?: readonly Attempt[];
  readonly waited: Attempt['waited'];
}[] = [
  {name: 'a Pod that was never admitted has waited for nothing that is known', waited: undefined},
  {
    name: 'the first attempt waits for budget from the making of its trial on',
    admittedAt: '2026-01-01T00:00:03.250Z',
    waited: {admission: 3.25},
  },
  {
    name: 'the next attempt waits from the end of the one before',
    admittedAt: '2026-01-01T00:00:03.250Z',
    attempts: [before],
    waited: {admission: 1.25},
  },
  {
    name: 'then for a node, and for its container to run',
    admittedAt: at(3),
    status: {
      conditions: [scheduled],
      containerStatuses: [{name: 'trial', state: {terminated: {exitCode: 0, startedAt: '2026-01-01T00:00:10Z'}}}],
    },
    waited: {admission: 3, scheduling: 3, starting: 4},
  },
  {
    name: 'whole seconds that were cut off make no wait negative',
    admittedAt: '2026-01-01T00:00:06.900Z',
    status: {conditions: [scheduled], containerStatuses: [{name: 'trial', state: {running: {startedAt: at(6)}}}]},
    waited: {admission: 6.9, scheduling: 0, starting: 0},
  },
  {
    name: 'a Pod that no node was found for has waited for budget alone',
    admittedAt: at(1),
    status: {conditions: [{...scheduled, status: 'False'}]},
    waited: {admission: 1},
  },
];

for (const {name, admittedAt, status, attempts, waited} of rows)
  test(`waits: ${name}`, () => {
    const metadata = {annotations: admittedAt === undefined ? {} : {[annotations.admittedAt]: admittedAt}};
    const pod = aPod({metadata, ...(status && {status})});
    const trial = aTrial(attempts === undefined ? {} : {status: {phase: 'Pending', attempts: [...attempts]}});
    assert.deepEqual(waitedBy(pod, trial).waited, waited);
  });
