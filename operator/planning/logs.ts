import type {Folding, LogEntry} from '../../search/fold.ts';
import type {Json} from '../../search/json.ts';
import {strategies} from '../../search/strategies/index.ts';
import type {Proposal, Report} from '../../search/strategy.ts';
import {openBaseline, openProblem, openStrategy} from '../../api/problem.ts';
import type {Stored} from '../../api/meta.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import {isFinished} from '../../api/trial.ts';
import type {Purpose, Share, Trial} from '../../api/trial.ts';
import {chosen} from '../../api/union.ts';
import {baselineArchitecture, spaceArchitecture} from './trials.ts';

/** The search's own candidates, or the tuning of the baseline. */
export type LogPurpose = Extract<Purpose, 'Candidate' | 'Baseline'>;

/** What a log of recorded trials is folded with. */
export interface Log extends Folding {
  readonly purpose: LogPurpose;
  readonly share: Share;
  /** How a genotype is written into a trial. */
  readonly architecture: (genotype: Json) => Trial['spec']['architecture'];
}

export function candidateLog({search}: {readonly search: ArchitectureSearch}): Log {
  return {
    purpose: 'Candidate',
    share: 'Candidates',
    architecture: (genotype) => spaceArchitecture(search, genotype),
    problem: openProblem(search.spec, search.status?.frozen),
    ...openStrategy(search.spec),
  };
}

export function baselineLog({search}: {readonly search: ArchitectureSearch}): Log | undefined {
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

/** GPU-seconds of all attempts. */
function costOf({status}: Trial): number {
  return (status?.attempts ?? []).reduce((sum, attempt) => sum + attempt.gpuMilliseconds, 0) / 1000;
}

/** What a finished trial tells its strategy. */
function reportOf(trial: Trial): Report {
  const {status} = trial;
  const base = {index: trial.spec.index, epoch: status?.epochs ?? 0, cost: costOf(trial)};
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

/** Nothing is missing from trials that are in their order. */
const isWhole = (trials: readonly Trial[]): boolean => trials.length === (trials.at(-1)?.spec.index ?? 0);

/**
 * Index of a trial → its place in the log, which is how a strategy counts. They are the same unless a trial was forced away; what was
 * reported of that one is left out.
 */
type Places = (index: number) => number | undefined;

function placesOf(trials: readonly Trial[]): Places {
  if (isWhole(trials)) return (index) => (index >= 1 && index <= trials.length ? index : undefined);
  const places = new Map(trials.map((trial, place) => [trial.spec.index, place + 1]));
  return (index) => places.get(index);
}

const placed = (reports: readonly Report[], placeOf: Places): Report[] =>
  reports.flatMap((report) => {
    const index = placeOf(report.index);
    return index === undefined ? [] : [{...report, index}];
  });

/** The recorded trials of a log, in their order, as fold takes them; `from` leaves out so many of the first. */
export function entriesOf(trials: readonly Trial[], from = 0): LogEntry[] {
  const placeOf = placesOf(trials);
  return trials.slice(from).map((trial) => {
    const {parent, ...proposal} = proposalOf(trial);
    const place = placeOf(parent ?? 0);
    return {
      proposal: {...proposal, ...(place === undefined ? {} : {parent: place})},
      after: placed(trial.spec.after as readonly Report[], placeOf),
    };
  });
}

/** Reports by index of their trial, as a strategy counts. */
export const placedIn = (trials: readonly Trial[], reports: readonly Report[]): Report[] =>
  placed(reports, placesOf(trials));

/** Indexes that a log lacks, which is in their order: trials that were forced away. */
export function missingFrom(trials: readonly Trial[]): number[] {
  if (isWhole(trials)) return [];
  const there = new Set(trials.map(({spec}) => spec.index));
  return Array.from({length: Math.max(...there)}, (_, at) => at + 1).filter((index) => !there.has(index));
}

/** Reports that no trial has recorded yet, in the order in which they came, by index of their trial. */
export function unfolded(trials: readonly Stored<Trial>[]): Report[] {
  const recorded = new Set<number>();
  for (const {spec} of trials) for (const {index} of spec.after) recorded.add(index);
  return trials
    .filter((trial) => isFinished(trial) && !recorded.has(trial.spec.index))
    .toSorted(
      (a, b) => (a.status?.finishedAt ?? '').localeCompare(b.status?.finishedAt ?? '') || a.spec.index - b.spec.index,
    )
    .map(reportOf);
}
