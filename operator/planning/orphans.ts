import type {GpuLedger} from '../../api/ledger.ts';
import type {KubernetesObject, Stored} from '../../api/meta.ts';
import {labels, ledgerFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import type {Instant} from '../../api/quantities.ts';
import type {Trial} from '../../api/trial.ts';
import type {Action} from '../actions.ts';
import {podRef} from '../observed.ts';
import {viewPod} from '../pod-view.ts';
import type {ProtocolRules} from '../pod-view.ts';

interface Left {
  readonly now: Instant;
  readonly rules: ProtocolRules;
  /** The search that has the name now. */
  readonly uid: string | undefined;
  readonly ledger: Stored<GpuLedger> | undefined;
  readonly pods: readonly Stored<Pod>[];
  readonly trials: readonly Stored<Trial>[];
}

/**
 * What was made for a search that is gone: an operator that had not heard of its end may have made it late. Nobody settles it any more,
 * so that it is ended and let go; Pods first, since their Trials and the ledger speak for them.
 */
export function orphaned({now, rules, uid, ledger, pods, trials}: Left): Action[] {
  const isOrphan = ({metadata}: KubernetesObject): boolean => metadata.labels?.[labels.searchUid] !== uid;
  const lost = pods.filter(isOrphan);
  if (lost.length > 0) return lost.flatMap((pod) => endPod(pod, now, rules));
  const actions = trials.filter(isOrphan).flatMap(endTrial);
  if (ledger === undefined || ledger.spec.account.uid === uid) return actions;
  return [...actions, {kind: 'DeleteLedger', key: keyOf(ledger), uid: ledger.metadata.uid}];
}

const keyOf = ({metadata}: KubernetesObject) => ({namespace: metadata.namespace ?? 'default', name: metadata.name});

function endPod(pod: Stored<Pod>, now: Instant, rules: ProtocolRules): Action[] {
  const {deletionTimestamp, finalizers, resourceVersion} = pod.metadata;
  const ref = podRef(pod);
  const view = viewPod(pod, now, rules);
  if (view.kind === 'lost') return [{kind: 'MarkLost', pod: ref, resourceVersion}];
  const held = finalizers?.includes(ledgerFinalizer) === true;
  return [
    ...(deletionTimestamp === undefined ? [{kind: 'DeletePod', pod: ref, why: 'its search is gone'} as const] : []),
    ...(view.kind === 'dead' && held ? [{kind: 'ReleasePod', pod: ref} as const] : []),
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
