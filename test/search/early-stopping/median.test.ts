import assert from 'node:assert/strict';
import {test} from 'node:test';
import {medianStopping} from '../../../search/early-stopping/median.ts';
import type {Curve} from '../../../search/early-stopping/early-stopping.ts';
import {curve, problem} from './contract.ts';

const settings = {minEpochs: 2, minTrials: 3};
/** Running averages up to epoch 2: 0.3, 0.5 and 0.7. */
const finished = [curve(1, [0.2, 0.4, 0.9]), curve(2, [0.5, 0.5, 0.9]), curve(3, [0.6, 0.8, 0.9])];

const cases: {why: string; others: Curve[]; own: number[]; kind: 'Continue' | 'Stop'}[] = [
  {why: 'its best is below the median of the averages', others: finished, own: [0.1, 0.49], kind: 'Stop'},
  {why: 'its best equals the median', others: finished, own: [0.1, 0.5], kind: 'Continue'},
  {why: 'an earlier epoch was good enough', others: finished, own: [0.6, 0.1], kind: 'Continue'},
  {why: 'it has had too few epochs', others: finished, own: [0.1], kind: 'Continue'},
  {why: 'too few trials have finished', others: finished.slice(1), own: [0.1, 0.1], kind: 'Continue'},
  {
    why: 'trials under way do not count as finished',
    others: [...finished.slice(1), curve(1, [0.2, 0.4], false)],
    own: [0.1, 0.1],
    kind: 'Continue',
  },
  {
    why: 'its own curve is not among the others',
    others: [...finished.slice(1), curve(99, [0.9, 0.9])],
    own: [0.1, 0.1],
    kind: 'Continue',
  },
  {
    why: 'of an even number the median lies between the middle two',
    others: [...finished, curve(4, [0.9, 0.9])],
    own: [0.1, 0.59],
    kind: 'Stop',
  },
];
for (const {why, others, own, kind} of cases)
  test(`a trial with ${own.join(', ')} gets ${kind}: ${why}`, () => {
    assert.equal(medianStopping.rule.judge(problem, settings, others, curve(99, own, false)).kind, kind);
  });

test('a stop names the metric, both numbers and how many trials they come from', () => {
  assert.deepEqual(medianStopping.rule.judge(problem, settings, finished, curve(99, [0.1, 0.45], false)), {
    kind: 'Stop',
    why: 'best accuracy by epoch 2 is 0.45, below the median 0.5 of 3 finished trials',
  });
});

test('what is minimized is stopped above the median', () => {
  const minimizing = {...problem, objectives: [{metric: 'accuracy', goal: 'Minimize'}] as const};
  assert.deepEqual(medianStopping.rule.judge(minimizing, settings, finished, curve(99, [0.8, 0.6], false)), {
    kind: 'Stop',
    why: 'best accuracy by epoch 2 is 0.6, above the median 0.5 of 3 finished trials',
  });
});
