import {accountFinalizer, ledgerFinalizer, searchFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {Action} from '../actions.ts';
import {podRef} from '../observed.ts';
import type {Situation} from '../observed.ts';
import {sweeping} from './admitting.ts';
import {settling} from './settling.ts';

/** A search that is being deleted: its Pods go and are settled, then its Trials are let go, then its ledger, then the search itself. */
export function ending(situation: Situation): Action[] {
  const {search, ledger, pods, trials, namespace} = situation;
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  if (pods.some((pod) => pod.metadata.finalizers?.includes(ledgerFinalizer) === true)) {
    const deletions = living.map((pod): Action => ({
      kind: 'DeletePod',
      pod: podRef(pod),
      why: 'the search was deleted',
    }));
    return [...settling(situation), ...deletions];
  }
  const swept = sweeping(situation);
  if (swept.length > 0) return swept;
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
