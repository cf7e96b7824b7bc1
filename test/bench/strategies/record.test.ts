import assert from 'node:assert/strict';
import {appendFileSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, describe, it} from 'node:test';
import {Findings} from '../../../bench/strategies/record.ts';
import type {Side} from '../../../bench/strategies/record.ts';

const folder = mkdtempSync(join(tmpdir(), 'archsearch-findings-'));
after(() => {
  rmSync(folder, {recursive: true});
});

/** Finds the seed's square, and remembers with which seeds it was measured. */
function squares(name: string): {side: Side<number>; measured: number[]} {
  const measured: number[] = [];
  const measure = (seeds: readonly number[]): number[] => {
    measured.push(...seeds);
    return seeds.map((seed) => seed ** 2);
  };
  return {side: {name, measure}, measured};
}

describe('what a bench found', () => {
  it('is not measured again by another run', async () => {
    const file = join(folder, 'again.jsonl');
    await new Findings({file}).take([squares('a').side], [1, 2, 3]);
    const {side, measured} = squares('a');
    const findings = new Findings({file});
    await findings.take([side], [2, 3, 4]);
    assert.deepEqual(measured, [4]);
    assert.deepEqual(findings.found(side, [1, 2, 3, 4]), [1, 4, 9, 16]);
  });

  it('is paired by seed, and only where both sides were measured', async () => {
    const findings = new Findings();
    const [ours, peer] = [squares('ours').side, squares('peer').side];
    await findings.take([ours], [1, 2, 3]);
    await findings.take([peer], [3, 2, 5]);
    assert.deepEqual(findings.paired(ours, peer, [1, 2, 3, 5]), {ours: [4, 9], peer: [4, 9]});
  });

  it('loses no more than the line that was being written when a run was killed', async () => {
    const file = join(folder, 'torn.jsonl');
    await new Findings({file}).take([squares('a').side], [1, 2]);
    appendFileSync(file, '{"side":"a","se');
    await new Findings({file}).take([squares('a').side], [1, 2, 3]);
    assert.deepEqual(new Findings({file}).found(squares('a').side, [1, 2, 3]), [1, 4, 9]);
  });

  it('is not begun once the time is up', async () => {
    const {side, measured} = squares('a');
    await new Findings({seconds: 0}).take([side], [1]);
    assert.deepEqual(measured, []);
  });

  it('is refused when it is no finite number', async () => {
    const side: Side<number> = {name: 'a', measure: () => [Infinity]};
    await assert.rejects(new Findings().take([side], [1]), /a, seed 1: .*Infinity/);
  });
});
