import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {instant} from '../../../api/quantities.ts';
import type {Asker, Question} from '../../../operator/asking/question.ts';
import {Questions} from '../../../operator/asking/questions.ts';
import type {Ask} from '../../../search/strategy.ts';
import {RecordedSearch} from '../../questions.ts';

const at = instant(Date.parse('2026-01-01T00:01:00Z'));
const exhausted: Ask = {kind: 'Exhausted', why: 'nothing is left'};

/** An asker that fails so many times first, and remembers after how many trials it was asked. */
function asking(failures = 0) {
  const asked: number[] = [];
  const heard: string[] = [];
  const asker: Asker = {
    ask: ({trials}: Question) => {
      asked.push(trials.length);
      return asked.length <= failures ? Promise.reject(new Error('the thread died')) : Promise.resolve(exhausted);
    },
  };
  const questions = new Questions({
    asker,
    clock: {now: () => at},
    onAnswer: ({name}) => heard.push(`answer: ${name}`),
    onTrouble: (error) => heard.push(`trouble: ${(error as Error).message}`),
  });
  return {asked, heard, questions};
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const search = new RecordedSearch('Portfolio');
const {uid} = search.search.metadata;
const question = (count: number): Question => search.question(count);

describe('questions to heavy strategies', () => {
  it('are pending until they are answered, and then told', async () => {
    const {heard, questions} = asking();
    questions.put(question(2));
    assert.deepEqual(questions.of(uid).get('Candidate'), {kind: 'Pending', key: question(2).key});
    await settled();
    const {key, told} = question(2);
    assert.deepEqual(questions.of(uid).get('Candidate'), {kind: 'Answered', key, told, ask: exhausted});
    assert.deepEqual(heard, ['answer: search']);
  });

  it('are asked once more when whoever thinks dies', async () => {
    const {asked, heard, questions} = asking(1);
    questions.put(question(2));
    await settled();
    assert.deepEqual(asked, [2, 2]);
    assert.equal(questions.of(uid).get('Candidate')?.kind, 'Answered');
    assert.deepEqual(heard, ['trouble: the thread died', 'answer: search']);
  });

  it('are broken after the second time, and stay so in words while they are asked again', async () => {
    const {questions} = asking(2);
    const {key} = question(2);
    questions.put(question(2));
    await settled();
    assert.deepEqual(questions.of(uid).get('Candidate'), {kind: 'Broken', key, message: 'the thread died', at});
    questions.put(question(2));
    assert.deepEqual(questions.of(uid).get('Candidate'), {kind: 'Pending', key, message: 'the thread died'});
    await settled();
    assert.equal(questions.of(uid).get('Candidate')?.kind, 'Answered');
  });

  it('are asked one at a time, of each log the newest', async () => {
    const {asked, questions} = asking();
    const other = new RecordedSearch('Portfolio', {name: 'other'});
    for (const each of [question(1), question(1), other.question(5), question(2), question(3)]) questions.put(each);
    await settled();
    assert.deepEqual(asked, [1, 5, 3]);
    assert.equal(questions.of(uid).get('Candidate')?.key, question(3).key);
  });

  it('of a search that is gone are forgotten, those that are thought about too', async () => {
    const {asked, questions} = asking();
    questions.put(question(1));
    questions.put(question(2));
    questions.forget(uid);
    await settled();
    assert.deepEqual(asked, [1]);
    assert.equal(questions.of(uid).size, 0);
  });
});
