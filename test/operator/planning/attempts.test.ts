import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Stored} from '../../../api/meta.ts';
import {annotations, lostMark, trialFinalizer} from '../../../api/pod.ts';
import type {Pod, PodStatus} from '../../../api/pod.ts';
import type {TrialReason} from '../../../api/reasons.ts';
import type {Trial, TrialStatus} from '../../../api/trial.ts';
import type {Action} from '../../../operator/actions.ts';
import {aPod, aTrial} from '../../builders.ts';
import {accepted, conditionOf, kindsOf, planOf, refused, searchOf, statusOf, time} from './situations.ts';

const genotype = {widths: [64], activation: 'relu', dropout: 0, normalization: 'Identity', residual: false};
const trialOf = (index: number, status?: TrialStatus): Stored<Trial> =>
  aTrial({
    metadata: {name: `search-c${String(index)}`, finalizers: [trialFinalizer]},
    spec: {
      index,
      identity: `identity-${String(index)}`,
      architecture: {family: 'SearchSpace', type: 'Tabular', genotype},
    },
    ...(status && {status}),
  });
const podOf = (status: PodStatus, metadata: Partial<Pod['metadata']> = {}, nodeName?: string): Stored<Pod> =>
  aPod({
    metadata: {
      name: 'search-c1-1',
      ...metadata,
      annotations: {[annotations.trial]: 'search-c1', [annotations.share]: 'Candidates', ...metadata.annotations},
    },
    spec: {...aPod().spec, schedulingGates: [], ...(nodeName !== undefined && {nodeName})},
    status,
  });
const only = searchOf({limits: {trials: 1, parallelTrials: 1, failedTrials: 10, gpuHours: 1}});
const trialWritten = (actions: readonly Action[]): TrialStatus | undefined =>
  actions.flatMap((action) => (action.kind === 'WriteTrialStatus' ? [action.status] : []))[0];

test('a Pod that was refused is asked for again after a while only', () => {
  const asked = (seconds: number) =>
    kindsOf(
      planOf({search: only, trials: [trialOf(1)], answers: {'search-c1-1': refused('Invalid', 'no', 1, seconds)}}),
    );
  assert.deepEqual([asked(59), asked(50)], [[], ['CreatePod']]);
});

test('a Pod that was called invalid three times ends its trial with the API server’s words', () => {
  const answers = {'search-c1-1': refused('Invalid', 'spec.x: no', 3)};
  const status = trialWritten(planOf({search: only, trials: [trialOf(1)], answers}));
  assert.deepEqual([status?.phase, status?.reason], ['Failed', 'InvalidPod']);
  assert.match(status?.message ?? '', /spec\.x: no/);
});

test('quota is waited for, however often it refuses, and told', () => {
  const answers = {'search-c1-1': refused('Forbidden', 'exceeded quota: gpus', 30)};
  const actions = planOf({search: only, trials: [trialOf(1)], answers});
  const condition = conditionOf(actions, 'PodsStarting');
  assert.deepEqual([kindsOf(actions), condition?.status, condition?.reason], [[], 'False', 'QuotaExceeded']);
  assert.match(condition?.message ?? '', /search-c1-1: exceeded quota: gpus/);
  const later = planOf({search: {...only, status: {...accepted, ...statusOf(actions)}}, trials: [trialOf(1)]});
  assert.equal(conditionOf(later, 'PodsStarting')?.status, 'True');
});

const words = '0/2 nodes are available: 2 Insufficient nvidia.com/gpu.';
const unscheduled: PodStatus = {
  phase: 'Pending',
  conditions: [{type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: words}],
};

test('a Pod that finds no node says what is missing, in its trial and in its search, once it has waited for a while', () => {
  const told = (now: number) => planOf({search: only, trials: [trialOf(1)], pods: [podOf(unscheduled)], now});
  const actions = told(60);
  assert.deepEqual(trialWritten(actions), {phase: 'Pending', message: words});
  assert.equal(conditionOf(actions, 'PodsStarting')?.reason, 'Unschedulable');
  assert.match(conditionOf(actions, 'PodsStarting')?.message ?? '', /search-c1-1: 0\/2 nodes/);
  assert.deepEqual(kindsOf(told(29)), []);
});

test('what a Pod waited for is forgotten once it runs', () => {
  const running: PodStatus = {
    phase: 'Running',
    startTime: time(50),
    containerStatuses: [{name: 'trial', state: {running: {}}}],
  };
  const trials = [trialOf(1, {phase: 'Pending', message: words})];
  assert.deepEqual(trialWritten(planOf({search: only, trials, pods: [podOf(running, {}, 'node-a')]})), {
    phase: 'Running',
  });
});

const waiting = (reason: string): PodStatus => ({
  phase: 'Pending',
  startTime: time(10),
  containerStatuses: [{name: 'trial', state: {waiting: {reason, message: 'no such image'}}}],
});

test('a container that cannot start is given up after half of its deadline: the reason is written before the Pod goes', () => {
  const pods = [podOf(waiting('ImagePullBackOff'), {}, 'node-a')];
  const planned = (now: number, status?: TrialStatus) =>
    planOf({search: only, trials: [trialOf(1, status)], pods, now});
  assert.deepEqual(kindsOf(planned(39)), []);
  const first = planned(40);
  const marked = trialWritten(first);
  assert.deepEqual(kindsOf(first), ['WriteTrialStatus']);
  assert.deepEqual([marked?.phase, marked?.reason], ['Pending', 'ImagePull']);
  assert.deepEqual(kindsOf(planned(40, marked)), ['DeletePod']);
});

const gone: PodStatus = {
  phase: 'Failed',
  startTime: time(10),
  containerStatuses: [{name: 'trial', state: {terminated: {exitCode: 137, reason: 'ContainerStatusUnknown'}}}],
};

test('its kubelet’s word that nothing is left of it ends the wait, and its trial is tried again', () => {
  const status: TrialStatus = {phase: 'Pending', reason: 'ImagePull', message: 'no such image'};
  const trials = [trialOf(1, status)];
  const left = podOf(gone, {deletionTimestamp: time(41)}, 'node-a');
  assert.deepEqual(kindsOf(planOf({search: only, trials, pods: [left], now: 45})), ['MarkLost']);
  const marked = podOf(gone, {deletionTimestamp: time(41), annotations: {[lostMark]: time(45)}}, 'node-a');
  const actions = planOf({search: only, trials, pods: [marked], now: 46});
  const after = trialWritten(actions);
  assert.deepEqual([after?.phase, after?.reason], ['Pending', undefined]);
  assert.deepEqual([after?.attempts?.[0]?.reason, after?.attempts?.[0]?.wasted], ['ImagePull', true]);
});

test('a decision to stop goes with the attempt that it was made on', () => {
  const stopped: TrialStatus = {phase: 'Running', stop: {why: 'below the median', at: time(30)}};
  const lost = podOf({phase: 'Running', startTime: time(10)}, {annotations: {[lostMark]: time(200)}}, 'node-a');
  const after = trialWritten(planOf({search: only, trials: [trialOf(1, stopped)], pods: [lost], now: 201}));
  assert.deepEqual([after?.phase, after?.stop, after?.attempts?.[0]?.reason], ['Pending', undefined, 'NodeLost']);
});

const attempt = (at: number, reason: TrialReason) => ({
  pod: 'p',
  uid: `uid-${String(at)}`,
  reason,
  message: 'no such image',
  finishedAt: time(at),
  gpuMilliseconds: 1,
  microDollars: 0,
  wasted: true,
});
const tried = (reasons: readonly TrialReason[], phase: 'Pending' | 'Failed' = 'Failed') =>
  reasons.map((reason, index) =>
    trialOf(index + 1, {
      phase,
      ...(phase === 'Failed' && {reason, finishedAt: time(index)}),
      attempts: [attempt(index, reason)],
    }),
  );
const five = (reason: TrialReason) => Array.from({length: 5}, () => reason);
const wide = searchOf({limits: {trials: 9, parallelTrials: 5, failedTrials: 9, gpuHours: 1}});

const repeated: readonly (readonly [name: string, reasons: readonly TrialReason[], givesUp: boolean])[] = [
  ['five first attempts that ended with one cause', five('ImagePull'), true],
  ['five that are deterministic', five('BadData'), true],
  ['four only', five('ImagePull').slice(1), false],
  ['another among them', ['ImagePull', 'ImagePull', 'OutOfMemory', 'ImagePull', 'ImagePull'], false],
  ['success since', [...five('ImagePull'), 'Completed'], false],
  ['preemptions, which are nobody’s fault', five('Preempted'), false],
  ['losses of single candidates that are NaN', five('NotANumber'), false],
];
for (const [name, reasons, givesUp] of repeated)
  test(`${name}: the search ${givesUp ? 'stops with the cause' : 'goes on'}`, () => {
    const actions = planOf({search: wide, trials: tried(reasons)});
    const progress = conditionOf(actions, 'Progressing');
    assert.equal(progress?.reason === 'SameFailureRepeated', givesUp);
    assert.equal(statusOf(actions).phase, givesUp ? 'Failed' : 'Running');
    if (givesUp) assert.match(progress?.message ?? '', new RegExp(`ended with ${reasons[0] ?? ''}.*no such image`));
  });

test('a search that gives up ends the trials that would be tried again, and starts nothing', () => {
  const actions = planOf({search: wide, trials: [...tried(five('ImagePull'), 'Pending'), trialOf(6)]});
  const ends = actions.flatMap((action) => (action.kind === 'WriteTrialStatus' ? [action.status.reason] : []));
  assert.deepEqual(ends, [...five('ImagePull'), 'Cancelled']);
  assert.deepEqual(new Set(kindsOf(actions)), new Set(['WriteTrialStatus']));
});
