import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Worker} from 'node:worker_threads';
import {instant} from '../../../api/quantities.ts';
import {TookTooLong} from '../../../operator/asking/question.ts';
import {Questions} from '../../../operator/asking/questions.ts';
import {ThreadAsker} from '../../../operator/thread/asker.ts';
import {askerContract} from '../../contract/asker.ts';
import {RecordedSearch} from '../../questions.ts';

/** The threads that this process begins from now on. */
function watchThreads(): {readonly begun: readonly Worker[]; stop(): void} {
  const begun: Worker[] = [];
  const onWorker = (worker: Worker): void => void begun.push(worker);
  process.on('worker', onWorker);
  return {begun, stop: () => void process.off('worker', onWorker)};
}

askerContract('a thread', () => {
  const asker = new ThreadAsker();
  const threads = watchThreads();
  return {
    asker,
    interrupt: async () => {
      await threads.begun.at(-1)?.terminate();
    },
    close: async () => {
      threads.stop();
      await asker.close();
    },
  };
});

test('a question that takes too long is given up', async () => {
  const asker = new ThreadAsker(1);
  await assert.rejects(asker.ask(new RecordedSearch('Portfolio').question(3)), (error) => {
    assert.ok(error instanceof TookTooLong);
    assert.match(error.message, /no answer within 0.001 s/);
    return true;
  });
});

test('once it is closed every question is rejected, the one under way too, and no thread is begun', async () => {
  const threads = watchThreads();
  const asker = new ThreadAsker();
  const search = new RecordedSearch('Portfolio');
  await asker.ask(search.question(3));
  const underWay = assert.rejects(asker.ask(search.question(5)), /its thread was ended/);
  const closed = asker.close();
  await underWay;
  await closed;
  await assert.rejects(asker.ask(search.question(6)), /its thread was closed/);
  await new Promise(setImmediate);
  threads.stop();
  assert.equal(threads.begun.length, 1);
});

test('questions that are closed before their asker leave no thread behind, and tell no trouble', async () => {
  const threads = watchThreads();
  const asker = new ThreadAsker();
  const heard: unknown[] = [];
  const listen = (what: unknown): void => void heard.push(what);
  const clock = {now: () => instant(0)};
  const questions = new Questions({asker, clock, onAnswer: listen, onTrouble: listen});
  for (const name of ['one', 'other']) questions.put(new RecordedSearch('Portfolio', {name}).question(5));
  questions.close();
  await asker.close();
  await new Promise(setImmediate);
  threads.stop();
  assert.equal(threads.begun.length, 1);
  assert.deepEqual(heard, []);
});
