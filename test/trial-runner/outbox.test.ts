import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {TrialMessage} from '../../api/protocol.ts';
import {Outbox} from '../../trial-runner/outbox.ts';

const event = (step: number): TrialMessage => ({kind: 'event', step, event: 'Started', message: ''});
const epoch = (step: number): TrialMessage => ({kind: 'epoch', step, point: {epoch: step, values: {}}});
const result = (step: number): TrialMessage => ({kind: 'result', step});

function contents(outbox: Outbox): string[] {
  const all: string[] = [];
  for (let first = outbox.first; first !== undefined; first = outbox.first) {
    all.push(`${first.kind} ${String(first.step)}`);
    outbox.remove(first);
  }
  return all;
}

describe('An outbox of three', () => {
  for (const {rule, added, left} of [
    {
      rule: 'gives messages out in the order they came in',
      added: [event(0), epoch(1), result(1)],
      left: ['event 0', 'epoch 1', 'result 1'],
    },
    {
      rule: 'drops events before epochs',
      added: [epoch(1), event(1), epoch(2), epoch(3)],
      left: ['epoch 1', 'epoch 2', 'epoch 3'],
    },
    {
      rule: 'drops the oldest epochs first',
      added: [epoch(1), epoch(2), epoch(3), epoch(4), epoch(5)],
      left: ['epoch 3', 'epoch 4', 'epoch 5'],
    },
    {
      rule: 'keeps the result',
      added: [epoch(1), epoch(2), epoch(3), result(3)],
      left: ['epoch 2', 'epoch 3', 'result 3'],
    },
  ])
    it(rule, () => {
      const outbox = new Outbox(3);
      for (const message of added) outbox.add(message);
      assert.deepEqual(contents(outbox), left);
    });
});
