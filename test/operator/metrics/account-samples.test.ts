import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {useOutcomes} from '../../../api/ledger.ts';
import {accountSamples} from '../../../operator/metrics/account-samples.ts';
import {admit, settle, usedOf} from '../../../operator/ledger.ts';
import {aLedger} from '../../builders.ts';
import {valuesOf} from './samples.ts';

const labels = {namespace: 'team', search: 'search'};
const day = '2026-01-01';

test('the uses of all outcomes together are what the ledger holds, to the millisecond and the micro-dollar, and none ever falls', () => {
  const step = fc.record({
    gpuMilliseconds: fc.integer({min: 0, max: 100_000_000}),
    microDollars: fc.integer({min: 0, max: 1_000_000_000}),
    outcome: fc.constantFrom(...useOutcomes),
  });
  const sum = (values: Readonly<Record<string, number>>): number => Object.values(values).reduce((a, b) => a + b, 0);
  fc.assert(
    fc.property(fc.array(step, {maxLength: 40}), (steps) => {
      let ledger = aLedger({spec: {limit: {}}}).spec;
      let before: Record<string, number> = {};
      for (const [at, {outcome, ...charge}] of steps.entries()) {
        const uid = `uid-${String(at)}`;
        const reservation = {...charge, pod: uid, trial: uid, share: 'Candidates'} as const;
        ledger = settle(admit(ledger, uid, reservation) ?? ledger, {uid, charge, outcome, day});
        const samples = accountSamples('search', labels, ledger);
        const seconds = valuesOf(samples, 'archsearch_search_used_gpu_seconds_total');
        const dollars = valuesOf(samples, 'archsearch_search_used_cost_dollars_total');
        assert.equal(Math.round(sum(seconds) * 1000), usedOf(ledger).gpuMilliseconds);
        assert.equal(Math.round(sum(dollars) * 1_000_000), usedOf(ledger).microDollars);
        for (const [name, value] of Object.entries(before)) assert.ok((seconds[name] ?? 0) >= value, name);
        before = seconds;
      }
    }),
    {numRuns: 100},
  );
});

test('what an earlier version has settled without an outcome is Unknown', () => {
  const used = {[day]: {gpuMilliseconds: 5000, microDollars: 0}};
  const {spec} = aLedger({spec: {used, usedByOutcome: {Useful: {gpuMilliseconds: 3000, microDollars: 0}}}});
  const uses = valuesOf(accountSamples('search', labels, spec), 'archsearch_search_used_gpu_seconds_total');
  assert.deepEqual(uses, {Useful: 3, StoppedEarly: 0, Failed: 0, Preempted: 0, Unknown: 2});
});

test('what is left is the limit less what is used and what is reserved', () => {
  const reserved = {
    gpuMilliseconds: 600_000,
    microDollars: 0,
    pod: 'pod',
    trial: 'trial',
    share: 'Candidates',
  } as const;
  const {spec} = aLedger({spec: {open: {uid: reserved}, used: {[day]: {gpuMilliseconds: 1_000_000, microDollars: 0}}}});
  const samples = accountSamples('search', labels, spec);
  assert.deepEqual(valuesOf(samples, 'archsearch_search_limit_gpu_seconds'), {'': 3600});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_reserved_gpu_seconds'), {'': 600});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_remaining_gpu_seconds'), {'': 2000});
});

test('where nothing is limited there is no limit and nothing that remains', () => {
  const names = accountSamples('budget', {namespace: 'team', budget: 'team'}, aLedger({spec: {limit: {}}}).spec).map(
    ({name}) => name,
  );
  assert.deepEqual(
    names.filter((name) => /limit|remaining/.test(name)),
    [],
  );
});
