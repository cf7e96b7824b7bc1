import {fold, tellAll} from '../../search/fold.ts';
import type {Folded, Folding, LogEntry} from '../../search/fold.ts';
import {strategies} from '../../search/strategies/index.ts';
import type {Proposal, Report} from '../../search/strategy.ts';
import {openBaseline, openProblem, openStrategy} from '../../api/problem.ts';
import type {Stored} from '../../api/meta.ts';
import {isFinished} from '../../api/trial.ts';
import type {Purpose, Share, Trial} from '../../api/trial.ts';
import {chosen} from '../../api/union.ts';
import type {Action} from '../actions.ts';
import type {Situation} from '../observed.ts';
import {attemptsOf} from '../observed.ts';
import {deadlineOf} from './limits.ts';
import type {End} from './limits.ts';
import {baselineArchitecture, fingerprints, newTrial, spaceArchitecture, trialSeed} from './trials.ts';

/** A log with its strategy: the search's own candidates, or the tuning of the baseline. */
export interface Log extends Folding {
  readonly purpose: Extract<Purpose, 'Candidate' | 'Baseline'>;
  readonly share: Share;
}

/** Folded states by purpose: a cache, never the truth. */
export type Memory = Partial<Record<Purpose, Folded>>;

export function candidateLog({search}: Pick<Situation, 'search'>): Log {
  const frozen = search.status?.frozen;
  return {
    purpose: 'Candidate',
    share: 'Candidates',
    problem: openProblem(search.spec, frozen),
    ...openStrategy(search.spec),
  };
}

export function baselineLog({search}: Pick<Situation, 'search'>): Log | undefined {
  const opened = openBaseline(search.spec, search.status?.frozen);
  return (
    opened && {purpose: 'Baseline', share: 'Baseline', problem: opened.problem, ...chosen(strategies, {type: 'Random'})}
  );
}

/** What a finished trial tells its strategy. */
export function reportOf(trial: Trial): Report {
  const {status} = trial;
  const milliseconds = attemptsOf(trial).reduce((sum, attempt) => sum + attempt.gpuMilliseconds, 0);
  const base = {index: trial.spec.index, epoch: status?.epochs ?? 0, cost: milliseconds / 1000};
  if (status?.values === undefined || status.phase === 'Failed')
    return {...base, kind: 'failed', values: {}, reason: status?.reason ?? 'NoResult'};
  return {...base, kind: status.phase === 'Stopped' ? 'stopped' : 'scored', values: status.values};
}

/** A recorded trial as the proposal that it was. */
export function proposalOf(trial: Trial): Proposal {
  const {architecture, training, epochs, tag, why, skipped, parent} = trial.spec;
  return {
    kind: 'Propose',
    candidate: {genotype: architecture.genotype, training},
    epochs,
    why,
    skipped,
    ...(tag === undefined ? {} : {tag}),
    ...(parent === undefined ? {} : {parent: indexOf(parent)}),
  };
}

/** `digits-c17` → 17. */
const indexOf = (name: string): number => Number(/(\d+)$/.exec(name)?.[1] ?? 0);

/** The recorded trials of a log as fold takes them. */
export const entriesOf = (trials: readonly Trial[]): LogEntry[] =>
  trials.map((trial) => ({proposal: proposalOf(trial), after: trial.spec.after as readonly Report[]}));

/** Reports that no trial has recorded yet, in the order in which they came. */
function unfolded(trials: readonly Stored<Trial>[]): Report[] {
  const recorded = new Set(trials.flatMap((trial) => trial.spec.after.map((report) => report.index)));
  return trials
    .filter((trial) => isFinished(trial) && !recorded.has(trial.spec.index))
    .toSorted(
      (a, b) => (a.status?.finishedAt ?? '').localeCompare(b.status?.finishedAt ?? '') || a.spec.index - b.spec.index,
    )
    .map(reportOf);
}

export interface Proposed {
  readonly action?: Action;
  readonly exhausted?: End;
  /** The strategy waits for a report. */
  readonly waiting: boolean;
  readonly memory: Memory;
}

/** Asks the log's strategy for its next trial. Nothing is remembered but what is recorded: `n + 1` is asked only once `n` exists. */
export function propose(situation: Situation, log: Log, memory: Memory): Proposed {
  const trials = situation.byPurpose[log.purpose];
  const state = fold(log, entriesOf(trials), memory[log.purpose]);
  const remembered = {...memory, [log.purpose]: {count: trials.length, state}};
  const after = unfolded(trials);
  const answer = log.row.strategy.ask(log.problem, log.settings, tellAll(log, state, after));
  if (answer.kind === 'Wait') return {waiting: true, memory: remembered};
  if (answer.kind === 'Exhausted')
    return {waiting: false, exhausted: {reason: 'SpaceExhausted', message: answer.why}, memory: remembered};
  const action: Action = {kind: 'CreateTrial', trial: recordOf(situation, log, answer, after)};
  return {waiting: false, action, memory: remembered};
}

function recordOf(situation: Situation, log: Log, proposal: Proposal, after: readonly Report[]): Trial {
  const {search} = situation;
  const trials = situation.byPurpose[log.purpose];
  const {candidate, epochs, parent, tag, why, skipped} = proposal;
  const prints = fingerprints(log.problem, candidate, epochs);
  const twin = trials.find((trial) => trial.spec.identity === prints.identity && trial.spec.duplicateOf === undefined);
  const parentName = trials.find((trial) => trial.spec.index === parent)?.metadata.name;
  const index = trials.length + 1;
  return newTrial(search, {
    search: search.metadata.name,
    purpose: log.purpose,
    share: log.share,
    index,
    architecture:
      log.purpose === 'Candidate'
        ? spaceArchitecture(search, candidate.genotype)
        : baselineArchitecture(search.spec.baseline?.type ?? '', candidate.genotype),
    ...prints,
    training: candidate.training,
    epochs,
    seed: trialSeed(search, 'search', 0),
    dataFraction: 1,
    deadlineSeconds: deadlineOf(situation, epochs),
    ...(parentName === undefined ? {} : {parent: parentName}),
    ...(twin === undefined ? {} : {duplicateOf: twin.metadata.name}),
    ...(tag === undefined ? {} : {tag}),
    why: why.slice(0, 512),
    skipped,
    after: [...after],
  } as Trial['spec']);
}
