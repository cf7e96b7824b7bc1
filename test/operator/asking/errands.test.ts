import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Errands} from '../../../operator/asking/errands.ts';
import {RecordedSearch} from '../../questions.ts';

const [one, other] = [new RecordedSearch('Portfolio', {name: 'one'}), new RecordedSearch('Portfolio', {name: 'other'})];
const sent = ({known, entries}: {known: number; entries: readonly unknown[]}) => [known, entries.length];

test('of a log only what is new is sent', () => {
  const errands = new Errands();
  assert.deepEqual(
    [2, 5, 5].map((count) => sent(errands.of(one.question(count)))),
    [
      [0, 2],
      [2, 3],
      [5, 0],
    ],
  );
});

test('a log that lost a trial is sent whole', () => {
  const errands = new Errands();
  errands.of(one.question(4));
  assert.deepEqual(sent(errands.of(one.question(4, one.trials.slice(1, 5)))), [0, 4]);
});

test('whoever begins anew is sent everything', () => {
  const errands = new Errands();
  errands.of(one.question(4));
  errands.clear();
  assert.deepEqual(sent(errands.of(one.question(5))), [0, 5]);
});

test('no more trials are kept folded than there is room for: those of the log that was asked about longest ago go', () => {
  const errands = new Errands(6);
  errands.of(one.question(4));
  assert.deepEqual(errands.of(other.question(3)).forget, ['uid-of-one/Candidate']);
  assert.deepEqual(sent(errands.of(one.question(4))), [0, 4]);
});

test('a log of more trials than there is room for is kept while it is the last', () => {
  const errands = new Errands(3);
  assert.deepEqual(errands.of(one.question(5)).forget, []);
  assert.deepEqual(sent(errands.of(one.question(6))), [5, 1]);
});
