import assert from 'node:assert/strict';
import {test} from 'node:test';
import {maximumBlobBytes} from '../../api/blob.ts';
import {blobMessages} from '../../api/blob.ts';
import {subjects} from '../../api/subjects.ts';
import {Conduct, crowdersAmong, trialLimits} from '../../operator/conduct.ts';

const one = {search: 'search', trial: 'one'};
const two = {search: 'search', trial: 'two'};
const limits = {messagesPerMinute: 10, bytesPerMinute: 1000, blobMessages: 3};
const minute = 60_000;
const said = (from = one, at = 0, bytes = 2) => ({subject: subjects.message(from, 'epoch'), bytes, at});

/** Each row: what is said, one after the other, and which of it is too much. */
const courses = [
  ['as many messages as there may be in a minute', Array.from({length: 10}, () => said()), []],
  ['one message more, told once', Array.from({length: 15}, () => said()), [10]],
  ['too many bytes', [said(one, 0, 600), said(one, 1, 401)], [1]],
  ['as much in each of two minutes', Array.from({length: 20}, (_, at) => said(one, at < 10 ? 0 : minute)), []],
  ['too many in each of two minutes', Array.from({length: 22}, (_, at) => said(one, at < 11 ? 0 : minute)), [10, 21]],
  ['as much by each of two', Array.from({length: 20}, (_, at) => said(at % 2 === 0 ? one : two)), []],
  ['too much on subjects of nobody', Array.from({length: 20}, () => ({subject: 'others', bytes: 2, at: 0})), []],
] as const;
for (const [what, messages, tooMuch] of courses)
  test(`of ${what}, what is too much is told`, () => {
    const conduct = new Conduct(limits);
    const found = messages.flatMap((message, at) => (conduct.count(message) === undefined ? [] : [at]));
    assert.deepEqual(found, tooMuch);
  });

test('who said too much is named, with what was said and what might have been', () => {
  const conduct = new Conduct(limits);
  for (let at = 0; at < 10; at++) conduct.count(said(two));
  assert.deepEqual(conduct.count(said(two)), {
    from: two,
    reason: 'TooManyMessages',
    message: "11 messages of 22 bytes within a minute, and 10 of 1000 bytes are a trial's",
  });
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
