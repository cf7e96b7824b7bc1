import {isFinished, purposes} from '../../api/trial.ts';
import type {Trial, TrialStatus} from '../../api/trial.ts';
import {timestamp} from '../../api/quantities.ts';
import type {Stored} from '../../api/meta.ts';
import type {Action} from '../actions.ts';
import {admitInChain, roomInChain} from '../ledger.ts';
import type {RoomInChain} from '../ledger.ts';
import {accountsOf, attemptsOf, livePods, podName, promised} from '../observed.ts';
import type {Situation, ViewedPod} from '../observed.ts';
import {stuckOf} from '../outcome.ts';
import {buildPod} from '../pod.ts';
import {reservationOf} from '../pod-view.ts';
import {mayAskAgain} from '../pod-answers.ts';
import {isTemplateChanged} from './accepting.ts';
import {invalidPod, repeatedFailure, unscheduled} from './attempts.ts';
import {timeIsUp} from './limits.ts';

const unfinished = (situation: Situation): readonly Stored<Trial>[] =>
  purposes.flatMap((purpose) => situation.byPurpose[purpose]).filter((trial) => !isFinished(trial));

/** Ends a trial that needs no Pod, or none any more. */
const finish = (situation: Situation, trial: Stored<Trial>, status: Omit<TrialStatus, 'finishedAt'>): Action => ({
  kind: 'WriteTrialStatus',
  trial,
  status: {...trial.status, ...status, finishedAt: timestamp(situation.now)},
});

/** A duplicate gets its twin's result as soon as there is one. */
export function duplicating(situation: Situation): Action[] {
  return unfinished(situation).flatMap((trial) => {
    const {duplicateOf} = trial.spec;
    if (duplicateOf === undefined) return [];
    const twin = situation.byName.get(duplicateOf);
    return twin === undefined ? [orphanedTwin(situation, trial)] : inherited(situation, trial, twin);
  });
}

function inherited(situation: Situation, trial: Stored<Trial>, {metadata, status: twin}: Stored<Trial>): Action[] {
  if (twin?.finishedAt === undefined) return [];
  const {phase, values, epoch, curve} = twin;
  const result = {...(values && {values}), ...(epoch === undefined ? {} : {epoch}), ...(curve && {curve})};
  const message = `the same as ${metadata.name}, whose result it gets`;
  return [finish(situation, trial, {phase, reason: 'Duplicate', message, ...result})];
}

/** Its twin was forced away, and nobody will say how it would have ended. */
const orphanedTwin = (situation: Situation, trial: Stored<Trial>): Action =>
  finish(situation, trial, {
    phase: 'Failed',
    reason: 'Cancelled',
    message: `the same as ${trial.spec.duplicateOf ?? ''}, which is gone`,
  });

/** A trial that was deleted, or that waits for room which can never come, ends without a Pod. */
export function abandoning(situation: Situation): Action[] {
  const waiting = unfinished(situation).filter((trial) => !hasPod(situation, trial));
  return waiting.flatMap((trial) => {
    if (trial.metadata.deletionTimestamp !== undefined)
      return [finish(situation, trial, {phase: 'Failed', reason: 'Cancelled', message: 'the trial was deleted'})];
    const given = givenUp(situation, trial);
    return given === undefined ? [] : [finish(situation, trial, {phase: 'Failed', ...given})];
  });
}

const hasPod = (situation: Situation, trial: Stored<Trial>): boolean =>
  situation.viewed.some((viewed) => viewed.trial === trial);

type End = Required<Pick<TrialStatus, 'reason' | 'message'>>;

/** Why a trial that has no Pod will not get one. */
function givenUp(situation: Situation, trial: Stored<Trial>): End | undefined {
  const invalid = invalidPod(situation, trial);
  if (invalid !== undefined) return {reason: 'InvalidPod', message: invalid};
  const repeated = repeatedFailure(situation);
  if (repeated !== undefined) {
    const last = attemptsOf(trial).at(-1);
    const message = `given up: the search met ${repeated.reason} again and again`;
    return {reason: last?.reason ?? 'Cancelled', message: last?.message ?? message};
  }
  const why = isTemplateChanged(situation) ? undefined : hopeless(situation, trial);
  return why === undefined ? undefined : {reason: 'BudgetExhausted', message: why};
}

function hopeless(situation: Situation, trial: Stored<Trial>): string | undefined {
  if (trial.spec.duplicateOf !== undefined || situation.search.spec.suspend) return undefined;
  if (timeIsUp(situation)) return 'limits.duration is over';
  const accounts = accountsOf(situation);
  if (livePods(situation).length > 0 || accounts === undefined) return undefined;
  const room = roomInChain(accounts, reservationOf(buildPod(situation, trial)));
  return room.kind === 'Room' || !room.forGood ? undefined : emptiness(room);
}

function emptiness({part, scope, account}: Extract<RoomInChain, {kind: 'Full'}>): string {
  const whose = account.kind === 'Budget' ? `the budget ${account.name}` : 'the budget';
  return `no ${part === 'microDollars' ? 'money' : 'GPU-hours'} left in ${scope === 'Share' ? 'its share of the budget' : whose}`;
}

/** Trials without a Pod of the next attempt's name; a Pod that was refused is asked for again after a while only. */
function waitingForPods(situation: Situation): readonly Stored<Trial>[] {
  const taken = new Set(situation.pods.map((pod) => pod.metadata.name));
  return unfinished(situation).filter((trial) => {
    const name = podName(trial);
    const free = !taken.has(name) && mayAskAgain(situation.answers.get(name), situation.now);
    return free && trial.spec.duplicateOf === undefined && trial.metadata.deletionTimestamp === undefined;
  });
}

const isHalted = (situation: Situation): boolean =>
  isTemplateChanged(situation) || repeatedFailure(situation) !== undefined;

/** Pods for trials that have none, as far as places and budget go. */
export function starting(situation: Situation): Action[] {
  const {search} = situation;
  if (search.spec.suspend || timeIsUp(situation) || isHalted(situation)) return [];
  let places = search.spec.limits.parallelTrials - livePods(situation).length;
  let accounts = promised(situation);
  const actions: Action[] = [];
  for (const trial of waitingForPods(situation)) {
    if (places <= 0 || accounts === undefined) break;
    const pod = buildPod(situation, trial);
    const reserved = admitInChain(accounts, `planned/${trial.metadata.name}`, reservationOf(pod));
    if (reserved === undefined) continue;
    accounts = reserved;
    places -= 1;
    actions.push({kind: 'CreatePod', pod});
  }
  return actions;
}

/** What people who look at Trials want to know: that it runs, or what its Pod waits for. */
export function noticing(situation: Situation): Action[] {
  return situation.viewed.flatMap((viewed): Action[] => {
    const {trial} = viewed;
    const status = trial && noticed(situation, viewed, trial.status ?? {phase: 'Pending'});
    return trial === undefined || status === undefined ? [] : [{kind: 'WriteTrialStatus', trial, status}];
  });
}

/** A reason why an attempt waits goes once it runs. Of the scheduler's words the first are kept: it rewords them all the time. */
function noticed(situation: Situation, viewed: ViewedPod, before: TrialStatus): TrialStatus | undefined {
  const {reason: _reason, message, ...rest} = before;
  if (viewed.view.kind !== 'busy') return undefined;
  if (viewed.pod.status?.phase === 'Running' && stuckOf(viewed.pod) === undefined)
    return before.phase === 'Running' ? undefined : {...rest, phase: 'Running'};
  const waitsFor = message === undefined ? unscheduled(situation, viewed)?.slice(0, 512) : undefined;
  return waitsFor === undefined ? undefined : {...rest, phase: 'Pending', message: waitsFor};
}
