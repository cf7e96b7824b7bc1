import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {describe, it} from 'node:test';
import {parseTermination, terminationBytes, type TerminationRecord} from '../../api/protocol.ts';
import {encodeTermination, terminationLog} from '../../trial-runner/termination.ts';

const objective = {metric: 'balancedAccuracy', goal: 'Maximize'};
const values = (seed: number): Record<string, number> => ({
  accuracy: Math.abs(Math.sin(seed)),
  balancedAccuracy: Math.abs(Math.sin(seed * 2)),
  crossEntropy: 123456 + Math.sin(seed) / 1e7,
});
const curve = (points: number) =>
  Array.from({length: points}, (_, epoch) => ({epoch: epoch + 99000, values: values(epoch + 1)}));
const worst: TerminationRecord = {
  version: 1,
  state: 'Stopped',
  reason: 'UnsupportedArchitecture',
  message: '\u{1F600}"\\'.repeat(128),
  values: {...values(3), parameters: 123456789012, flops: 987654321098765, latencyMilliseconds: 1 / 3},
  perModel: Array.from({length: 50}, (_, index) => values(index)),
  epoch: 100000,
  epochs: 100000,
  curve: curve(100000),
  data: {input: [4096, 4096, 1024], outputs: 1000, examples: 1234567890},
  timing: {startSeconds: 100 / 3, epochSeconds: 1e5 / 3},
  device: 'x'.repeat(64),
};

const decoded = (record: TerminationRecord): TerminationRecord => {
  const bytes = encodeTermination(record, objective);
  assert.equal(bytes.length, terminationBytes);
  const parsed = parseTermination(bytes.toString());
  assert.ok(parsed !== undefined);
  return parsed;
};
const best = (points: TerminationRecord['curve']): number =>
  Math.max(...(points ?? []).map((point) => point.values['balancedAccuracy'] ?? 0));

describe('A termination record', () => {
  const {perModel: _perModel, ...training} = worst;
  const {curve: _curve, ...scoring} = worst;
  for (const [what, record] of [
    ['everything at its largest', worst],
    ['the longest training', training],
    ['the widest scoring', scoring],
  ] as const)
    it(`fits at the worst case: ${what}`, () => {
      const {state, reason, values: kept, epoch, epochs} = decoded(record);
      assert.deepEqual([state, reason, epoch, epochs], [worst.state, worst.reason, worst.epoch, worst.epochs]);
      assert.deepEqual(Object.keys(kept ?? {}), Object.keys(worst.values ?? {}));
    });

  it('keeps one metric of every scored model when all do not fit: the objective', () => {
    const {perModel} = decoded(scoring);
    assert.equal(perModel?.length, 50);
    assert.deepEqual(Object.keys(perModel[0] ?? {}), ['balancedAccuracy']);
  });

  for (const points of [1, 2, 19, 20, 21, 500])
    it(`keeps the last and the best of ${String(points)} points of the curve, at most 20`, () => {
      const given = curve(points);
      const kept = decoded({version: 1, state: 'Running', curve: given}).curve ?? [];
      assert.ok(kept.length <= 20 && kept.length >= Math.min(points, 10), String(kept.length));
      assert.equal(kept.at(-1)?.epoch, given.at(-1)?.epoch);
      assert.ok(Math.abs(best(kept) - best(given)) < 1e-6);
      assert.deepEqual(
        [...kept].sort((a, b) => a.epoch - b.epoch),
        kept,
      );
    });

  it('has numbers of seven significant digits', () => {
    const {values: kept} = decoded({version: 1, state: 'Running', values: {a: 1 / 3, b: 123456789}});
    assert.deepEqual(kept, {a: 0.3333333, b: 123456789});
  });
});

describe('The termination log', () => {
  it('is written over in place, whatever was there', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'archsearch-log-'));
    try {
      const file = path.join(directory, 'log');
      for (const before of [undefined, '', 'x'.repeat(terminationBytes)]) {
        if (before !== undefined) writeFileSync(file, before);
        const log = terminationLog(file, objective);
        log.write({version: 1, state: 'Running', message: 'a'.repeat(400)});
        log.write({version: 1, state: 'Running', epoch: 1});
        const text = readFileSync(file, 'utf8');
        assert.equal(text.length, terminationBytes);
        assert.deepEqual(parseTermination(text), {version: 1, state: 'Running', epoch: 1});
      }
    } finally {
      rmSync(directory, {recursive: true});
    }
  });
});
