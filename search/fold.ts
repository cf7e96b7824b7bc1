import {stableText} from './json.ts';
import type {Json} from './json.ts';
import type {Ask, PriorPoint, Problem, Proposal, Report, StrategyType} from './strategy.ts';

/** One recorded decision: the reports that were folded since the one before it, and then the proposal. */
export interface LogEntry {
  readonly after: readonly Report[];
  readonly proposal: Proposal;
}

/** What a log is folded with: the problem, the strategy and its settings, and the points that were known before. */
export interface Folding {
  readonly problem: Problem;
  readonly row: StrategyType;
  readonly settings: unknown;
  readonly prior?: readonly PriorPoint[];
}

/** The state after the first `count` entries of a log: a cache, never the truth. */
export interface Folded {
  readonly count: number;
  readonly state: Json;
}

/** Where a log and the strategy part: at proposal `index` (from 1) the log holds `found`, and the strategy says `expected`. */
export interface LogDifference {
  readonly index: number;
  readonly expected: Ask;
  readonly found: Proposal;
}

/** The state before the first proposal. */
export const begin = ({problem, row, settings, prior = []}: Folding): Json =>
  row.strategy.init(problem, settings, prior);

/** The state after more reports. */
export const tellAll = ({problem, row, settings}: Folding, state: Json, reports: readonly Report[]): Json =>
  reports.reduce((told, report) => row.strategy.tell(problem, settings, told, report), state);

/** The state after one more entry: what was reported first, then what was proposed. */
function foldOne(folding: Folding, state: Json, {after, proposal}: LogEntry): Json {
  const {problem, row, settings} = folding;
  return row.strategy.asked(problem, settings, tellAll(folding, state, after), proposal);
}

/** The state after more entries; after a log from its beginning when no state is given. */
export const foldOn = (folding: Folding, state: Json | undefined, entries: readonly LogEntry[]): Json =>
  entries.reduce((folded, entry) => foldOne(folding, folded, entry), state ?? begin(folding));

/** The state after a whole log. From an earlier fold of the same log it goes on, to the same result. */
export function fold(folding: Folding, log: readonly LogEntry[], from?: Folded): Json {
  const known = from !== undefined && from.count <= log.length ? from : undefined;
  return foldOn(folding, known?.state, log.slice(known?.count ?? 0));
}

/**
 * Replays a log and asks the strategy again at every index. Returns the first entry that it would not have proposed, `undefined` when
 * it reproduces them all.
 */
export function verify(folding: Folding, log: readonly LogEntry[]): LogDifference | undefined {
  const {problem, row, settings} = folding;
  let state = begin(folding);
  for (const [at, {after, proposal}] of log.entries()) {
    const told = tellAll(folding, state, after);
    const expected = row.strategy.ask(problem, settings, told);
    if (stableText(expected) !== stableText(proposal)) return {index: at + 1, expected, found: proposal};
    state = row.strategy.asked(problem, settings, told, proposal);
  }
  return undefined;
}
