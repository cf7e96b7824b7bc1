import assert from 'node:assert/strict';
import {test} from 'node:test';
import {annotations, lostMark} from '../../api/pod.ts';
import type {PodSpec, PodStatus} from '../../api/pod.ts';
import type {ObjectMeta} from '../../api/meta.ts';
import {instant} from '../../api/quantities.ts';
import {reservationOf, viewPod} from '../../operator/pod-view.ts';
import {aPod} from '../builders.ts';

const at = (seconds: number): string => new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000).toISOString();
const startTime = at(10);
const price = {[annotations.price]: '3600000'};
const ended = (end: number, start = 10): NonNullable<PodStatus['containerStatuses']> => [
  {name: 'trial', state: {terminated: {exitCode: 0, startedAt: at(start), finishedAt: at(end)}}},
];
const running: PodStatus = {
  phase: 'Running',
  startTime,
  containerStatuses: [{name: 'trial', state: {running: {startedAt: startTime}}}],
};
const bound: Partial<PodSpec> = {schedulingGates: [], nodeName: 'node-a'};

/** aPod: deadline 60 s, grace 30 s; with slack 30 s its time is up 120 s after it started. */
const cases: readonly {
  readonly name: string;
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Partial<PodSpec>;
  readonly status?: PodStatus;
  readonly now?: number;
  readonly view: object;
}[] = [
  {name: 'behind its gate', view: {kind: 'gated'}},
  {name: 'gate open, not bound', spec: {schedulingGates: []}, view: {kind: 'busy'}},
  {name: 'behind somebody else’s gate', spec: {schedulingGates: [{name: 'kueue'}]}, view: {kind: 'busy'}},
  {name: 'running within its time', spec: bound, status: running, view: {kind: 'busy'}},
  {
    name: 'deleted behind its gate: it can never be bound',
    metadata: {deletionTimestamp: at(20)},
    view: {kind: 'dead', charge: {gpuMilliseconds: 0, microDollars: 0}},
  },
  {
    name: 'being deleted, but bound: it may still run',
    metadata: {deletionTimestamp: at(20)},
    spec: bound,
    status: running,
    view: {kind: 'busy'},
  },
  {
    name: 'ended: from start to the last end and one second, for whole seconds on both sides',
    spec: bound,
    status: {phase: 'Succeeded', startTime, containerStatuses: ended(40)},
    view: {kind: 'dead', charge: {gpuMilliseconds: 31_000, microDollars: 31_000}},
  },
  {
    name: 'Failed by Pod GC, without end times: nobody knows whether it still runs',
    spec: bound,
    status: {...running, phase: 'Failed'},
    view: {kind: 'busy'},
  },
  {
    name: 'Failed by Pod GC, and its time is up',
    spec: bound,
    status: {...running, phase: 'Failed'},
    now: 131,
    view: {kind: 'lost'},
  },
  {
    name: 'its time is up and its kubelet still reports it running: overrun',
    spec: bound,
    status: running,
    now: 131,
    view: {kind: 'overrun'},
  },
  {
    name: 'its time is up on a node that is not ready: lost',
    spec: bound,
    status: {...running, conditions: [{type: 'Ready', status: 'False', reason: 'NodeNotReady'}]},
    now: 131,
    view: {kind: 'lost'},
  },
  {name: 'one second before its time is up', spec: bound, status: running, now: 130, view: {kind: 'busy'}},
  {
    name: 'bound and never started: its time counts from the binding',
    spec: bound,
    status: {phase: 'Pending', conditions: [{type: 'PodScheduled', status: 'True', lastTransitionTime: at(5)}]},
    now: 126,
    view: {kind: 'lost'},
  },
  {
    name: 'marked lost: the whole reservation, whatever is reported later',
    metadata: {annotations: {...price, [lostMark]: at(50)}},
    spec: bound,
    status: {phase: 'Succeeded', startTime, containerStatuses: ended(40)},
    view: {kind: 'dead', charge: 'Full'},
  },
  {
    name: 'refused by its kubelet: it cost nothing',
    spec: bound,
    status: {phase: 'Failed', startTime, message: 'Pod was rejected: UnexpectedAdmissionError'},
    view: {kind: 'dead', charge: {gpuMilliseconds: 0, microDollars: 0}},
  },
  {
    name: 'deleted, and its kubelet finds nothing of it: there is nothing to wait for, nor a time to charge by',
    metadata: {deletionTimestamp: at(20)},
    spec: bound,
    status: {
      phase: 'Failed',
      startTime,
      containerStatuses: [{name: 'trial', state: {terminated: {exitCode: 137, reason: 'ContainerStatusUnknown'}}}],
    },
    view: {kind: 'lost'},
  },
  {
    name: 'one of two containers has no end time',
    spec: {...bound, containers: [{name: 'trial', resources: {limits: {'nvidia.com/gpu': '1'}}}, {name: 'side'}]},
    status: {phase: 'Succeeded', startTime, containerStatuses: ended(40)},
    view: {kind: 'busy'},
  },
];

for (const {name, metadata, spec, status, now = 60, view} of cases)
  test(`a Pod ${name}`, () => {
    const pod = aPod({
      metadata: {annotations: price, ...metadata},
      ...(spec && {spec}),
      ...(status && {status}),
    });
    assert.deepEqual(viewPod(pod, instant(Date.parse(at(now)))), view);
  });

test('a reservation is GPUs × (deadline + grace + slack + 1 s), at the Pod’s price', () => {
  const pod = aPod({
    metadata: {annotations: {...price, [annotations.share]: 'Candidates', [annotations.trial]: 'search-c1'}},
    spec: {containers: [{name: 'trial', resources: {limits: {'nvidia.com/gpu': '2'}}}]},
  });
  const {gpuMilliseconds, microDollars} = reservationOf(pod);
  assert.deepEqual([gpuMilliseconds, microDollars], [2 * 121_000, 2 * 121_000]);
});
