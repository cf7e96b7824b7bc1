import assert from 'node:assert/strict';
import {test} from 'node:test';
import {blobMessages, maximumBlobBytes} from '../../api/blob.ts';
import {subjects} from '../../api/subjects.ts';
import {Conduct, crowdersAmong, trialLimits} from '../../operator/conduct.ts';

const one = {search: 'search', trial: 'one'};
const two = {search: 'search', trial: 'two'};
const limits = {messagesPerMinute: 10, bytesPerMinute: 1000, connections: 2, blobMessages: 3};
const minute = 60_000;
/** Of one connection, which was just made: its Pod, and what it has sent. */
const traffic = (id: string, user: string, messages: number, bytes = messages) => ({id, user, age: 0, messages, bytes});
type Look = readonly [at: number, connections: readonly ReturnType<typeof traffic>[], floods: readonly string[]];

/** Each row: what is seen at each look, and who has sent too much by then. The first look is at nobody, if it is not told. */
const courses: readonly (readonly [what: string, looks: readonly Look[]])[] = [
  ['as much as a trial may send is left alone', [[0, [traffic('1', 'a', 10)], []]]],
  [
    'one message more is too much, and told once',
    [
      [0, [traffic('1', 'a', 11)], ['a']],
      [5, [traffic('1', 'a', 30)], []],
    ],
  ],
  ['too many bytes are too much', [[0, [traffic('1', 'a', 1, 1001)], ['a']]]],
  [
    'what is sent in another minute is another minute’s',
    [
      [0, [traffic('1', 'a', 10)], []],
      [minute, [traffic('1', 'a', 20)], []],
      [2 * minute, [traffic('1', 'a', 31)], ['a']],
    ],
  ],
  ['the connections of a Pod are counted together', [[0, [traffic('1', 'a', 6), traffic('2', 'a', 6)], ['a']]]],
  ['those of two Pods are not', [[0, [traffic('1', 'a', 6), traffic('2', 'b', 6)], []]]],
];
for (const [what, looks] of courses)
  test(`of what connections send, ${what}`, () => {
    const conduct = new Conduct(limits);
    conduct.look([], 0);
    for (const [at, connections, floods] of looks)
      assert.deepEqual(
        conduct.look(connections, at).map(({user}) => user),
        floods,
      );
  });

test('what was sent before the first look is nobody’s flood, and what is sent after it is', () => {
  const conduct = new Conduct(limits);
  assert.deepEqual(conduct.look([traffic('1', 'a', 5000)], 0), []);
  assert.deepEqual(conduct.look([traffic('1', 'a', 5010)], 1), []);
  assert.equal(conduct.look([traffic('1', 'a', 5011)], 2).length, 1);
  conduct.forget();
  assert.deepEqual(conduct.look([traffic('1', 'a', 9000)], 3), []);
});

test('who sends much and is gone before the next look is found out all the same', () => {
  const conduct = new Conduct(limits);
  conduct.look([traffic('1', 'a', 8)], 0);
  assert.deepEqual(conduct.ended(traffic('1', 'a', 12), 1), []);
  assert.deepEqual(conduct.ended(traffic('2', 'a', 7), 2), [
    {
      user: 'a',
      reason: 'TooManyMessages',
      message: "11 messages of 11 bytes within a minute, and 10 of 1000 bytes are a trial's",
    },
  ]);
});

test('a connection that a look has missed is not counted as made since', () => {
  const conduct = new Conduct(limits);
  conduct.look([], 0);
  const old = {...traffic('1', 'a', 5000), age: 60_000};
  assert.deepEqual(conduct.ended({...old, id: '2'}, 5000), []);
  assert.deepEqual(conduct.look([old], 5000), []);
  assert.equal(conduct.look([{...old, messages: 5011}], 10_000).length, 1);
});

test('what a connection had sent when it ended is counted once, though a look that began before still shows it', () => {
  const conduct = new Conduct(limits);
  conduct.look([traffic('1', 'a', 0)], 0);
  assert.deepEqual(conduct.ended(traffic('1', 'a', 8), 1), []);
  assert.deepEqual(conduct.look([traffic('1', 'a', 8)], 2), []);
  assert.deepEqual(conduct.look([traffic('2', 'a', 2)], 3), []);
  assert.equal(conduct.look([traffic('2', 'a', 3)], 4).length, 1);
});

test('more connections at a time than a trial needs are too many, and found at the first look', () => {
  const conduct = new Conduct(limits);
  const own = ['1', '2', '3'].map((id) => traffic(id, 'a', 0));
  assert.deepEqual(conduct.look([...own, traffic('4', 'b', 0)], 0), [
    {user: 'a', reason: 'TooManyConnections', message: "3 connections at a time, and 2 are a trial's"},
  ]);
  assert.deepEqual(conduct.look(own.slice(1), 1), []);
});

test('more connections than are remembered elsewhere are counted each by what it sends, not by its whole life', () => {
  const conduct = new Conduct(limits);
  const all = Array.from({length: 12_000}, (_, at) => ({
    ...traffic(String(at), `pod-${String(at)}`, 500),
    age: 9_000_000,
  }));
  for (const at of [0, 5000, 10_000]) assert.deepEqual(conduct.look(all, at), []);
});

test('whoever has more chunks than there may be is found among all', () => {
  const counts = {
    [subjects.blobChunk(one, 'a', 0)]: 1,
    [subjects.blobChunk(one, 'a', 1)]: 1,
    [subjects.blobManifest(one, 'a')]: 1,
    ...Object.fromEntries(Array.from({length: 4}, (_, at) => [subjects.blobChunk(two, 'b', at), 1])),
  };
  assert.deepEqual(crowdersAmong(counts, limits.blobMessages), [two]);
});

test('the largest model that there can be may be kept twice over', () => {
  const largest = [...blobMessages({address: one, name: 'model'}, new Uint8Array(maximumBlobBytes))].length;
  assert.ok(2 * largest < trialLimits.blobMessages, String(largest));
});
