import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Stored} from '../../api/meta.ts';
import {labels} from '../../api/pod.ts';
import type {Attempt, Trial, TrialStatus} from '../../api/trial.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import {aSearch, aTrial} from '../builders.ts';
import {Mirror} from './mirror.ts';
import {TrialAudit} from './trial-audit.ts';

const trial = (index: number, status?: TrialStatus, spec: Partial<Trial['spec']> = {}, uid = `t${String(index)}`) =>
  aTrial({
    metadata: {name: `search-c${String(index)}`, uid, labels: {[labels.searchUid]: 'uid-of-search'}},
    spec: {index, ...spec},
    ...(status !== undefined && {status}),
  });

const attempt = (uid: string): Attempt => ({
  pod: 'pod',
  uid,
  reason: 'Completed',
  message: '',
  finishedAt: '2026-01-01T00:00:00Z',
  gpuMilliseconds: 1,
  microDollars: 0,
  wasted: false,
});
const report = {index: 1, kind: 'scored', values: {accuracy: 1}, epoch: 4, cost: 1} as const;

/** What the audit says of these writes, one after the other. */
function audited(...writes: readonly Stored<Trial>[]): readonly string[] {
  const mirror = new Mirror();
  const search = aSearch();
  mirror.apply({rv: 1, kind: 'ArchitectureSearch', key: keyOf(search.metadata), object: search});
  const audit = new TrialAudit(mirror);
  for (const [at, object] of writes.entries()) {
    const entry = {rv: at + 2, kind: 'Trial' as const, key: keyOf(object.metadata), object};
    const before = mirror.before(entry) as Stored<Trial> | undefined;
    audit.observe(entry, before?.metadata.uid === object.metadata.uid ? before : undefined);
    mirror.apply(entry);
  }
  audit.close();
  return audit.violations;
}

test('a log without gaps whose Trials end once breaks nothing', () => {
  const done: TrialStatus = {phase: 'Succeeded', attempts: [attempt('p1')]};
  assert.deepEqual(
    audited(trial(1), trial(2), trial(1, {phase: 'Running'}), trial(1, done), trial(3, undefined, {after: [report]})),
    [],
  );
});

const breaches: Readonly<Record<string, readonly [RegExp, readonly Stored<Trial>[]]>> = {
  'a gap': [/has index 3, the next one is 2/, [trial(1), trial(3)]],
  'a name that is used twice': [/created twice/, [trial(1), trial(1, undefined, {}, 'another')]],
  'a spec that changes': [/spec of search-c1 changed/, [trial(1), trial(1, undefined, {seed: 7})]],
  'a terminal status that changes': [
    /terminal status of search-c1 changed/,
    [trial(1), trial(1, {phase: 'Failed'}), trial(1, {phase: 'Succeeded'})],
  ],
  'an attempt that is lost': [
    /lost an attempt/,
    [trial(1), trial(1, {phase: 'Pending', attempts: [attempt('p1')]}), trial(1, {phase: 'Pending', attempts: []})],
  ],
  'an attempt that is written twice': [
    /has an attempt twice/,
    [trial(1), trial(1, {phase: 'Pending', attempts: [attempt('p1'), attempt('p1')]})],
  ],
  'an attempt of two Trials': [
    /an attempt of two trials/,
    [
      trial(1),
      trial(2),
      trial(1, {phase: 'Pending', attempts: [attempt('p1')]}),
      trial(2, {phase: 'Pending', attempts: [attempt('p1')]}),
    ],
  ],
  'a report that is folded twice': [
    /folded a report twice/,
    [trial(1), trial(2, undefined, {after: [report]}), trial(3, undefined, {after: [report]})],
  ],
};
for (const [sentence, [violation, writes]] of Object.entries(breaches))
  test(`the audit finds ${sentence}`, () => {
    assert.match(audited(...writes).join('; '), violation);
  });
