import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {failureOf, TrialFailure} from '../../trial-runner/failure.ts';

const allocate = (make: () => unknown): unknown => {
  try {
    return make();
  } catch (error) {
    return error;
  }
};

describe('Any error has a reason', () => {
  const rows: [string, unknown, TrialFailure['reason'], RegExp][] = [
    ['a failure keeps its own', new TrialFailure('BadData', 'row 3'), 'BadData', /^row 3$/],
    [
      'memory that V8 cannot give',
      allocate(() => new Float32Array(2 ** 45)),
      'OutOfMemory',
      /memory ran out.*batchSize/,
    ],
    ['a buffer that V8 cannot give', allocate(() => new ArrayBuffer(2 ** 50)), 'OutOfMemory', /memory ran out/],
    [
      'memory that TensorFlow cannot give',
      new Error('Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[2097152,2097152] and type float'),
      'OutOfMemory',
      /memory ran out/,
    ],
    ['anything else says its first line', new Error('one\ntwo'), 'RunnerError', /^one$/],
    ['what is no Error says itself', 'text', 'RunnerError', /^text$/],
  ];
  for (const [what, error, reason, message] of rows)
    it(what, () => {
      const failure = failureOf(error);
      assert.equal(failure.reason, reason);
      assert.match(failure.message, message);
    });
});
