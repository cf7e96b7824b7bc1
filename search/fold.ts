import {stableText} from './json.ts';
import type {Json} from './json.ts';
import type {Ask, PriorPoint, Problem, Proposal, Report, StrategyType} from './strategy.ts';

/** One recorded decision: the reports that were folded since the one before it, and then the proposal. */
export interface LogEntry {
  readonly after: readonly Report[];
  readonly proposal: Proposal;
}

/** A strategy that is at work on a problem. */
export interface Searching {
  readonly problem: Problem;
  readonly row: StrategyType;
  readonly settings: unknown;
}

/** Where a log and the strategy part: at proposal `index` (from 1) the log holds `found`, and the strategy says `expected`. */
export interface LogDifference {
  readonly index: number;
  readonly expected: Ask;
  readonly found: Proposal;
}

/** The state before the first proposal. */
export const begin = ({problem, row, settings}: Searching, prior: readonly PriorPoint[] = []): Json =>
  row.strategy.init(problem, settings, prior);

/** The state after more reports. */
export const tellAll = ({problem, row, settings}: Searching, state: Json, reports: readonly Report[]): Json =>
  reports.reduce((told, report) => row.strategy.tell(problem, settings, told, report), state);

/** Goes on folding from the state of an earlier fold: equal to folding the whole log at once. */
export function foldFrom(searching: Searching, state: Json, log: readonly LogEntry[]): Json {
  const {problem, row, settings} = searching;
  return log.reduce(
    (folded, {after, proposal}) => row.strategy.asked(problem, settings, tellAll(searching, folded, after), proposal),
    state,
  );
}

/** The state after a whole log. */
export const fold = (searching: Searching, log: readonly LogEntry[], prior: readonly PriorPoint[] = []): Json =>
  foldFrom(searching, begin(searching, prior), log);

/**
 * Replays a log and asks the strategy again at every index. Returns the first entry that it would not have proposed, `undefined` when
 * it reproduces them all.
 */
export function verify(
  searching: Searching,
  log: readonly LogEntry[],
  prior: readonly PriorPoint[] = [],
): LogDifference | undefined {
  const {problem, row, settings} = searching;
  let state = begin(searching, prior);
  for (const [at, entry] of log.entries()) {
    const told = tellAll(searching, state, entry.after);
    const expected = row.strategy.ask(problem, settings, told);
    if (stableText(expected) !== stableText(entry.proposal))
      return {index: at + 1, expected, found: entry.proposal};
    state = row.strategy.asked(problem, settings, told, entry.proposal);
  }
  return undefined;
}
