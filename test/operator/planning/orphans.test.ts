import assert from 'node:assert/strict';
import {test} from 'node:test';
import {accountFinalizer, labels, ledgerFinalizer, trialFinalizer} from '../../../api/pod.ts';
import type {Departure} from '../../../operator/observed.ts';
import {orphaned} from '../../../operator/planning/orphans.ts';
import {allRules} from '../../../operator/pod-view.ts';
import {aLedger, aPod, aTrial} from '../../builders.ts';
import {at, kindsOf, time} from './situations.ts';

// What is left of a search that was forced away: a Pod on a node that is silent, its Trial and its ledger.

const podWith = (finalizers: readonly string[]) =>
  aPod({
    metadata: {finalizers, deletionTimestamp: time(10)},
    spec: {...aPod().spec, schedulingGates: [], nodeName: 'node-a'},
    status: {phase: 'Running', startTime: time(5), containerStatuses: [{name: 'trial', state: {running: {}}}]},
  });

const rows: readonly {
  readonly name: string;
  readonly finalizers: readonly string[];
  readonly departure?: Departure;
  readonly expected: readonly string[];
}[] = [
  {name: 'a Pod that has not ended holds all the rest', finalizers: [ledgerFinalizer], expected: []},
  {
    name: 'a Pod is let go first when we leave for good',
    finalizers: [ledgerFinalizer],
    departure: 'LettingGo',
    expected: ['ReleasePod'],
  },
  {
    name: 'a Pod that we have let go holds nothing any more',
    finalizers: ['example.com/other'],
    departure: 'LettingGo',
    expected: ['DeleteTrial', 'ReleaseTrial', 'DeleteLedger', 'ReleaseLedger'],
  },
];

for (const {name, finalizers, departure, expected} of rows)
  test(name, () => {
    const actions = orphaned({
      now: at(60),
      rules: allRules,
      departure,
      key: {namespace: 'default', name: 'search'},
      uid: undefined,
      ledger: aLedger({metadata: {finalizers: [accountFinalizer]}}),
      outer: [],
      pods: [podWith(finalizers)],
      trials: [aTrial({metadata: {finalizers: [trialFinalizer], labels: {[labels.searchUid]: 'uid-gone'}}})],
    });
    assert.deepEqual(kindsOf(actions), expected);
  });
