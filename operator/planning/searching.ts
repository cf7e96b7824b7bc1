import {baselineTrials, deadlineSeconds} from '../../api/arithmetic.ts';
import {seconds} from '../../api/quantities.ts';
import {isFinished} from '../../api/trial.ts';
import {add, roomInChain} from '../ledger.ts';
import {promised} from '../observed.ts';
import type {Situation} from '../observed.ts';
import {
  candidatesEnd,
  deadlineOf,
  elapsedSeconds,
  hasPlace,
  reservationFor,
  roomForCandidate,
  trialDurationOf,
} from './limits.ts';
import type {End} from './limits.ts';
import {baselineLog, candidateLog} from './logs.ts';
import {propose} from './proposing.ts';
import type {Memory, Proposed} from './proposing.ts';
import type {Progress} from './progress.ts';

const isSearched = ({search}: Situation): boolean =>
  search.status?.conditions?.some((condition) => condition.type === 'Searched' && condition.status === 'True') ?? false;

/** Tunes the baseline and proposes candidates, as long as limits and places allow; ends when nothing is under way any more. */
export function searching(situation: Situation, memory: Memory): Progress | undefined {
  if (isSearched(situation)) return undefined;
  const end = candidatesEnd(situation);
  const proposed = nextProposal(situation, memory, end);
  const kept = proposed === undefined ? {} : {memory: proposed.memory};
  const running = {phase: 'Running', reason: 'Searching', message: countText(situation), actions: [], ...kept} as const;
  const base = {...running, ...answering(situation, proposed)};
  if (proposed?.action !== undefined) return {...base, actions: [proposed.action]};
  const {Candidate, Baseline} = situation.byPurpose;
  const idle = [...Candidate, ...Baseline].every(isFinished);
  const ended = end ?? proposed?.exhausted;
  if (idle && ended !== undefined) return {...conclusion(situation, ended), ...kept};
  return {...base, ...stalled(proposed, idle), ...(idle ? squeezed(situation) : {})};
}

/** Others hold what is left of a budget around this search; they may give some of it back. */
function squeezed(situation: Situation): Partial<Progress> {
  const room = roomForCandidate(situation);
  if (room?.kind !== 'Full' || room.forGood) return {};
  return {reason: 'WaitingForRoom', message: `other searches hold what is left of the budget ${room.account.name}`};
}

function countText({search, byPurpose}: Situation): string {
  const {trials} = search.spec.limits;
  const of = trials === undefined ? '' : ` of ${String(trials)}`;
  return `${String(byPurpose.Candidate.filter(isFinished).length)}${of} candidates done`;
}

/** The baseline's tuning comes first: a search never ends without its comparison. */
function nextProposal(situation: Situation, memory: Memory, end: End | undefined): Proposed | undefined {
  if (!hasPlace(situation) || situation.search.spec.suspend) return undefined;
  const baseline = tuneBaseline(situation, memory);
  if (baseline?.action !== undefined) return baseline;
  return end === undefined ? proposeCandidate(situation, memory) : undefined;
}

const stalling = (message: string): Pick<Progress, 'reason' | 'message' | 'findings'> => ({
  reason: 'StrategyStalled',
  message,
  findings: [{type: 'Stalled', status: 'True', reason: 'StrategyStalled', message}],
});

function stalled(proposed: Proposed | undefined, idle: boolean): Partial<Progress> {
  if (!(proposed?.waiting ?? false) || !idle) return {};
  return stalling('the strategy waits for a report, but nothing is under way');
}

/** Whether a heavy strategy gives no answer; that it gives one again is told once. */
function answering({search}: Situation, proposed: Proposed | undefined): Partial<Progress> {
  if (proposed?.broken !== undefined) return stalling(proposed.broken);
  const told = search.status?.conditions?.some(({type, status}) => type === 'Stalled' && status === 'True') ?? false;
  if (!told || proposed?.action?.kind !== 'CreateTrial') return {};
  const message = 'the strategy answers again';
  return {findings: [{type: 'Stalled', status: 'False', reason: 'Searching', message}]};
}

/** Room for the reservation of a full candidate on top of all that is promised already. */
function proposeCandidate(situation: Situation, memory: Memory): Proposed | undefined {
  return roomForCandidate(situation)?.kind === 'Room' ? propose(situation, candidateLog(situation), memory) : undefined;
}

/** The next tuning trial of the baseline; undefined when its tuning is done. Its retraining and scoring are kept back in its share. */
function tuneBaseline(situation: Situation, memory: Memory): Proposed | undefined {
  const {search, byPurpose} = situation;
  const log = baselineLog(situation);
  const accounts = promised(situation);
  if (log === undefined || accounts === undefined) return undefined;
  if (byPurpose.Baseline.length >= (baselineTrials(search.spec) ?? Infinity)) return undefined;
  if (baselineTimeIsUp(situation)) return undefined;
  const {maxEpochs} = search.spec.estimation;
  const tuning = reservationFor(situation, deadlineOf(situation, maxEpochs), 'Baseline');
  if (roomInChain(accounts, {...add(tuning, finalsOf(situation)), share: 'Baseline'}).kind === 'Full') return undefined;
  return propose(situation, log, memory);
}

function baselineTimeIsUp(situation: Situation): boolean {
  const {limits, baseline} = situation.search.spec;
  if (limits.duration === undefined || baseline === undefined || situation.byPurpose.Baseline.length === 0)
    return false;
  return elapsedSeconds(situation) >= seconds(limits.duration) * baseline.share;
}

/** What retraining and scoring the baseline will need of its share. */
function finalsOf(situation: Situation) {
  const {spec} = situation.search;
  const nothing = {gpuMilliseconds: 0, microDollars: 0};
  if (spec.selection === undefined) return nothing;
  const epochs = spec.selection.epochs ?? spec.estimation.maxEpochs;
  const retrained = reservationFor(situation, deadlineSeconds(spec, trialDurationOf(situation), epochs), 'Baseline');
  const scored = reservationFor(situation, deadlineOf(situation, 0), 'Baseline');
  return Array.from({length: spec.selection.seeds}).reduce<typeof nothing>((sum) => add(sum, retrained), scored);
}

function conclusion({byPurpose}: Situation, end: End): Progress {
  const {reason, message} = end;
  const useful = byPurpose.Candidate.some(({status}) => status?.values !== undefined && status.phase !== 'Failed');
  if (reason === 'FailedTrialsLimitReached') return {phase: 'Failed', reason, message, actions: [], findings: []};
  if (!useful)
    return {
      phase: 'Failed',
      reason: 'NoSuccessfulTrial',
      message: `no candidate succeeded; the search ended because: ${message}`,
      actions: [],
    };
  return {
    phase: 'Selecting',
    reason: 'Selecting',
    message,
    actions: [],
    findings: [{type: 'Searched', status: 'True', reason, message}],
  };
}
