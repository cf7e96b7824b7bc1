import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {describe, it} from 'node:test';
import {instant} from '../../../api/quantities.ts';
import {TookTooLong} from '../../../operator/asking/question.ts';
import type {Answer, Asker, Question} from '../../../operator/asking/question.ts';
import {Questions} from '../../../operator/asking/questions.ts';
import type {QuestionsOptions} from '../../../operator/asking/questions.ts';
import type {Ask} from '../../../search/strategy.ts';
import {RecordedSearch} from '../../questions.ts';

const at = instant(Date.parse('2026-01-01T00:01:00Z'));
const exhausted: Ask = {kind: 'Exhausted', why: 'nothing is left'};

const died = new Error('the thread died');
const late = new TookTooLong('no answer');

/** An asker that fails in these ways first, and remembers after how many trials it was asked. */
function asking(failures: readonly Error[] = [], listeners: Partial<QuestionsOptions> = {}) {
  const asked: number[] = [];
  const heard: string[] = [];
  const asker: Asker = {
    ask: ({trials}: Question) => {
      const failure = failures[asked.length];
      asked.push(trials.length);
      return failure === undefined ? Promise.resolve(exhausted) : Promise.reject(failure);
    },
  };
  const questions = new Questions({
    asker,
    clock: {now: () => at},
    onAnswer: ({name}) => heard.push(`answer: ${name}`),
    onTrouble: (error) => heard.push(`trouble: ${(error as Error).message}`),
    ...listeners,
  });
  return {asked, heard, questions};
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const search = new RecordedSearch('Portfolio');
const other = new RecordedSearch('Portfolio', {name: 'other'});
const third = new RecordedSearch('Portfolio', {name: 'third'});
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
    const {asked, heard, questions} = asking([died]);
    questions.put(question(2));
    await settled();
    assert.deepEqual(asked, [2, 2]);
    assert.equal(questions.of(uid).get('Candidate')?.kind, 'Answered');
    assert.deepEqual(heard, ['trouble: the thread died', 'answer: search']);
  });

  it('are broken after the second time, and stay so in words while they are asked again', async () => {
    const {questions} = asking([died, died]);
    const {key} = question(2);
    questions.put(question(2));
    await settled();
    const broken: Answer = {kind: 'Broken', key, message: 'the thread died', times: 1, at};
    assert.deepEqual(questions.of(uid).get('Candidate'), broken);
    questions.put(question(2));
    assert.deepEqual(questions.of(uid).get('Candidate'), {kind: 'Pending', key, broken});
    await settled();
    assert.equal(questions.of(uid).get('Candidate')?.kind, 'Answered');
  });

  it('are broken at once when they take too long, and how often that was in a row is counted until they are answered', async () => {
    const {asked, questions} = asking([late, late, died]);
    const times: (number | undefined)[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      questions.put(question(2));
      await settled();
      const answer = questions.of(uid).get('Candidate');
      times.push(answer?.kind === 'Broken' ? answer.times : undefined);
    }
    assert.deepEqual(times, [1, 2, 3, undefined]);
    assert.deepEqual(asked, [2, 2, 2, 2]);
  });

  it('of others come before one that broke is asked again', async () => {
    const {asked, questions} = asking([died]);
    for (const each of [question(2), other.question(5), third.question(7)]) questions.put(each);
    assert.equal(questions.waiting, 2);
    await settled();
    assert.deepEqual(asked, [2, 5, 7, 2]);
    assert.equal(questions.waiting, 0);
  });

  it('are not asked again after they broke if their log has gone on, or if their search is gone', async () => {
    const {asked, questions} = asking([died, died]);
    questions.put(question(2));
    questions.put(question(3));
    await settled();
    assert.deepEqual(asked, [2, 3, 3]);
    const gone = asking([died]);
    gone.questions.put(question(2));
    gone.questions.forget(uid);
    await settled();
    assert.deepEqual(gone.asked, [2]);
  });

  it('are not asked any more once closed: none that waits, none that comes, and none again; nor is any trouble told', async () => {
    for (const failures of [[], [died], [late]]) {
      const {asked, heard, questions} = asking(failures);
      questions.put(question(2));
      questions.put(other.question(5));
      questions.close();
      questions.put(third.question(7));
      assert.equal(questions.waiting, 0);
      await settled();
      assert.deepEqual(asked, [2]);
      assert.deepEqual(heard, []);
    }
  });

  it('are asked though whoever hears of answers fails, which is told as trouble', async () => {
    const failing = (): never => {
      throw new Error('nobody hears');
    };
    const {asked, heard, questions} = asking([], {onAnswer: failing});
    for (const each of [question(2), other.question(5)]) questions.put(each);
    await settled();
    assert.deepEqual(asked, [2, 5]);
    assert.deepEqual(heard, ['trouble: nobody hears', 'trouble: nobody hears']);
  });

  it('are asked though whoever hears of trouble fails too, which is a rejection that nobody handles', () => {
    const lines = `
      import {Questions} from ${JSON.stringify(import.meta.resolve('../../../operator/asking/questions.ts'))};
      const failing = () => {
        throw new Error('nobody hears');
      };
      const ask = ({key}) => {
        console.log(key);
        return key === 'second' ? Promise.reject(new Error('the thread died')) : Promise.resolve({kind: 'Wait'});
      };
      const clock = {now: () => 0};
      const questions = new Questions({asker: {ask}, clock, onAnswer: failing, onTrouble: failing});
      for (const key of ['first', 'second', 'third'])
        questions.put({search: {metadata: {uid: key, name: key}}, purpose: 'Candidate', trials: [], told: [], key});
      setImmediate(() => console.log(questions.of('first').get('Candidate').kind, questions.of('second').get('Candidate').kind));
    `;
    const flags = ['--unhandled-rejections=warn', '--input-type=module', '--eval', lines];
    const {stdout, stderr} = spawnSync(process.execPath, flags, {encoding: 'utf8'});
    assert.deepEqual(stdout.trim().split('\n'), ['first', 'second', 'third', 'second', 'Answered Broken'], stderr);
    assert.match(stderr, /nobody hears/);
  });

  it('are asked one at a time, of each log the newest', async () => {
    const {asked, questions} = asking();
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
