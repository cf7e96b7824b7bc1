import {fold, tellAll} from '../../search/fold.ts';
import type {Folded, Folding, LogEntry} from '../../search/fold.ts';
import {strategies} from '../../search/strategies/index.ts';
import type {Json} from '../../search/json.ts';
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
  /** How a genotype is written into a trial. */
  readonly architecture: (genotype: Json) => Trial['spec']['architecture'];
}

/** Folded states by purpose: a cache, never the truth. */
export type Memory = Partial<Record<Purpose, Folded>>;

export function candidateLog({search}: Pick<Situation, 'search'>): Log {
  return {
    purpose: 'Candidate',
    share: 'Candidates',
    architecture: (genotype) => spaceArchitecture(search, genotype),
    problem: openProblem(search.spec, search.status?.frozen),
    ...openStrategy(search.spec),
  };
}

export function baselineLog({search}: Pick<Situation, 'search'>): Log | undefined {
  const opened = openBaseline(search.spec, search.status?.frozen);
  if (opened === undefined) return undefined;
  return {
    purpose: 'Baseline',
    share: 'Baseline',
    architecture: (genotype) => baselineArchitecture(opened.row.type, genotype),
    problem: opened.problem,
    ...chosen(strategies, {type: 'Random'}),
  };
}

/** What a finished trial tells its strategy. */
function reportOf(trial: Trial): Report {
  const {status} = trial;
  const milliseconds = attemptsOf(trial).reduce((sum, attempt) => sum + attempt.gpuMilliseconds, 0);
  const base = {index: trial.spec.index, epoch: status?.epochs ?? 0, cost: milliseconds / 1000};
  if (status?.values === undefined || status.phase === 'Failed')
    return {...base, kind: 'failed', values: {}, reason: status?.reason ?? 'NoResult'};
  return {...base, kind: status.phase === 'Stopped' ? 'stopped' : 'scored', values: status.values};
}

/** A recorded trial as the proposal that it was. */
function proposalOf(trial: Trial): Proposal {
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

/**
 * Index of a trial → its place in the log, which is how a strategy counts. They are the same unless a trial was forced away; what was
 * reported of that one is left out.
 */
const placesOf = (trials: readonly Trial[]): ReadonlyMap<number, number> =>
  new Map(trials.map((trial, place) => [trial.spec.index, place + 1]));

const placed = (reports: readonly Report[], places: ReadonlyMap<number, number>): Report[] =>
  reports.flatMap((report) => {
    const index = places.get(report.index);
    return index === undefined ? [] : [{...report, index}];
  });

/** The recorded trials of a log, in their order, as fold takes them. */
export function entriesOf(trials: readonly Trial[]): LogEntry[] {
  const places = placesOf(trials);
  return trials.map((trial) => {
    const {parent, ...proposal} = proposalOf(trial);
    const place = places.get(parent ?? 0);
    return {
      proposal: {...proposal, ...(place === undefined ? {} : {parent: place})},
      after: placed(trial.spec.after as readonly Report[], places),
    };
  });
}

/** Indexes that a log lacks: trials that were forced away. */
export function missingFrom(trials: readonly Trial[]): number[] {
  const places = placesOf(trials);
  const last = Math.max(0, ...places.keys());
  return Array.from({length: last}, (_, at) => at + 1).filter((index) => !places.has(index));
}

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
  const told = tellAll(log, state, placed(after, placesOf(trials)));
  const answer = log.row.strategy.ask(log.problem, log.settings, told);
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
  const parentName = parent === undefined ? undefined : trials[parent - 1]?.metadata.name;
  // an index is never used again, so that a trial that was forced away leaves a gap
  const index = (trials.at(-1)?.spec.index ?? 0) + 1;
  return newTrial(search, {
    search: search.metadata.name,
    purpose: log.purpose,
    share: log.share,
    index,
    architecture: log.architecture(candidate.genotype),
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
