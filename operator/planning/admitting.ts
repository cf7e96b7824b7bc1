import type {GpuLedger} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import type {Pod} from '../../api/pod.ts';
import {dayOf, parseTimestamp} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import type {TrialStatus} from '../../api/trial.ts';
import type {Action} from '../actions.ts';
import {chainOf, heldFor, isSameChain} from '../chain.ts';
import {admitInChain} from '../ledger.ts';
import {accountsOf, holdings, podRef} from '../observed.ts';
import type {Situation, ViewedPod} from '../observed.ts';
import {startTimeoutSeconds} from '../outcome.ts';
import type {Stuck} from '../outcome.ts';
import {reservationOf} from '../pod-view.ts';
import {hopelesslyStuck} from './attempts.ts';

type Sweep = Extract<Action, {kind: 'Sweep'}>;

/** Reservations of this search whose Pod is gone: somebody took its finalizer by force. They are charged in full, in every ledger. */
export function sweeping(situation: Situation): Action[] {
  const {namespace, search, ledger, outer = []} = situation;
  const present = new Set(situation.pods.map((pod) => pod.metadata.uid));
  const key = {namespace, name: search.metadata.name};
  const held = outer.flatMap((other) => sweepsOf(other, heldFor(key, other.spec), situation.now));
  const own = ledger === undefined ? [] : sweepsOf(ledger, Object.keys(ledger.spec.open), situation.now);
  return [...held, ...own].filter(({pod}) => !present.has(pod.uid));
}

/** Charges these entries of a ledger in full, each if its Pod is gone. */
export function sweepsOf(ledger: Stored<GpuLedger>, uids: readonly string[], now: Instant): Sweep[] {
  const {metadata, spec} = ledger;
  const own = metadata.namespace ?? 'default';
  return uids.flatMap((uid): Sweep[] => {
    const entry = spec.open[uid];
    if (entry === undefined) return [];
    const pod = {key: {namespace: entry.namespace ?? own, name: entry.pod}, uid};
    return [{kind: 'Sweep', ledger: {namespace: own, name: metadata.name}, pod, day: dayOf(now)}];
  });
}

/**
 * Gated Pods: let in what fits, open the gate of what is in, take away what nobody waits for or what has no room any more. What such a Pod
 * holds in some ledger is not given back here: it is settled, at 0, once the Pod is being deleted.
 */
export function admitting(situation: Situation): Action[] {
  if (situation.ledger === undefined) return [];
  const gated = situation.viewed.filter(({view}) => view.kind === 'gated');
  const wanted = gated.filter((viewed) => isWanted(situation, viewed));
  const unwanted = gated.filter((viewed) => !isWanted(situation, viewed));
  const isIn = ({pod}: ViewedPod): boolean => isAdmitted(situation, pod);
  const {fitting, refused} = fit(
    situation,
    wanted.filter((viewed) => !isIn(viewed)),
  );
  return [
    ...unwanted.map(({pod}): Action => ({kind: 'DeletePod', pod: podRef(pod), why: 'nothing waits for it'})),
    ...refused.map(({pod}): Action => ({kind: 'DeletePod', pod: podRef(pod), why: 'no room in the budget'})),
    ...(fitting.length === 0
      ? []
      : [
          {
            kind: 'Admit',
            chain: situation.chain,
            pods: fitting.map(({pod}) => pod),
            refs: fitting.map(({pod}) => podRef(pod)),
            places: situation.search.spec.limits.parallelTrials,
          } as const,
        ]),
    ...wanted.filter(isIn).map(({pod}): Action => ({kind: 'OpenGate', pod: podRef(pod)})),
    ...overdue(situation),
  ];
}

const isWanted = (situation: Situation, {trial}: ViewedPod): boolean =>
  trial !== undefined && trial.metadata.deletionTimestamp === undefined && !situation.search.spec.suspend;

/** Seen in every ledger of its chain: once is enough, since no reservation goes while its Pod lives. */
function isAdmitted(situation: Situation, pod: Stored<Pod>): boolean {
  const held = holdings(situation, pod);
  return situation.rules.has('everywhere') ? !held.includes(false) : held.includes(true);
}

/** A Pod that was made for other budgets than there are now does not fit. */
function fit(situation: Situation, waiting: readonly ViewedPod[]): {fitting: ViewedPod[]; refused: ViewedPod[]} {
  const fitting: ViewedPod[] = [];
  const refused: ViewedPod[] = [];
  let accounts = accountsOf(situation);
  for (const viewed of waiting) {
    const {pod} = viewed;
    const current = isSameChain(chainOf(pod), situation.chain);
    const admitted = current ? accounts && admitInChain(accounts, pod.metadata.uid, reservationOf(pod)) : undefined;
    (admitted === undefined ? refused : fitting).push(viewed);
    accounts = admitted ?? accounts;
  }
  return {fitting, refused};
}

/** Admitted but never started, or running for a trial that was cancelled: their Pods are deleted, which settles them. */
function overdue(situation: Situation): Action[] {
  return situation.viewed.flatMap((viewed): Action[] => {
    const {pod, view, trial} = viewed;
    if (view.kind === 'dead' || view.kind === 'gated' || pod.metadata.deletionTimestamp !== undefined) return [];
    const stuck = hopelesslyStuck(situation, viewed);
    if (stuck !== undefined && trial?.metadata.deletionTimestamp === undefined) return endStuck(viewed, stuck);
    const why = uselessness(situation, viewed);
    return why === undefined ? [] : [{kind: 'DeletePod', pod: podRef(pod), why}];
  });
}

function uselessness({now}: Situation, {pod, trial}: ViewedPod): string | undefined {
  if (trial === undefined) return 'nothing waits for it';
  if (trial.metadata.deletionTimestamp !== undefined) return 'its trial was deleted';
  const age = now - parseTimestamp(pod.metadata.creationTimestamp);
  const started = pod.status?.startTime !== undefined && pod.status.phase !== 'Pending';
  return !started && age >= startTimeoutSeconds * 1000 ? 'not started in time' : undefined;
}

/** Why it is ended is written into its Trial first: the kubelet's last report of a container that never began does not tell it any more. */
function endStuck({pod, trial}: ViewedPod, {reason, message}: Stuck): Action[] {
  if (trial === undefined || trial.status?.reason === reason)
    return [{kind: 'DeletePod', pod: podRef(pod), why: message}];
  const status: TrialStatus = {...trial.status, phase: 'Pending', reason, message};
  return [{kind: 'WriteTrialStatus', trial, status}];
}
