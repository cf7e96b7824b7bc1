import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Condition} from '../../api/meta.ts';
import type {SearchStatus} from '../../api/search-status.ts';
import type {Attempt, TrialStatus} from '../../api/trial.ts';
import {searchEvents, trialEvents} from '../../operator/events.ts';

const condition = (parts: Partial<Condition>): Condition => ({
  type: 'Progressing',
  status: 'True',
  reason: 'Searching',
  message: '1 of 6 candidates done',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...parts,
});

test('a condition that comes is an event, and one whose message alone changes is none', () => {
  const first = {conditions: [condition({})]};
  const later = {conditions: [condition({message: '2 of 6 candidates done'})]};
  assert.deepEqual(searchEvents(undefined, first), [
    {type: 'Normal', reason: 'Searching', message: '1 of 6 candidates done'},
  ]);
  assert.deepEqual(searchEvents(first, later), []);
});

test('two conditions that say the same in one step are one event', () => {
  const accepted = condition({type: 'Accepted', reason: 'Accepted', message: 'Random over Tabular'});
  const progress = condition({reason: 'Accepted', message: 'Random over Tabular'});
  assert.deepEqual(searchEvents(undefined, {conditions: [accepted, progress]}), [
    {type: 'Normal', reason: 'Accepted', message: 'Random over Tabular'},
  ]);
});

test('a strategy that stalls is a warning, and one that answers again is none', () => {
  const stalled = {conditions: [condition({type: 'Stalled', reason: 'StrategyStalled'})]};
  const again = {conditions: [condition({type: 'Stalled', status: 'False', reason: 'Searching'})]};
  assert.deepEqual(
    searchEvents(undefined, stalled).map(({type}) => type),
    ['Warning'],
  );
  assert.deepEqual(
    searchEvents(stalled, again).map(({type}) => type),
    ['Normal'],
  );
});

test('a condition that turns False is a warning, but the end of progress is not', () => {
  const before = {conditions: [condition({})]};
  const ended = condition({status: 'False', reason: 'TrialsLimitReached'});
  const done: SearchStatus = {phase: 'Succeeded', conditions: [ended]};
  const refused = {conditions: [condition({type: 'Accepted', status: 'False', reason: 'SharesTooSmall'})]};
  assert.deepEqual(
    searchEvents(before, done).map(({type}) => type),
    ['Normal'],
  );
  assert.deepEqual(
    searchEvents(before, refused).map(({type}) => type),
    ['Warning'],
  );
});

const evicted: Attempt = {
  pod: 'search-c1-1',
  uid: 'uid',
  reason: 'Evicted',
  message: 'disk pressure',
  finishedAt: '2026-01-01T00:00:00Z',
  gpuMilliseconds: 1,
  microDollars: 0,
  wasted: true,
};

test('a trial tells of its end once, and of every attempt that is tried again', () => {
  const pending: TrialStatus = {phase: 'Pending', attempts: [evicted]};
  const ended: TrialStatus = {...pending, phase: 'Failed', reason: 'NotANumber', finishedAt: '2026-01-01T00:01:00Z'};
  assert.deepEqual(trialEvents(undefined, pending), [
    {type: 'Warning', reason: 'Evicted', message: 'attempt search-c1-1 is tried again: disk pressure'},
  ]);
  assert.deepEqual(
    trialEvents(pending, ended).map(({type, reason}) => [type, reason]),
    [['Warning', 'NotANumber']],
  );
  assert.deepEqual(trialEvents(ended, ended), []);
});
