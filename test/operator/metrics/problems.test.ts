import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Condition} from '../../../api/meta.ts';
import type {SearchStatus} from '../../../api/search-status.ts';
import {problemsOf} from '../../../operator/metrics/problems.ts';

type Row = readonly [
  name: string,
  phase: SearchStatus['phase'],
  condition: Pick<Condition, 'type' | 'status' | 'reason'>,
  isProblem: boolean,
];
const rows: readonly Row[] = [
  ['a condition that holds', 'Running', {type: 'Accepted', status: 'True', reason: 'Accepted'}, false],
  ['a refused spec', 'Pending', {type: 'Accepted', status: 'False', reason: 'InvalidSpec'}, true],
  ['a Pod that waits for quota', 'Running', {type: 'PodsStarting', status: 'False', reason: 'QuotaExceeded'}, true],
  [
    'the same, told of a search that is over',
    'Succeeded',
    {type: 'PodsStarting', status: 'False', reason: 'QuotaExceeded'},
    false,
  ],
  [
    'a log with gaps, of a search that is over',
    'Succeeded',
    {type: 'LogComplete', status: 'False', reason: 'LogIncomplete'},
    true,
  ],
  ['progress', 'Running', {type: 'Progressing', status: 'True', reason: 'Searching'}, false],
  ['waiting for room in a budget', 'Running', {type: 'Progressing', status: 'True', reason: 'WaitingForRoom'}, true],
  ['a strategy that gives no answer', 'Running', {type: 'Stalled', status: 'True', reason: 'StrategyStalled'}, true],
  ['a strategy that answers again', 'Running', {type: 'Stalled', status: 'False', reason: 'Searching'}, false],
  ['one that gave no answer at last', 'Succeeded', {type: 'Stalled', status: 'True', reason: 'StrategyStalled'}, false],
  ['suspended by its owner', 'Suspended', {type: 'Progressing', status: 'False', reason: 'Suspended'}, false],
  ['ended as it should', 'Succeeded', {type: 'Progressing', status: 'False', reason: 'Compared'}, false],
  ['ended in failure', 'Failed', {type: 'Progressing', status: 'False', reason: 'SameFailureRepeated'}, true],
];

for (const [name, phase, condition, isProblem] of rows)
  test(`${name} is ${isProblem ? 'a' : 'no'} problem`, () => {
    const whole = {...condition, message: '', observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z'};
    assert.equal(problemsOf({phase, conditions: [whole]}).length === 1, isProblem);
  });
