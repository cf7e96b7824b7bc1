import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Stored} from '../../../api/meta.ts';
import type {Condition} from '../../../api/meta.ts';
import type {Trial} from '../../../api/trial.ts';
import type {Action} from '../../../operator/actions.ts';
import type {Answer, Broken, Question} from '../../../operator/asking/question.ts';
import type {Ask} from '../../../search/strategy.ts';
import {aTrial} from '../../builders.ts';
import {RecordedSearch} from '../../questions.ts';
import {accepted, at, conditionOf, kindsOf, planOf, searchOf, time} from './situations.ts';

const strategy = {type: 'Portfolio'};
/** Proposed before any of them had a result. */
const recorded = new RecordedSearch('Portfolio', {trials: 3}).trials.map((trial) => ({
  ...trial,
  spec: {...trial.spec, after: []},
}));
const finished = (trial: Stored<Trial>): Stored<Trial> => ({
  ...trial,
  status: {phase: 'Succeeded', reason: 'Completed', values: {accuracy: 0.9}, epochs: 4, finishedAt: time(50)},
});
/** Two trials, of which so many are over. */
const trialsOf = (over: number): Stored<Trial>[] =>
  recorded.slice(0, 2).map((trial, index) => (index < over ? finished(trial) : trial));

interface Asked {
  readonly over?: number;
  readonly answer?: Answer;
  readonly now?: number;
  readonly conditions?: Condition[];
}
const limits = {trials: 6, parallelTrials: 4, failedTrials: 10, gpuHours: 1};
function plannedWith({over = 1, answer, now = 60, conditions = []}: Asked): readonly Action[] {
  const search = searchOf({strategy, limits}, {...accepted, conditions});
  const asked = new Map(answer === undefined ? [] : [['Candidate', answer] as const]);
  return planOf({search, trials: trialsOf(over), asked, now});
}
/** What is asked when so many trials are over. */
function questionAfter(over: number): Question {
  const action = plannedWith({over}).find(({kind}) => kind === 'Ask');
  return action?.kind === 'Ask' ? action.question : assert.fail('nothing is asked');
}
const proposal: Ask = {
  kind: 'Propose',
  candidate: {genotype: (recorded[2] ?? aTrial()).spec.architecture.genotype, training: {}},
  epochs: 4,
  why: 'thought about',
  skipped: 0,
};
const answered = ({key, told}: Question, ask: Ask): Answer => ({kind: 'Answered', key, told, ask});
const brokenAt = (second: number, times: number): Broken => {
  const {key} = questionAfter(1);
  return {kind: 'Broken', key, message: 'its thread ended', times, at: at(second)};
};
const asks = (actions: readonly Action[]): string[] =>
  kindsOf(actions).filter((kind) => kind === 'Ask' || kind === 'CreateTrial');

test('a heavy strategy is asked with what no trial has recorded yet, and nothing is proposed until it has answered', () => {
  assert.deepEqual(asks(plannedWith({})), ['Ask']);
  assert.deepEqual(
    questionAfter(1).told.map(({index}) => index),
    [1],
  );
  assert.deepEqual(asks(plannedWith({answer: {kind: 'Pending', key: questionAfter(1).key}})), []);
});

test('its answer becomes a trial that records what it was told, though there is more to tell by now', () => {
  for (const over of [1, 2]) {
    const actions = plannedWith({over, answer: answered(questionAfter(1), proposal)});
    const created = actions.find(({kind}) => kind === 'CreateTrial');
    assert.equal(created?.kind === 'CreateTrial' && created.trial.spec.why, 'thought about');
    assert.deepEqual(created?.kind === 'CreateTrial' && created.trial.spec.after.map(({index}) => index), [1]);
  }
});

test('an answer about another log is dropped', () => {
  assert.deepEqual(asks(plannedWith({answer: {...answered(questionAfter(1), proposal), key: 'another'}})), ['Ask']);
});

test('the key of a log is another one once a trial more is recorded, or once the data is known', () => {
  const keyOf = (trials: readonly Stored<Trial>[], frozen = accepted.frozen): string => {
    const search = searchOf({strategy, limits}, {...accepted, ...(frozen && {frozen})});
    const action = planOf({search, trials}).find(({kind}) => kind === 'Ask');
    return action?.kind === 'Ask' ? action.question.key : assert.fail('nothing is asked');
  };
  const data = {input: [8, 8, 1], outputs: 10};
  const frozen = {strategy, strategyVersion: 1, data};
  const keys = [keyOf(trialsOf(1)), keyOf(trialsOf(2)), keyOf(recorded), keyOf(trialsOf(1), frozen)];
  assert.equal(keys[0], keys[1]);
  assert.equal(new Set(keys).size, 3);
});

for (const ask of [{kind: 'Wait'}, {kind: 'Exhausted', why: 'nothing is left'}] as const)
  test(`${ask.kind} is asked again once there is more to tell`, () => {
    const answer = answered(questionAfter(1), ask);
    assert.deepEqual(asks(plannedWith({over: 1, answer})), []);
    assert.deepEqual(asks(plannedWith({over: 2, answer})), ['Ask']);
  });

test('a heavy strategy that finds nothing more ends the search', () => {
  const actions = plannedWith({
    over: 2,
    answer: answered(questionAfter(2), {kind: 'Exhausted', why: 'nothing is left'}),
  });
  assert.equal(conditionOf(actions, 'Searched')?.reason, 'SpaceExhausted');
});

test('a strategy that could not be asked is a condition, and is asked again after a pause, which doubles up to an hour', () => {
  for (const [times, minutes] of [
    [1, 1],
    [2, 2],
    [6, 32],
    [7, 60],
    [2000, 60],
  ] as const) {
    const broken = brokenAt(60, times);
    const early = plannedWith({answer: broken, now: 60 + 60 * minutes - 1});
    assert.deepEqual(asks(early), []);
    const {status, reason, message} = conditionOf(early, 'Stalled') ?? assert.fail('it is not told');
    assert.deepEqual({status, reason}, {status: 'True', reason: 'StrategyStalled'});
    assert.equal(message, `its thread ended; it is asked again after ${String(minutes)} min`);
    assert.deepEqual(asks(plannedWith({answer: broken, now: 60 + 60 * minutes})), ['Ask']);
  }
});

test('a strategy that is asked again is still stalled, until it answers', () => {
  const question = questionAfter(1);
  const pending: Answer = {kind: 'Pending', key: question.key, broken: brokenAt(0, 1)};
  const [stalled] = [conditionOf(plannedWith({answer: pending}), 'Stalled')];
  assert.equal(stalled?.status, 'True');
  const actions = plannedWith({answer: answered(question, proposal), conditions: [stalled]});
  assert.equal(conditionOf(actions, 'Stalled')?.status, 'False');
});
