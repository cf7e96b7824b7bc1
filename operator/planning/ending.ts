import {accountFinalizer, ledgerFinalizer, searchFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {Action} from '../actions.ts';
import {podRef} from '../observed.ts';
import type {Situation} from '../observed.ts';
import {sweeping} from './admitting.ts';
import {settling} from './settling.ts';

/** A search that is being deleted: its Pods go and are settled, then its Trials are let go, then its ledger, then the search itself. */
export const ending = (situation: Situation): Action[] =>
  clearing(situation, 'the search was deleted') ?? lettingGo(situation);

/** Pods are ended and settled, and what was reserved for Pods that are gone already is charged; undefined once there is nothing of it left. */
export function clearing(situation: Situation, why: string): Action[] | undefined {
  const {pods} = situation;
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  if (pods.some((pod) => pod.metadata.finalizers?.includes(ledgerFinalizer) === true)) {
    const deletions = living.map((pod): Action => ({
      kind: 'DeletePod',
      pod: podRef(pod),
      why,
    }));
    return [...settling(situation), ...deletions];
  }
  const swept = sweeping(situation);
  return swept.length > 0 ? swept : undefined;
}

/** Takes our finalizers off, in the order in which they hold each other. */
export function lettingGo(situation: Situation): Action[] {
  const {search, ledger, trials, namespace} = situation;
  const key = {namespace, name: search.metadata.name};
  const holdsLedger = ledger?.metadata.finalizers?.includes(accountFinalizer) === true;
  const holdsSearch = search.metadata.finalizers?.includes(searchFinalizer) === true;
  return [
    ...releasingTrials({trials, namespace}),
    ...(holdsLedger ? [{kind: 'ReleaseLedger', key, uid: ledger.metadata.uid} as const] : []),
    ...(holdsSearch ? [{kind: 'ReleaseSearch', key, uid: search.metadata.uid} as const] : []),
  ];
}

/** Once a search is over, its Trials may be deleted like any object. */
export function releasingTrials({trials, namespace}: Pick<Situation, 'trials' | 'namespace'>): Action[] {
  return trials
    .filter(({metadata}) => metadata.finalizers?.includes(trialFinalizer) === true)
    .map(({metadata}) => ({kind: 'ReleaseTrial', key: {namespace, name: metadata.name}, uid: metadata.uid}));
}
