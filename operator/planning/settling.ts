import {dayOf, instant, timestamp} from '../../api/quantities.ts';
import {blamelessReasons, infrastructureReasons} from '../../api/reasons.ts';
import {isFinished} from '../../api/trial.ts';
import type {Attempt, Trial, TrialStatus} from '../../api/trial.ts';
import type {Stored} from '../../api/meta.ts';
import {ledgerFinalizer} from '../../api/pod.ts';
import type {Action} from '../actions.ts';
import {chainOf} from '../chain.ts';
import {textOf} from '../key.ts';
import type {Settlement} from '../ledger.ts';
import {attemptsOf, holdings, podRef} from '../observed.ts';
import type {Situation, ViewedPod} from '../observed.ts';
import {outcomeOf, resultOf, useOf, wasOpened} from '../outcome.ts';
import type {Outcome} from '../outcome.ts';
import {endOf, reservationOf} from '../pod-view.ts';
import type {ProtocolRules} from '../pod-view.ts';
import {waitedBy} from '../waits.ts';

/** Attempts that infrastructure may spoil before the trial is given up; blameless interruptions do not count. */
const infrastructureAttempts = 3;

/**
 * Pods that are over or given up. For each that is over, in this order, each write safe to repeat: settle in the ledger, write the
 * attempt (and the result) into the Trial's status, delete the Pod, release its finalizer.
 */
export function settling(situation: Situation): Action[] {
  const over = situation.viewed.filter((viewed) => viewed.view.kind === 'dead' && !isLetGo(situation, viewed));
  const lost = situation.viewed.filter(({view}) => view.kind === 'lost');
  return [
    ...lost.map(({pod}): Action => ({
      kind: 'MarkLost',
      pod: podRef(pod),
      resourceVersion: pod.metadata.resourceVersion,
    })),
    ...inOrder(
      situation.rules,
      settleAll(situation, over),
      over.flatMap((viewed) => conclude(situation, viewed)),
    ),
  ];
}

/** A Pod is settled before it goes, or its reservations would stay behind. */
const inOrder = (rules: ProtocolRules, settlements: Action[], conclusions: Action[]): Action[] =>
  rules.has('settled') ? [...settlements, ...conclusions] : [...conclusions, ...settlements];

/** Settled, told and released: it only waits for its node to take it away. */
function isLetGo(situation: Situation, viewed: ViewedPod): boolean {
  const {finalizers = [], deletionTimestamp} = viewed.pod.metadata;
  if (finalizers.includes(ledgerFinalizer) || deletionTimestamp === undefined) return false;
  const settled = !holdings(situation, viewed.pod).includes(true);
  return settled && (viewed.trial === undefined || isRecorded(viewed));
}

const dayOfEnd = (viewed: ViewedPod, now: Situation['now']): string =>
  dayOf(instant(Math.min(now, endOf(viewed.pod) ?? now)));

/** Was this Pod's attempt written down? Then it had been settled before, since that is the order. */
const isRecorded = ({pod, owner}: ViewedPod): boolean =>
  owner !== undefined && attemptsOf(owner).some((attempt) => attempt.uid === pod.metadata.uid);

/** In each ledger of the Pods' chain, outermost first; Pods of one chain in one write. */
function settleAll(situation: Situation, over: readonly ViewedPod[]): Action[] {
  const unsettled = over.filter((viewed) => !isRecorded(viewed));
  const byChain = Map.groupBy(unsettled, ({pod}) => chainOf(pod).map(textOf).join());
  return [...byChain.values()].flatMap((group): Action[] => {
    const [first] = group;
    const settlements = group.flatMap((viewed) => settlementOf(situation, viewed));
    return first === undefined ? [] : [{kind: 'Settle', chain: chainOf(first.pod), settlements}];
  });
}

function settlementOf({now}: Situation, viewed: ViewedPod): Settlement[] {
  const {pod, view, trial} = viewed;
  if (view.kind !== 'dead') return [];
  const outcome = trial === undefined ? 'Failed' : useOf(outcomeOf(pod, trial, now));
  return [{uid: pod.metadata.uid, charge: view.charge, outcome, day: dayOfEnd(viewed, now)}];
}

function conclude(situation: Situation, viewed: ViewedPod): Action[] {
  const {pod, trial} = viewed;
  const ref = podRef(pod);
  return [
    ...(trial === undefined || isRecorded(viewed) ? [] : record(situation, viewed, trial)),
    ...(pod.metadata.deletionTimestamp === undefined ? [{kind: 'DeletePod', pod: ref, why: 'settled'} as const] : []),
    {kind: 'ReleasePod', pod: ref},
  ];
}

function record(situation: Situation, viewed: ViewedPod, trial: Stored<Trial>): Action[] {
  if (isFinished(trial) || !wasOpened(viewed.pod)) return [];
  const result = outcomeOf(viewed.pod, trial, situation.now);
  const attempt = attemptOf(situation, viewed, trial, result);
  return [{kind: 'WriteTrialStatus', trial, status: statusAfter(trial, attempt, result), attempt}];
}

function attemptOf(situation: Situation, viewed: ViewedPod, trial: Stored<Trial>, result: Outcome): Attempt {
  const {pod, view} = viewed;
  const charge = view.kind === 'dead' && view.charge !== 'Full' ? view.charge : reservationOf(pod);
  return {
    pod: pod.metadata.name,
    uid: pod.metadata.uid,
    reason: result.reason,
    message: result.message,
    ...(pod.status?.startTime === undefined ? {} : {startedAt: pod.status.startTime}),
    finishedAt: timestamp(endOf(pod) ?? situation.now),
    ...waitedBy(pod, trial),
    gpuMilliseconds: charge.gpuMilliseconds,
    microDollars: charge.microDollars,
    wasted: result.record?.values === undefined,
  };
}

function mayRetry(attempts: readonly Attempt[], last: Attempt): boolean {
  if (!infrastructureReasons.has(last.reason)) return false;
  const blamed = attempts.filter((attempt) => !blamelessReasons.has(attempt.reason));
  return blamelessReasons.has(last.reason) || blamed.length < infrastructureAttempts;
}

/**
 * An infrastructure failure puts the trial back in line; everything else ends it. A decision to stop goes with the attempt whose curve it
 * was made on: the next one is judged by its own. Only the newest 64 attempts are kept.
 */
function statusAfter(trial: Stored<Trial>, attempt: Attempt, result: Outcome): TrialStatus {
  const attempts = [...attemptsOf(trial), attempt].slice(-64);
  const cancelled = trial.metadata.deletionTimestamp !== undefined;
  if (result.phase === 'Failed' && !cancelled && mayRetry(attempts, attempt)) return {attempts, phase: 'Pending'};
  const stop = trial.status?.stop;
  return {
    attempts,
    ...(stop === undefined ? {} : {stop}),
    ...resultOf(result),
    phase: result.phase,
    reason: result.reason,
    message: result.message,
    finishedAt: attempt.finishedAt,
  };
}
