import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Attempt, TrialSpecification, TrialStatus} from '../../../api/trial.ts';
import {trialSamples} from '../../../operator/metrics/trial-samples.ts';
import {aTrial} from '../../builders.ts';
import {valuesOf} from './samples.ts';

const labels = {namespace: 'team', search: 'search'};
const trialOf = (status?: TrialStatus, spec: Partial<TrialSpecification> = {}) =>
  aTrial({spec, ...(status && {status})});
const attempt = (parts: Partial<Attempt>): Attempt => ({
  pod: 'search-c1-1',
  uid: 'uid',
  reason: 'Completed',
  message: '',
  finishedAt: '2026-01-01T00:01:00Z',
  gpuMilliseconds: 40_000,
  microDollars: 0,
  wasted: false,
  ...parts,
});
const timing = {startSeconds: 3, epochSeconds: 5};
const stopped: TrialStatus = {phase: 'Stopped', reason: 'StoppedEarly', epochs: 1};

test('trials are counted by purpose, phase and reason, and those under way have no reason', () => {
  const trials = [
    trialOf(),
    trialOf({phase: 'Running'}),
    trialOf({phase: 'Succeeded', reason: 'Completed'}),
    trialOf({phase: 'Succeeded', reason: 'Completed'}),
    trialOf({phase: 'Failed', reason: 'OutOfMemory'}, {purpose: 'Baseline'}),
  ];
  assert.deepEqual(valuesOf(trialSamples(labels, trials, 1), 'archsearch_search_trials'), {
    'Candidate,Pending,': 1,
    'Candidate,Running,': 1,
    'Candidate,Succeeded,Completed': 2,
    'Baseline,Failed,OutOfMemory': 1,
  });
});

test('attempts are counted by how they ended, those that were tried again too', () => {
  const attempts = [attempt({reason: 'Preempted', wasted: true}), attempt({})];
  const samples = trialSamples(labels, [trialOf({phase: 'Succeeded', attempts})], 1);
  assert.deepEqual(valuesOf(samples, 'archsearch_search_attempts'), {
    'Candidate,Preempted': 1,
    'Candidate,Completed': 1,
  });
});

test('every attempt is an observation of each stage that it came to; the first step is told by the trial', () => {
  const attempts = [attempt({waited: {admission: 2}}), attempt({waited: {admission: 1, scheduling: 0, starting: 4}})];
  const samples = trialSamples(labels, [trialOf({phase: 'Succeeded', attempts, timing})], 1);
  const seen = samples
    .filter(({name}) => name === 'archsearch_search_pod_stage_duration_seconds')
    .map(({labels: at, value}) => [at['stage'], value]);
  assert.deepEqual(seen, [
    ['Admission', 2],
    ['Admission', 1],
    ['Scheduling', 0],
    ['Starting', 4],
    ['FirstStep', 3],
  ]);
});

const saved: readonly (readonly [name: string, status: TrialStatus, gpus: number, seconds: number])[] = [
  ['the epochs that are left, at the measured time of one', {...stopped, timing}, 1, 15],
  ['on each of its GPUs', {...stopped, timing}, 2, 30],
  ['without a measure, at what an epoch was charged', {...stopped, attempts: [attempt({})]}, 1, 120],
  ['nothing where nothing is known', stopped, 1, 0],
  ['nothing by a trial that ended by itself', {phase: 'Succeeded', reason: 'Completed', epochs: 1, timing}, 1, 0],
];
for (const [name, status, gpus, seconds] of saved)
  test(`an early stop saves ${name}`, () => {
    const samples = trialSamples(labels, [trialOf(status)], gpus);
    assert.deepEqual(valuesOf(samples, 'archsearch_search_early_stops_saved_gpu_seconds_total'), {'': seconds});
  });

test('epochs are counted once a trial has ended; a duplicate trained none', () => {
  const trials = [
    trialOf({phase: 'Running', epochs: 2}),
    trialOf({phase: 'Failed', reason: 'NotANumber', epochs: 3}),
    trialOf({phase: 'Succeeded', reason: 'Completed', epochs: 4}),
    trialOf({phase: 'Succeeded', reason: 'Duplicate', epochs: 4}, {duplicateOf: 'search-c1'}),
  ];
  assert.deepEqual(valuesOf(trialSamples(labels, trials, 1), 'archsearch_search_epochs_total'), {'': 7});
});
