import {isFinished, purposes} from '../../api/trial.ts';
import type {Trial, TrialStatus} from '../../api/trial.ts';
import {timestamp} from '../../api/quantities.ts';
import type {Stored} from '../../api/meta.ts';
import type {Action} from '../actions.ts';
import {admit, roomFor} from '../ledger.ts';
import {livePods, podName, promised} from '../observed.ts';
import type {Situation} from '../observed.ts';
import {buildPod} from '../pod.ts';
import {reservationOf} from '../pod-view.ts';
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
    const twin = situation.byName.get(trial.spec.duplicateOf ?? '')?.status;
    if (twin?.finishedAt === undefined) return [];
    const {phase, values, epoch, curve} = twin;
    const result = {...(values && {values}), ...(epoch === undefined ? {} : {epoch}), ...(curve && {curve})};
    const message = `the same as ${trial.spec.duplicateOf ?? ''}, whose result it gets`;
    return [finish(situation, trial, {phase, reason: 'Duplicate', message, ...result})];
  });
}

/** A trial that was deleted, or that waits for room which can never come, ends without a Pod. */
export function abandoning(situation: Situation): Action[] {
  const waiting = unfinished(situation).filter((trial) => !hasPod(situation, trial));
  return waiting.flatMap((trial) => {
    if (trial.metadata.deletionTimestamp !== undefined)
      return [finish(situation, trial, {phase: 'Failed', reason: 'Cancelled', message: 'the trial was deleted'})];
    const why = hopeless(situation, trial);
    return why === undefined
      ? []
      : [finish(situation, trial, {phase: 'Failed', reason: 'BudgetExhausted', message: why})];
  });
}

const hasPod = (situation: Situation, trial: Stored<Trial>): boolean =>
  situation.viewed.some((viewed) => viewed.trial === trial);

function hopeless(situation: Situation, trial: Stored<Trial>): string | undefined {
  if (trial.spec.duplicateOf !== undefined || situation.search.spec.suspend) return undefined;
  if (timeIsUp(situation)) return 'limits.duration is over';
  if (livePods(situation).length > 0 || situation.ledger === undefined) return undefined;
  const room = roomFor(situation.ledger.spec, reservationOf(buildPod(situation, trial)));
  if (room.kind === 'Room') return undefined;
  return `no ${room.part === 'microDollars' ? 'money' : 'GPU-hours'} left in ${room.scope === 'Share' ? 'its share of the budget' : 'the budget'}`;
}

/** Pods for trials that have none, as far as places and budget go. */
export function starting(situation: Situation): Action[] {
  const {search} = situation;
  if (search.spec.suspend || timeIsUp(situation)) return [];
  let places = search.spec.limits.parallelTrials - livePods(situation).length;
  let account = promised(situation);
  const taken = new Set(situation.pods.map((pod) => pod.metadata.name));
  const actions: Action[] = [];
  for (const trial of unfinished(situation)) {
    if (places <= 0 || account === undefined) break;
    if (trial.spec.duplicateOf !== undefined || trial.metadata.deletionTimestamp !== undefined) continue;
    if (taken.has(podName(trial))) continue;
    const pod = buildPod(situation, trial);
    const reserved = admit(account, `planned/${trial.metadata.name}`, reservationOf(pod));
    if (reserved === undefined) continue;
    account = reserved;
    places -= 1;
    actions.push({kind: 'CreatePod', pod});
  }
  return actions;
}

/** `phase: Running` for people who look at Trials. */
export function noticing(situation: Situation): Action[] {
  return situation.viewed.flatMap(({pod, view, trial}): Action[] => {
    if (trial === undefined || view.kind !== 'busy' || pod.status?.phase !== 'Running') return [];
    if (trial.status?.phase === 'Running') return [];
    return [{kind: 'WriteTrialStatus', trial, status: {...trial.status, phase: 'Running'}}];
  });
}
