import {accountFinalizer, searchFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {KubernetesObject} from '../../api/meta.ts';
import type {Action} from '../actions.ts';
import {keyOf} from '../key.ts';
import {isOver} from '../observed.ts';
import type {Situation} from '../observed.ts';

/**
 * Our finalizers, where they are missing: a search is new, or archsearch was taken off the cluster and is back. Ledgers and Trials are made
 * with theirs; without it an account could be deleted and begin anew, and a Trial could go before the log has ended.
 */
export function holding(situation: Situation): Action[] {
  const {search, ledger, trials} = situation;
  if (lacks(search, searchFinalizer)) return [hold('HoldSearch', search)];
  return [
    ...(ledger !== undefined && lacks(ledger, accountFinalizer) ? [hold('HoldLedger', ledger)] : []),
    ...(isOver(situation)
      ? []
      : trials.filter((trial) => lacks(trial, trialFinalizer)).map((trial) => hold('HoldTrial', trial))),
  ];
}

/** No finalizer can be added to an object that is being deleted. */
const lacks = ({metadata}: KubernetesObject, finalizer: string): boolean =>
  metadata.deletionTimestamp === undefined && metadata.finalizers?.includes(finalizer) !== true;

const hold = (
  kind: 'HoldSearch' | 'HoldLedger' | 'HoldTrial',
  object: KubernetesObject & {readonly metadata: {readonly uid: string}},
): Action => ({kind, key: keyOf(object), uid: object.metadata.uid});
