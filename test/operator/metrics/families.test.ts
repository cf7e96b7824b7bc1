import assert from 'node:assert/strict';
import {test} from 'node:test';
import {families} from '../../../operator/metrics/families.ts';
import type {Family} from '../../../operator/metrics/family.ts';

/** Of each there are few: none grows with trials, Pods or time. */
const bounded: ReadonlySet<string> = new Set([
  ...['namespace', 'search', 'budget', 'task', 'search_space', 'strategy', 'objective', 'goal'],
  ...['phase', 'purpose', 'reason', 'condition', 'state', 'stage', 'outcome'],
  ...['version', 'action', 'verb', 'code', 'kind', 'activity', 'cause'],
]);

test('no label grows with trials', () => {
  for (const [name, {labels}] of Object.entries<Family>(families))
    assert.deepEqual(
      labels.filter((label) => !bounded.has(label)),
      [],
      name,
    );
});

test('buckets ascend', () => {
  for (const [name, {type, buckets}] of Object.entries<Family>(families)) {
    assert.equal(buckets !== undefined, type === 'histogram', name);
    assert.deepEqual(
      buckets ?? [],
      (buckets ?? []).toSorted((a, b) => a - b),
      name,
    );
  }
});
