import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {Interruptions} from '../../trial-runner/interruption.ts';

describe('The deadline', () => {
  const rows: [string, number, number[], boolean][] = [
    ['is kept with two seconds to spare', 97.9, [], false],
    ['is reached two seconds before', 98, [], true],
    ['leaves room for the longest epoch', 90, [3, 10, 5], true],
    ['is not reached while the longest epoch fits', 89, [3, 10, 5], false],
  ];
  for (const [what, uptime, reserved, reached] of rows)
    it(what, () => {
      const interruptions = new Interruptions(100, () => uptime);
      for (const seconds of reserved) interruptions.reserve(seconds);
      assert.equal(interruptions.current()?.reason, reached ? 'DeadlineReached' : undefined);
    });

  it('comes after what was told first', () => {
    const interruptions = new Interruptions(1, () => 100);
    interruptions.tell({reason: 'StoppedEarly', why: 'first'});
    interruptions.tell({reason: 'Cancelled', why: 'second'});
    assert.deepEqual(interruptions.current(), {reason: 'StoppedEarly', why: 'first'});
  });
});
