import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {WorkQueue} from '../../../operator/cluster/queue.ts';

const forever = new AbortController().signal;

test('a key is in the queue once, however often it is added', async () => {
  const queue = new WorkQueue();
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
  assert.equal(queue.depth, 2);
  assert.deepEqual([await queue.take(forever), await queue.take(forever)], ['a', 'b']);
});

test('a key that is worked on is not given to another, and comes again afterwards if it was added meanwhile', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  assert.equal(await queue.take(forever), 'a');
  queue.add('a');
  queue.add('a');
  assert.equal(queue.depth, 0);
  queue.done('a');
  assert.equal(queue.depth, 1);
  assert.equal(await queue.take(forever), 'a');
  queue.done('a');
  assert.equal(queue.depth, 0);
});

test('whoever waits gets the next key', async () => {
  const queue = new WorkQueue();
  const waiting = [queue.take(forever), queue.take(forever)];
  queue.add('a');
  queue.add('b');
  assert.deepEqual((await Promise.all(waiting)).toSorted(), ['a', 'b']);
});

test('a key that was put off comes in its time, and the earlier of two appointments stands', async () => {
  const queue = new WorkQueue();
  queue.addAfter('a', 10);
  queue.addAfter('a', 5000);
  queue.addAfter('b', 5000);
  queue.addAfter('b', 10);
  assert.equal(queue.depth, 0);
  assert.deepEqual([await queue.take(forever), await queue.take(forever)].toSorted(), ['a', 'b']);
  queue.close();
});

test('nobody waits for ever once the work has ended', async () => {
  const queue = new WorkQueue();
  const ending = new AbortController();
  const waiting = queue.take(ending.signal);
  await pause(5);
  ending.abort();
  assert.equal(await waiting, undefined);
});

test('a key goes to whoever still waits, not to one that has given up', async () => {
  const queue = new WorkQueue();
  const gaveUp = new AbortController();
  const woken = new AbortController();
  const former = [queue.take(gaveUp.signal), queue.take(woken.signal)];
  gaveUp.abort();
  const next = queue.take(forever);
  queue.add('a');
  woken.abort();
  assert.deepEqual(await Promise.all(former), [undefined, undefined]);
  assert.equal(await next, 'a');
});
