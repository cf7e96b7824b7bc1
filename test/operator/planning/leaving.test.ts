import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Stored} from '../../../api/meta.ts';
import {accountFinalizer, annotations, trialFinalizer} from '../../../api/pod.ts';
import type {Pod} from '../../../api/pod.ts';
import type {LedgerSpec} from '../../../api/ledger.ts';
import type {ArchitectureSearch} from '../../../api/search.ts';
import type {Departure} from '../../../operator/observed.ts';
import {aLedger, aPod, aSearch, aTrial} from '../../builders.ts';
import {accepted, conditionOf, kindsOf, planOf, searchOf, statusOf, time} from './situations.ts';
import type {Seen} from './situations.ts';

// archsearch is taken off the cluster, and comes back.

const genotype = {widths: [64], activation: 'relu', dropout: 0, normalization: 'Identity', residual: false};
const trialWith = (finalizers: readonly string[]) =>
  aTrial({
    metadata: {finalizers},
    spec: {architecture: {family: 'SearchSpace', type: 'Tabular', genotype}},
    status: {phase: 'Running'},
  });
const trial = trialWith([trialFinalizer]);
const podWith = (parts: Partial<Pick<Pod, 'spec' | 'status'>>, deletionTimestamp?: string): Stored<Pod> =>
  aPod({
    metadata: {
      name: 'search-c1-1',
      annotations: {[annotations.trial]: 'search-c1', [annotations.share]: 'Candidates'},
      ...(deletionTimestamp && {deletionTimestamp}),
    },
    ...parts,
  });
const spec = {...aPod().spec, schedulingGates: [], nodeName: 'node-a'};
const runs = podWith({
  spec,
  status: {phase: 'Running', startTime: time(10), containerStatuses: [{name: 'trial', state: {running: {}}}]},
});
const terminated = {exitCode: 143, startedAt: time(10), finishedAt: time(50)};
const hasEnded = podWith(
  {
    spec,
    status: {phase: 'Failed', startTime: time(10), containerStatuses: [{name: 'trial', state: {terminated}}]},
  },
  time(40),
);
const open: LedgerSpec['open'] = {
  [runs.metadata.uid]: {
    pod: 'search-c1-1',
    trial: 'search-c1',
    share: 'Candidates',
    gpuMilliseconds: 120_000,
    microDollars: 0,
  },
};
const reserving = aLedger({spec: {open}});
const lettingGo = ['ReleaseTrial', 'ReleaseLedger', 'ReleaseSearch'];
const deleted: Stored<ArchitectureSearch> = {
  ...searchOf(),
  metadata: {...searchOf().metadata, deletionTimestamp: time(55)},
};

const rows: readonly (Seen & {
  readonly name: string;
  readonly departure: Departure;
  readonly expected: readonly string[];
})[] = [
  {name: 'a Pod that runs is ended', departure: 'Settling', pods: [runs], ledger: reserving, expected: ['DeletePod']},
  {
    name: 'a Pod that has ended is settled, told and released',
    departure: 'Settling',
    pods: [hasEnded],
    ledger: reserving,
    expected: ['Settle', 'WriteTrialStatus', 'ReleasePod'],
  },
  {
    name: 'what is reserved for a Pod that is gone is charged before the account is let go',
    departure: 'Settling',
    ledger: reserving,
    expected: ['Sweep'],
  },
  {name: 'then all is let go', departure: 'Settling', expected: lettingGo},
  {
    name: 'a Pod that did not end in time is let go with the rest',
    departure: 'LettingGo',
    pods: [runs],
    ledger: reserving,
    expected: ['ReleasePod', ...lettingGo],
  },
  {
    name: 'a search that is being deleted is let go too',
    departure: 'LettingGo',
    search: deleted,
    pods: [runs],
    ledger: reserving,
    expected: ['ReleasePod', ...lettingGo],
  },
  {
    name: 'an account that somebody deleted stays, or the search would have all of its budget again',
    departure: 'Settling',
    ledger: aLedger({metadata: {finalizers: [accountFinalizer], deletionTimestamp: time(50)}}),
    expected: ['ReleaseTrial', 'ReleaseSearch'],
  },
  {
    name: 'a search that nobody holds is not touched',
    departure: 'Settling',
    search: aSearch(),
    trials: [],
    ledger: aLedger({metadata: {finalizers: []}}),
    expected: [],
  },
];

for (const {name, expected, ...seen} of rows)
  test(`on leaving, ${name}`, () => {
    assert.deepEqual(kindsOf(planOf({trials: [trial], ...seen})), expected);
  });

test('a trial that was ended by an uninstall is tried again afterwards', () => {
  const actions = planOf({departure: 'Settling', trials: [trial], pods: [hasEnded], ledger: reserving});
  const written = actions.find((action) => action.kind === 'WriteTrialStatus');
  assert.ok(written);
  assert.equal(written.status.phase, 'Pending');
  assert.deepEqual(
    (written.status.attempts ?? []).map(({reason}) => reason),
    ['Interrupted'],
  );
});

test('on leaving, a search says why nothing happens any more, once', () => {
  const actions = planOf({departure: 'Settling', trials: [trial]});
  const {phase, conditions = []} = statusOf(actions);
  const {status, reason, message = ''} = conditionOf(actions, 'Progressing') ?? {};
  assert.deepEqual([phase, status, reason], ['Suspended', 'False', 'Uninstalled']);
  assert.match(message, /goes on when it is installed again/);
  const told = searchOf({}, {...accepted, phase: 'Suspended', conditions});
  assert.deepEqual(statusOf(planOf({departure: 'Settling', search: told, trials: [trial]})), {});
});

test('on leaving, a finished search stays as it is', () => {
  const search = searchOf({}, {...accepted, phase: 'Succeeded'});
  assert.deepEqual(statusOf(planOf({departure: 'Settling', search})), {});
});

const unheld = {ledger: aLedger({metadata: {finalizers: []}}), trials: [trialWith(['example.com/other'])]};
const back: readonly (Seen & {readonly name: string; readonly expected: readonly string[]})[] = [
  {name: 'the search is held first', search: aSearch({status: accepted}), ...unheld, expected: ['HoldSearch']},
  {name: 'then its account and its Trials', ...unheld, expected: ['HoldLedger', 'HoldTrial']},
  {
    name: 'of a finished search the account alone is held',
    search: searchOf({}, {...accepted, phase: 'Succeeded'}),
    ...unheld,
    expected: ['HoldLedger'],
  },
];
for (const {name, expected, ...seen} of back)
  test(`when archsearch is back, ${name}`, () => {
    assert.deepEqual(kindsOf(planOf(seen)), expected);
  });

test('what is being deleted can be held no more', () => {
  const gone = {...unheld.ledger, metadata: {...unheld.ledger.metadata, deletionTimestamp: time(50)}};
  assert.ok(!kindsOf(planOf({ledger: gone})).includes('HoldLedger'));
});
