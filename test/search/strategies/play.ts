import assert from 'node:assert/strict';
import {begin} from '../../../search/fold.ts';
import type {Folding, LogEntry} from '../../../search/fold.ts';
import {identityIn} from '../../../search/drawing.ts';
import type {Json} from '../../../search/json.ts';
import {measured} from '../../../search/objectives.ts';
import type {Values} from '../../../search/objectives.ts';
import {keyed} from '../../../search/random.ts';
import type {Problem, Proposal, Report} from '../../../search/strategy.ts';

/** Freezes a value and all that is in it, so that whoever changes it throws. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}

export type Outcome = Report['kind'] | 'notANumber' | 'unmeasured';

/** One turn of a search: how many trials may be under way, which of them comes back when no more may start, and how it ends. */
export interface Turn {
  readonly parallel: number;
  readonly which: number;
  readonly outcome: Outcome;
}

/** A made-up result: a function of what was trained, so that twins score the same. */
export function resultOf(problem: Problem, proposal: Proposal): Values {
  const random = keyed(Number.parseInt(identityIn(problem, proposal).slice(0, 8), 16), 0, 'result', 0);
  return Object.fromEntries(problem.objectives.map(({metric}) => [metric, random.uniform()]));
}

function reportOf(problem: Problem, proposal: Proposal, {index, outcome}: {index: number; outcome: Outcome}): Report {
  const base = {index, epoch: proposal.epochs, cost: 1};
  const values = resultOf(problem, proposal);
  const first = problem.objectives[0].metric;
  const endings: Readonly<Record<Outcome, Report>> = {
    scored: {...base, kind: 'scored', values},
    rung: {...base, kind: 'rung', values},
    stopped: {...base, kind: 'stopped', values, epoch: 1},
    failed: {...base, kind: 'failed', values: {}, reason: 'OutOfMemory'},
    notANumber: {...base, kind: 'scored', values: {...values, [first]: NaN}},
    unmeasured: {...base, kind: 'scored', values: Object.fromEntries(Object.entries(values).slice(1))},
  };
  return endings[outcome];
}

export interface Played {
  readonly log: readonly LogEntry[];
  /** Reports that came after the last proposal. */
  readonly told: readonly Report[];
  readonly state: Json;
  readonly exhausted?: string;
}

export const usable = (problem: Problem, {kind, values}: Report): boolean =>
  kind !== 'failed' && measured([problem.objectives[0]], values);

/** Plays a search turn by turn. `check` sees the state before every question. States are frozen: nobody may change one. */
export function play(
  folding: Folding,
  turns: readonly Turn[],
  check: (state: Json) => Json = (state) => state,
): Played {
  const {problem, row, settings} = folding;
  const {strategy} = row;
  let state = frozen(begin(folding));
  let after: Report[] = [];
  const log: LogEntry[] = [];
  const underWay = new Map<number, Proposal>();
  for (const turn of turns) {
    state = check(state);
    if (underWay.size < turn.parallel) {
      const ask = frozen(strategy.ask(problem, settings, state));
      if (ask.kind === 'Exhausted') return {log, told: after, state, exhausted: ask.why};
      if (ask.kind === 'Propose') {
        state = frozen(strategy.asked(problem, settings, state, ask));
        log.push({proposal: ask, after});
        after = [];
        underWay.set(log.length, ask);
        continue;
      }
      assert.ok(underWay.size > 0, 'a strategy waits for a report while nothing is under way');
    }
    const index = [...underWay.keys()][turn.which % underWay.size] ?? 0;
    const proposal = underWay.get(index);
    assert.ok(proposal !== undefined);
    underWay.delete(index);
    const report = frozen(reportOf(problem, proposal, {index, outcome: turn.outcome}));
    state = frozen(strategy.tell(problem, settings, state, report));
    after.push(report);
  }
  return {log, told: after, state};
}

/** One trial at a time, all scored. */
export const oneByOne = (trials: number): Turn[] =>
  Array.from({length: 2 * trials}, () => ({parallel: 1, which: 0, outcome: 'scored'}));
