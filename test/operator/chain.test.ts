import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import type {LedgerSpec} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import {annotations, trialFinalizer} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import type {Action} from '../../operator/actions.ts';
import {chainOf} from '../../operator/chain.ts';
import {limitsOf} from '../../operator/ledger.ts';
import {reservationOf} from '../../operator/pod-view.ts';
import {aLedger, aPod, aTrial} from '../builders.ts';
import {conditionOf, kindsOf, planOf, searchOf, time} from './planning/situations.ts';

// A search in the namespace `team`, within the budget `team` of the namespace `budgets`.

const within = [{namespace: 'budgets', name: 'team'}];
const chain = [...within, {namespace: 'team', name: 'search'}];
const search = searchOf();

const own = (spec: Partial<LedgerSpec> = {}) => aLedger({spec: {...limitsOf(search), within, ...spec}});
const budget = (spec: Partial<LedgerSpec> = {}) =>
  aLedger({
    metadata: {name: 'team', namespace: 'budgets'},
    spec: {account: {kind: 'Budget', name: 'team', uid: 'uid-of-team'}, ...spec},
  });

const pod = (overrides: Parameters<typeof aPod>[0] = {}): Stored<Pod> =>
  aPod({
    ...overrides,
    metadata: {
      name: 'search-c1-1',
      annotations: {
        [annotations.trial]: 'search-c1',
        [annotations.share]: 'Candidates',
        [annotations.ledgers]: 'budgets/team',
      },
      ...overrides.metadata,
    },
  });
const gated = pod();
const held = {[gated.metadata.uid]: reservationOf(gated)};
const running = pod({
  spec: {...gated.spec, schedulingGates: [], nodeName: 'node-a'},
  status: {
    phase: 'Succeeded',
    startTime: time(10),
    containerStatuses: [{name: 'trial', state: {terminated: {exitCode: 0, finishedAt: time(20)}}}],
  },
});
const trial = aTrial({
  metadata: {finalizers: [trialFinalizer]},
  spec: {architecture: {family: 'SearchSpace', type: 'Tabular', genotype: tabular()}},
});
function tabular() {
  return {widths: [64], activation: 'relu', dropout: 0, normalization: 'Identity', residual: false};
}

interface Scene {
  readonly budget?: Partial<LedgerSpec>;
  readonly own?: Partial<LedgerSpec>;
  readonly pods?: readonly Stored<Pod>[];
  readonly trials?: readonly (typeof trial)[];
}

const planned = ({pods = [], trials = [trial], ...ledgers}: Scene): readonly Action[] =>
  planOf({search, ledger: own(ledgers.own), outer: [budget(ledgers.budget)], pods, trials});

const found = <K extends Action['kind']>(actions: readonly Action[], kind: K) =>
  actions.find((action): action is Extract<Action, {kind: K}> => action.kind === kind);

/** What is left of an hour after others have taken so much of it. */
const taken = (milliseconds: number) => ({'2026-01-01': {gpuMilliseconds: milliseconds, microDollars: 0}});
const nearlyAll = 3_550_000;
const others = {other: {...reservationOf(gated), gpuMilliseconds: nearlyAll, search: 'other', pod: 'other-c1-1'}};

describe('a search within a budget', () => {
  test('makes Pods that carry their chain', () => {
    const made = found(planned({}), 'CreatePod')?.pod;
    assert.equal(made?.metadata.annotations?.[annotations.ledgers], 'budgets/team');
    assert.deepEqual(chainOf(gated), chain);
  });

  test('makes Pods without the annotation where there is no budget', () => {
    const actions = planOf({search, trials: [trial]});
    assert.equal(found(actions, 'CreatePod')?.pod.metadata.annotations?.[annotations.ledgers], undefined);
  });

  test('admits a Pod in each ledger, outermost first', () => {
    assert.deepEqual(found(planned({pods: [gated]}), 'Admit')?.chain, chain);
  });

  test('settles a Pod in each ledger that it was admitted in', () => {
    const settling = found(planned({pods: [running], budget: {open: held}, own: {open: held}}), 'Settle');
    assert.deepEqual(settling?.chain, chain);
    assert.deepEqual(
      settling.settlements.map(({charge}) => charge),
      [{gpuMilliseconds: 11_000, microDollars: 0}],
    );
  });

  test('settles a Pod where it was admitted, whatever budgets are around the search by now', () => {
    const scene = {pods: [running], budget: {open: held}, own: {open: held, within: []}};
    assert.deepEqual(found(planned(scene), 'Settle')?.chain, chain);
  });

  test('sweeps what is reserved for a Pod that is gone in each ledger, and nothing of other searches', () => {
    const actions = planned({budget: {open: {...held, ...others}}, own: {open: held}});
    const swept = actions.flatMap((action) => (action.kind === 'Sweep' ? [[action.ledger.name, action.pod.uid]] : []));
    assert.deepEqual(swept, [
      ['team', gated.metadata.uid],
      ['search', gated.metadata.uid],
    ]);
  });
});

const gates: Readonly<Record<string, readonly [Scene, string]>> = {
  'stays shut while no ledger holds its Pod': [{}, 'Admit'],
  'stays shut while the search’s own ledger does not hold its Pod': [{budget: {open: held}}, 'Admit'],
  'stays shut while the budget does not hold its Pod': [{own: {open: held}}, 'Admit'],
  'opens once each ledger holds its Pod': [{budget: {open: held}, own: {open: held}}, 'OpenGate'],
  'stays shut for a Pod that was made for other budgets': [{own: {within: []}}, 'DeletePod'],
  'stays shut where the budget is full': [{budget: {used: taken(nearlyAll)}}, 'DeletePod'],
  'stays shut where the search is out of room, and nothing is given back': [
    {budget: {open: held}, own: {used: taken(nearlyAll)}},
    'DeletePod',
  ],
};
for (const [sentence, [scene, kind]] of Object.entries(gates))
  test(`a gate ${sentence}`, () => {
    assert.deepEqual(kindsOf(planned({...scene, pods: [gated]})).slice(0, 1), [kind]);
  });

test('no Pod is made that a budget has no room for', () => {
  const actions = planned({budget: {used: taken(nearlyAll)}});
  assert.equal(found(actions, 'CreatePod'), undefined);
});

test('no Pod is made while the ledger of a budget is not there', () => {
  const actions = planOf({search, ledger: own(), outer: [], trials: [trial]});
  assert.equal(found(actions, 'CreatePod'), undefined);
});

test('a trial waits while other searches hold what is left of the budget', () => {
  assert.equal(found(planned({budget: {open: others}}), 'WriteTrialStatus'), undefined);
});

test('a trial that a used up budget will never have room for is given up, and its message names the budget', () => {
  const written = found(planned({budget: {used: taken(nearlyAll)}}), 'WriteTrialStatus')?.status;
  assert.equal(written?.reason, 'BudgetExhausted');
  assert.match(written.message ?? '', /no GPU-hours left in the budget team/);
});

test('a search whose budget is held by others says that it waits', () => {
  const condition = conditionOf(planned({trials: [], budget: {open: others}}), 'Progressing');
  assert.equal(condition?.reason, 'WaitingForRoom');
  assert.match(condition.message, /the budget team/);
});

test('a search whose budget is used up ends, and its message names the budget', () => {
  const condition = conditionOf(planned({trials: [], budget: {used: taken(nearlyAll)}}), 'Progressing');
  assert.equal(condition?.reason, 'NoSuccessfulTrial');
  assert.match(condition.message, /the budget team has no room/);
});
