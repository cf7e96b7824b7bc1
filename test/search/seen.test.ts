import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hash} from '../../search/hash.ts';
import {nothingSeen, remember, remembers} from '../../search/seen.ts';

const some = Array.from({length: 500}, (_, at) => hash(`${at}`));

test('what is remembered is known, and nothing else', () => {
  const seen = some.reduce(remember, nothingSeen);
  assert.ok(some.every((identity) => remembers(seen, identity)));
  assert.ok(!remembers(seen, hash('another')));
  assert.ok(some.every((identity) => !remembers(nothingSeen, identity)));
});

test('remembering twice changes nothing', () => {
  const seen = some.reduce(remember, nothingSeen);
  assert.equal(remember(seen, some[0] ?? ''), seen);
});

test('an addition shares every bucket but one with the set before it', () => {
  const before = some.reduce(remember, nothingSeen);
  const after = remember(before, hash('another'));
  assert.equal(after.filter((bucket, at) => bucket !== before[at]).length, 1);
});
