import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {score} from '../../trial-runner/metrics.ts';

const examples = (targets: readonly number[]) => ({
  count: targets.length,
  shape: [1],
  inputs: new Float32Array(targets.length),
  targets: Float32Array.from(targets),
});
const close = (actual: number | undefined, expected: number): void => {
  assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-6, `${String(actual)} is not ${String(expected)}`);
};

describe('Metrics', () => {
  it('of classes: accuracy, mean recall of the classes present, cross-entropy in nats', () => {
    const logits = Float32Array.from([0, 0, Math.log(2), 0, Math.log(2), 0, Math.log(2), 0, 0, 0, Math.log(2), 0]);
    const {values, perExample} = score(logits, examples([2, 1, 0, 1]), {kind: 'classes', names: ['a', 'b', 'c']});
    assert.deepEqual(perExample, [1, 1, 1, 1]);
    assert.deepEqual([values['accuracy'], values['balancedAccuracy']], [1, 1]);
    close(values['crossEntropy'], Math.log(2));
    const wrong = score(logits, examples([2, 1, 1, 1]), {kind: 'classes', names: ['a', 'b', 'c']});
    assert.deepEqual(wrong.perExample, [1, 1, 0, 1]);
    close(wrong.values['accuracy'], 3 / 4);
    close(wrong.values['balancedAccuracy'], (1 + 2 / 3) / 2);
  });

  it('of classes do not overflow', () => {
    const {values} = score(Float32Array.from([1000, -1000]), examples([1]), {kind: 'classes', names: ['a', 'b']});
    close(values['crossEntropy'], 2000);
  });

  it('of numbers: in the unit of the target', () => {
    const outputs = Float32Array.from([0, 1, 2]);
    const {values, perExample} = score(outputs, examples([0, 1, 1]), {kind: 'number', mean: 5, deviation: 10});
    assert.deepEqual(perExample, [0, 0, 100]);
    close(values['rmse'], Math.sqrt(100 / 3));
    close(values['mae'], 10 / 3);
    close(values['r2'], 1 - 100 / 3 / (200 / 9));
  });

  it('that are not finite stay so', () => {
    const {values} = score(Float32Array.from([NaN, 0]), examples([0]), {kind: 'classes', names: ['a', 'b']});
    assert.ok(Number.isNaN(values['crossEntropy']));
  });
});
