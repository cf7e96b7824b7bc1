import {identityIn} from './drawing.ts';
import {compare, measured} from './objectives.ts';
import type {Values} from './objectives.ts';
import {nothingSeen, remember} from './seen.ts';
import type {Seen} from './seen.ts';
import type {Candidate, PriorPoint, Problem, Proposal, Report} from './strategy.ts';

/** A candidate and what came of it: no values when it failed. `index` is that of its proposal, none for one known from before. */
export type Observation = {readonly index?: number; readonly candidate: Candidate; readonly values: Values};
export type Pending = {readonly index: number; readonly candidate: Candidate};

/** What a strategy remembers that looks at everything: all results, and all that is under way. */
export type History = {
  readonly asked: number;
  readonly seen: Seen;
  /** Known points first, then the reports in the order in which they came. */
  readonly told: readonly Observation[];
  readonly pending: readonly Pending[];
};

/** Numbers only: a state is JSON, which has neither NaN nor infinities. */
const finite = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));

/** Did the trial give a value of the first objective? */
export const hasResult = (problem: Problem, {values}: {readonly values: Values}): boolean =>
  measured([problem.objectives[0]], values);

export const beginHistory = (prior: readonly PriorPoint[]): History => ({
  asked: 0,
  seen: nothingSeen,
  told: prior.map(({candidate, values}) => ({candidate, values: finite(values)})),
  pending: [],
});

/** The history once a proposal was recorded. */
export const recordProposal = (problem: Problem, history: History, proposal: Proposal): History => ({
  ...history,
  asked: history.asked + 1,
  seen: remember(history.seen, identityIn(problem, proposal)),
  pending: [...history.pending, {index: history.asked + 1, candidate: proposal.candidate}],
});

/** What a report says of a trial that was under way; `undefined` when it says nothing final, or nothing new. */
export function observationOf({pending}: History, report: Report): Observation | undefined {
  const about = report.kind === 'rung' ? undefined : pending.find(({index}) => index === report.index);
  if (about === undefined) return undefined;
  const failed = report.kind === 'failed' || Object.values(report.values).some(Number.isNaN);
  return {...about, values: failed ? {} : finite(report.values)};
}

/** The history once a trial has ended. */
export const recordObservation = (history: History, observation: Observation): History => ({
  ...history,
  told: [...history.told, observation],
  pending: history.pending.filter(({index}) => index !== observation.index),
});

/** The history once a report came; the same history when the report says nothing final, or nothing new. */
export function recordReport(history: History, report: Report): History {
  const observation = observationOf(history, report);
  return observation === undefined ? history : recordObservation(history, observation);
}

/** What is said of the origin of a candidate: "#17", or "a known point". */
export const originOf = ({index}: Pick<Observation, 'index'>): string =>
  index === undefined ? 'a known point' : `#${String(index)}`;

/** The parent of a proposal, for those that are derived from a trial. */
export const parentOf = ({index}: Pick<Observation, 'index'>): {readonly parent?: number} =>
  index === undefined ? {} : {parent: index};

/** The usable results, best first. */
export const ranked = (problem: Problem, told: readonly Observation[]): Observation[] =>
  told
    .filter((observation) => hasResult(problem, observation))
    .toSorted((a, b) => compare(problem.objectives, a.values, b.values));
