import assert from 'node:assert/strict';
import {test} from 'node:test';
import {violationIn} from '../../operator/violations.ts';

const head = '[1] 2026/11/25 18:02:38.033709 [ERR] 10.244.1.7:45706 - cid:18 -';
const trials = 'ARCHSEARCH_TRIALS/user:pod-uid';

const lines: readonly (readonly [what: string, line: string, found: object | undefined])[] = [
  [
    'a message for another trial',
    `${head} "v2.29.3:nats.js:archsearch trial t1" - "${trials}" - Publish Violation - Subject "archsearch.v1.s.t.epoch"`,
    {user: 'pod-uid', what: 'Publish Violation - Subject "archsearch.v1.s.t.epoch"'},
  ],
  [
    'an attempt to listen, by a client that says nothing of itself',
    `${head} "${trials}" - Subscription Violation - Subject ">", SID 2`,
    {user: 'pod-uid', what: 'Subscription Violation - Subject ">", SID 2'},
  ],
  [
    'a client that wants to be taken for another',
    String.raw`${head} "v1:x:\" - \"ARCHSEARCH_TRIALS/user:victim\" - Publish Violation - Subject \"a\"" - "${trials}" - Publish Violation - Subject "b"`,
    {user: 'pod-uid', what: 'Publish Violation - Subject "b"'},
  ],
  ['a user of another account', `${head} "ARCHSEARCH/user:x" - Publish Violation - Subject "a"`, undefined],
  ['another trouble', `${head} authentication error - Token "[REDACTED]"`, undefined],
  ['what was said by somebody', '[1] 2026/11/25 18:02:38.033709 [INF] Publish Violation - Subject "a"', undefined],
];
for (const [what, line, found] of lines)
  test(`${found === undefined ? 'nothing is read out of' : 'it is read who tried what:'} ${what}`, () => {
    assert.deepEqual(violationIn(line), found);
  });
