import {timestamp} from '../../api/quantities.ts';
import {parseTimestamp} from '../../api/quantities.ts';
import type {TrialStatus} from '../../api/trial.ts';
import type {Action} from '../actions.ts';
import {admit, roomFor} from '../ledger.ts';
import {podRef} from '../observed.ts';
import type {Situation, ViewedPod} from '../observed.ts';
import {startTimeoutSeconds} from '../outcome.ts';
import type {Stuck} from '../outcome.ts';
import {reservationOf} from '../pod-view.ts';
import {hopelesslyStuck} from './attempts.ts';

/** Reservations whose Pod is gone: somebody took its finalizer by force. They are charged in full. */
export function sweeping(situation: Situation): Action[] {
  const present = new Set(situation.pods.map((pod) => pod.metadata.uid));
  const [ledger] = situation.chain;
  if (ledger === undefined || situation.ledger === undefined) return [];
  return Object.entries(situation.ledger.spec.open)
    .filter(([uid]) => !present.has(uid))
    .map(([uid, {pod}]) => ({
      kind: 'Sweep',
      ledger,
      pod: {key: {namespace: situation.namespace, name: pod}, uid},
      day: timestamp(situation.now).slice(0, 10),
    }));
}

/** Gated Pods: let in what fits, open the gate of what is in, take away what nobody waits for or what has no room any more. */
export function admitting(situation: Situation): Action[] {
  const {ledger} = situation;
  if (ledger === undefined) return [];
  const gated = situation.viewed.filter(({view}) => view.kind === 'gated');
  const wanted = gated.filter((viewed) => isWanted(situation, viewed));
  const unwanted = gated.filter((viewed) => !isWanted(situation, viewed));
  const isOpen = ({pod}: ViewedPod): boolean => ledger.spec.open[pod.metadata.uid] !== undefined;
  const {fitting, refused} = fit(
    situation,
    wanted.filter((viewed) => !isOpen(viewed)),
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
    ...wanted.filter(isOpen).map(({pod}): Action => ({kind: 'OpenGate', pod: podRef(pod)})),
    ...overdue(situation),
  ];
}

const isWanted = (situation: Situation, {trial}: ViewedPod): boolean =>
  trial !== undefined && trial.metadata.deletionTimestamp === undefined && !situation.search.spec.suspend;

function fit(situation: Situation, waiting: readonly ViewedPod[]): {fitting: ViewedPod[]; refused: ViewedPod[]} {
  const fitting: ViewedPod[] = [];
  const refused: ViewedPod[] = [];
  let account = situation.ledger?.spec;
  for (const viewed of waiting) {
    const reservation = reservationOf(viewed.pod);
    const fits = account !== undefined && roomFor(account, reservation).kind === 'Room';
    (fits ? fitting : refused).push(viewed);
    account = account && (admit(account, viewed.pod.metadata.uid, reservation) ?? account);
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
