import type {GpuLedger} from '../../api/ledger.ts';
import type {KubernetesObject, Stored} from '../../api/meta.ts';
import {accountFinalizer, labels, ledgerFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import {dayOf} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import type {Trial} from '../../api/trial.ts';
import type {Action} from '../actions.ts';
import {chainOf, heldFor} from '../chain.ts';
import {keyOf} from '../key.ts';
import type {Settlement} from '../ledger.ts';
import {podRef} from '../observed.ts';
import type {Departure} from '../observed.ts';
import {viewPod} from '../pod-view.ts';
import type {ProtocolRules} from '../pod-view.ts';
import type {Key} from '../ports.ts';
import {sweepsOf} from './admitting.ts';

interface Left {
  readonly now: Instant;
  readonly rules: ProtocolRules;
  readonly departure?: Departure | undefined;
  readonly key: Key;
  /** The search that has the name now. */
  readonly uid: string | undefined;
  readonly ledger: Stored<GpuLedger> | undefined;
  /** Ledgers of budgets that may hold something for a search of this name. */
  readonly outer: readonly Stored<GpuLedger>[];
  readonly pods: readonly Stored<Pod>[];
  readonly trials: readonly Stored<Trial>[];
}

/**
 * What was made for a search that is gone: an operator that had not heard of its end may have made it late. Nobody settles it any more,
 * so that it is ended and let go; Pods first, since their Trials and the ledger speak for them.
 */
export function orphaned(left: Left): Action[] {
  const {uid, ledger, pods, trials} = left;
  const isOrphan = ({metadata}: KubernetesObject): boolean => metadata.labels?.[labels.searchUid] !== uid;
  const lost = pods.filter((pod) => isOrphan(pod) && (left.departure !== 'LettingGo' || isHeld(pod)));
  if (lost.length > 0) return lost.flatMap((pod) => endPod(pod, left));
  return [
    ...trials.filter(isOrphan).flatMap(endTrial),
    ...(uid === undefined ? sweepOuter(left) : []),
    ...(ledger?.spec.account.kind === 'Search' && ledger.spec.account.uid !== uid ? endLedger(ledger) : []),
  ];
}

/** Once we let go, what becomes of the rest of a Pod is its kubelet's. */
const isHeld = ({metadata}: Stored<Pod>): boolean => metadata.finalizers?.includes(ledgerFinalizer) === true;

/** What budgets still hold for a search that is gone, and for Pods that are gone too. */
const sweepOuter = ({outer, key, now}: Left): Action[] =>
  outer.flatMap((ledger) => sweepsOf(ledger, heldFor(key, ledger.spec), now));

/** It is settled like any other: an operator that lags behind may have admitted it, in a budget or in the account that has the name now. */
function endPod(pod: Stored<Pod>, {now, rules, departure}: Left): Action[] {
  const {uid, deletionTimestamp, resourceVersion} = pod.metadata;
  const ref = podRef(pod);
  if (departure === 'LettingGo') return [{kind: 'ReleasePod', pod: ref}];
  const view = viewPod(pod, now, rules);
  if (view.kind === 'lost') return [{kind: 'MarkLost', pod: ref, resourceVersion}];
  const day = dayOf(now);
  const settling = (charge: Settlement['charge']): Action[] => [
    {kind: 'Settle', chain: chainOf(pod), settlements: [{uid, charge, outcome: 'Failed', day}]},
    {kind: 'ReleasePod', pod: ref},
  ];
  return [
    ...(deletionTimestamp === undefined ? [{kind: 'DeletePod', pod: ref, why: 'its search is gone'} as const] : []),
    ...(view.kind === 'dead' && isHeld(pod) ? settling(view.charge) : []),
  ];
}

function endLedger(ledger: Stored<GpuLedger>): Action[] {
  const {uid, deletionTimestamp, finalizers} = ledger.metadata;
  const key = keyOf(ledger);
  return [
    ...(deletionTimestamp === undefined ? [{kind: 'DeleteLedger', key, uid} as const] : []),
    ...(finalizers?.includes(accountFinalizer) === true ? [{kind: 'ReleaseLedger', key, uid} as const] : []),
  ];
}

function endTrial(trial: Stored<Trial>): Action[] {
  const {uid, deletionTimestamp, finalizers} = trial.metadata;
  const key = keyOf(trial);
  return [
    ...(deletionTimestamp === undefined ? [{kind: 'DeleteTrial', key, uid} as const] : []),
    ...(finalizers?.includes(trialFinalizer) === true ? [{kind: 'ReleaseTrial', key, uid} as const] : []),
  ];
}
