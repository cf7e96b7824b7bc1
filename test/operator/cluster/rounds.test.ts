import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {EventLoopWatch} from '../../../operator/cluster/event-loop.ts';
import {Rounds} from '../../../operator/cluster/rounds.ts';

test('no round is silent while none is under way', () => {
  const rounds = new Rounds();
  assert.deepEqual([rounds.running, rounds.silence], [0, 0]);
});

test('the round that has shown no sign for the longest is the one that counts', async () => {
  const rounds = new Rounds();
  rounds.begin('team/stuck');
  rounds.begin('team/busy');
  await pause(50);
  rounds.progressed('team/busy');
  assert.equal(rounds.running, 2);
  assert.ok(rounds.silence >= 49);
  rounds.end('team/stuck');
  assert.ok(rounds.silence < 49);
});

test('progress of a round that is over begins none', () => {
  const rounds = new Rounds();
  rounds.progressed('team/over');
  assert.equal(rounds.running, 0);
});

test('what blocks the event loop is seen by how late a timer fires', async () => {
  const delays: number[] = [];
  const watch = new EventLoopWatch((_name, seconds) => delays.push(seconds));
  const until = performance.now() + 600;
  while (performance.now() < until);
  await pause(50);
  watch.stop();
  assert.ok(Math.max(...delays) >= 0.3, delays.join());
  assert.ok(watch.blocked >= 300, String(watch.blocked));
});
