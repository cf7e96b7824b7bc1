import {scoreOf} from '../../search/objectives.ts';
import {deadlineSeconds, reservationMilliseconds} from '../../api/arithmetic.ts';
import type {Amount} from '../../api/ledger.ts';
import {objectivesOf} from '../../api/problem.ts';
import {fromMoney, microDollars, parseTimestamp, seconds} from '../../api/quantities.ts';
import type {SearchReason} from '../../api/reasons.ts';
import {isFinished} from '../../api/trial.ts';
import type {Share, Trial} from '../../api/trial.ts';
import type {Stored} from '../../api/meta.ts';
import {amountOf, roomInChain} from '../ledger.ts';
import type {RoomInChain} from '../ledger.ts';
import {livePods, promised} from '../observed.ts';
import type {Situation} from '../observed.ts';

export interface End {
  readonly reason: SearchReason;
  readonly message: string;
}

/** Seconds of a trial of maxEpochs before its deadline; known from the spec, or from Preflight on. */
export function trialDurationOf({search}: Situation): number {
  const given = search.spec.estimation.trialDuration;
  const duration = given === undefined ? search.status?.frozen?.trialDurationSeconds : seconds(given);
  if (duration === undefined) throw new Error(`${search.metadata.name}: trialDuration is not known yet`);
  return duration;
}

export const deadlineOf = (situation: Situation, epochs: number): number =>
  deadlineSeconds(situation.search.spec, trialDurationOf(situation), epochs);

/** What a trial with this deadline is reserved at. */
export function reservationFor({search}: Situation, deadline: number, share: Share): Amount & {share: Share} {
  const price = search.spec.template.pricePerGpuHour;
  const time = reservationMilliseconds(search.spec, deadline);
  return {...amountOf(time, price === undefined ? microDollars(0) : fromMoney(price)), share};
}

export function elapsedSeconds({search, now}: Situation): number {
  const started = search.status?.startedAt;
  return started === undefined ? 0 : (now - parseTimestamp(started)) / 1000;
}

/** The whole of limits.duration is over: nothing new starts, of any purpose. */
export function timeIsUp(situation: Situation): boolean {
  const {duration} = situation.search.spec.limits;
  return duration !== undefined && elapsedSeconds(situation) >= seconds(duration);
}

/** Trials that hold a place among parallelTrials: unfinished ones, duplicates apart, and Pods that outlive their trial. */
function placesTaken(situation: Situation): number {
  const waiting = situation.trials.filter(
    (trial) =>
      !isFinished(trial) && trial.spec.duplicateOf === undefined && trial.metadata.deletionTimestamp === undefined,
  );
  const strays = livePods(situation).filter(({trial}) => trial === undefined || !waiting.includes(trial));
  return waiting.length + strays.length;
}

export const hasPlace = (situation: Situation): boolean =>
  placesTaken(situation) < situation.search.spec.limits.parallelTrials;

const unfinishedOf = (trials: readonly Stored<Trial>[]) => trials.filter((trial) => !isFinished(trial));

/** Why no further candidate is proposed, looking at the limits in the order in which a user would want to be told. */
export function candidatesEnd(situation: Situation): End | undefined {
  return endings.map((ending) => ending(situation)).find((end) => end !== undefined);
}

const endings: readonly ((situation: Situation) => End | undefined)[] = [
  tooManyFailed,
  targetReached,
  enoughTrials,
  outOfTime,
  outOfBudget,
];

function tooManyFailed({byPurpose, search}: Situation): End | undefined {
  const failed = byPurpose.Candidate.filter(
    ({status}) =>
      status?.phase === 'Failed' && !['Duplicate', 'Cancelled', 'BudgetExhausted'].includes(status.reason ?? ''),
  );
  const limit = search.spec.limits.failedTrials;
  if (failed.length < limit) return undefined;
  const last = failed.at(-1)?.status;
  const message = `${String(failed.length)} candidates failed, limits.failedTrials is ${String(limit)}; the last one: ${last?.reason ?? ''}: ${last?.message ?? ''}`;
  return {reason: 'FailedTrialsLimitReached', message};
}

function targetReached({byPurpose, search}: Situation): End | undefined {
  const {target} = search.spec.limits;
  const [objective] = objectivesOf(search.spec);
  if (target === undefined) return undefined;
  const wanted = objective.goal === 'Maximize' ? target : -target;
  const hit = byPurpose.Candidate.find(
    ({status}) => status?.values !== undefined && scoreOf(objective, status.values) >= wanted,
  );
  if (hit === undefined) return undefined;
  return {reason: 'TargetReached', message: `${hit.metadata.name} reached ${objective.metric} ${String(target)}`};
}

function enoughTrials({byPurpose, search}: Situation): End | undefined {
  const {trials} = search.spec.limits;
  if (trials === undefined || byPurpose.Candidate.length < trials) return undefined;
  return {reason: 'TrialsLimitReached', message: `${String(trials)} candidates, as limits.trials asks`};
}

/** Selection's share of the time is kept back from the candidates, as its share of the budget is. */
function outOfTime(situation: Situation): End | undefined {
  const {limits, selection} = situation.search.spec;
  if (limits.duration === undefined) return undefined;
  const allowed = seconds(limits.duration) * (1 - (selection?.share ?? 0));
  if (elapsedSeconds(situation) < allowed) return undefined;
  return {
    reason: 'DurationLimitReached',
    message: `limits.duration is ${limits.duration}, selection's share kept back`,
  };
}

/** No room for one more, and nothing under way that could give some back. */
function outOfBudget(situation: Situation): End | undefined {
  if (unfinishedOf(situation.trials).length > 0) return undefined;
  const room = roomForCandidate(situation);
  if (room?.kind !== 'Full' || !room.forGood) return undefined;
  const money = room.part === 'microDollars';
  const limit = money ? 'limits.cost' : 'limits.gpuHours';
  const whose = room.account.kind === 'Budget' ? `the budget ${room.account.name}` : limit;
  return {
    reason: money ? 'CostLimitReached' : 'GpuHoursLimitReached',
    message: `${whose} has no room for one more candidate, the shares of baseline and selection kept back`,
  };
}

/** Is there room for one more candidate on top of all that is promised? Undefined while a ledger of the chain is not there. */
export function roomForCandidate(situation: Situation): RoomInChain | undefined {
  const accounts = promised(situation);
  const deadline = deadlineOf(situation, situation.search.spec.estimation.maxEpochs);
  return accounts && roomInChain(accounts, reservationFor(situation, deadline, 'Candidates'));
}
