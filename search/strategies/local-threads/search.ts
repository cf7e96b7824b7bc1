import {propose, sampleCandidate} from '../../drawing.ts';
import type {Draw} from '../../drawing.ts';
import {beginHistory, hasResult, observationOf, ranked, recordObservation, recordProposal} from '../../history.ts';
import type {History, Observation} from '../../history.ts';
import type {Json} from '../../json.ts';
import {keyed} from '../../random.ts';
import type {Random} from '../../random.ts';
import {drawWeights, scalarized} from '../../scalarization.ts';
import type {Ask, PriorPoint, Problem, Proposal, Report} from '../../strategy.ts';
import {candidateAt, cheapEnd, coordinatesOf, drawDirection, moved} from './coordinates.ts';
import type {Coordinates} from './coordinates.ts';
import {beginThread, improved, movedOn, nextMove, unimproved} from './thread.ts';
import type {Move, Thread} from './thread.ts';

/** Where a proposal comes from: the start of a thread, a move of one, or somewhere else. */
export type Source = {readonly start: number} | Move | {readonly elsewhere: true};

/** Cost of what comes from elsewhere, as a thread has it. */
export type Elsewhere = {
  readonly best: number | null;
  readonly before: number | null;
  readonly cost: number;
  readonly costBest: number;
  readonly costBefore: number;
};

export type LocalState = {
  readonly history: History;
  readonly threads: readonly Thread[];
  /** Starts so far: later ones are scattered. */
  readonly starts: number;
  /** Where what is under way comes from, by index. */
  readonly sources: Readonly<Record<string, Source>>;
  readonly elsewhere: Elsewhere;
  /** The smallest box around everything that threads have tried. */
  readonly box: {readonly low: Coordinates; readonly high: Coordinates};
};

export type CheapSettings = Readonly<Record<string, number>>;

/** Deviation of the noise that scatters starts, as a share of every axis: the first start has none. */
const scatter = 0.25;
/** Duplicates in a row before a move is drawn from the whole space. */
const patience = 40;

export function beginLocal(problem: Problem, prior: readonly PriorPoint[]): LocalState {
  const history = beginHistory(prior);
  const state: LocalState = {
    history,
    threads: [],
    starts: 0,
    sources: {},
    elsewhere: {best: null, before: null, cost: 0, costBest: 0, costBefore: 0},
    box: {low: {}, high: {}},
  };
  const [best] = ranked(problem, history.told);
  return best === undefined ? state : withThread(problem, state, best, 0);
}

/** Trial index under which a known point is found: its place, below zero. */
const indexOf = ({told}: History, observation: Observation): number =>
  observation.index ?? -1 - told.indexOf(observation);

export const observationAt = ({told}: History, index: number): Observation | undefined =>
  index < 0 ? told[-1 - index] : told.find((observation) => observation.index === index);

/** Points and the thread that begins at one. */
export function withThread(problem: Problem, state: LocalState, observation: Observation, cost: number): LocalState {
  const at = coordinatesOf(problem, observation.candidate);
  const id = (state.threads.at(-1)?.id ?? -1) + 1;
  const thread = beginThread(id, {at, index: indexOf(state.history, observation), cost, restarts: id});
  return {...state, threads: [...state.threads, thread], box: widened(state.box, at)};
}

function widened({low, high}: LocalState['box'], at: Coordinates): LocalState['box'] {
  const merged = (box: Coordinates, pick: (a: number, b: number) => number): Coordinates => ({
    ...box,
    ...Object.fromEntries(Object.entries(at).map(([name, position]) => [name, pick(box[name] ?? position, position)])),
  });
  return {low: merged(low, Math.min), high: merged(high, Math.max)};
}

/** The start of a thread: the cheap end, scattered from the second on. Draws that are duplicates scatter more. */
export function askStart(problem: Problem, state: LocalState, cheap: CheapSettings): Ask {
  const start = state.starts;
  return propose(problem, state.history, 'start', (random, duplicates) => ({
    candidate:
      duplicates > patience
        ? sampleCandidate(problem, random)
        : cheapEnd(problem, cheap, {noise: scatter * Math.min(2, start) + 0.05 * duplicates, random}),
    epochs: problem.maxEpochs,
    tag: {start},
    why: start === 0 ? 'the cheap end of the space' : `a start near the cheap end, number ${String(start + 1)}`,
  }));
}

const parentOf = (index: number): {readonly parent?: number} => (index > 0 ? {parent: index} : {});
const originOf = (index: number): string => (index > 0 ? `#${String(index)}` : 'a known point');

/** The next move of a thread. A draw that is a duplicate takes another direction and a longer step. */
export function askMove(problem: Problem, state: LocalState, thread: Thread): Ask {
  const {move, direction} = nextMove(problem, thread);
  const names = Object.keys(thread.at).sort();
  const reach = (random: Random, duplicates: number): Coordinates => {
    if (duplicates === 0) return moved(thread.at, direction, thread.step);
    const step = Math.min(thread.diagonal, thread.step * (1 + duplicates / 4));
    return moved(thread.at, drawDirection(names, random), step);
  };
  return propose(problem, state.history, 'move', (random, duplicates): Draw => ({
    candidate:
      duplicates > patience
        ? sampleCandidate(problem, random)
        : candidateAt(problem, reach(random, duplicates), {from: thread.at, random}),
    epochs: problem.maxEpochs,
    ...parentOf(thread.index),
    tag: {thread: thread.id, move},
    why: `a step of ${thread.step.toFixed(3)} from ${originOf(thread.index)}, thread ${String(thread.id + 1)}`,
  }));
}

const sourceOf = (tag: Json | undefined): Source => (tag === undefined ? {elsewhere: true} : (tag as Source));

const changeThread = (state: LocalState, id: number, change: (thread: Thread) => Thread): LocalState => ({
  ...state,
  threads: state.threads.map((thread) => (thread.id === id ? change(thread) : thread)),
});

/** The state once a proposal was recorded. */
export function askedLocal(problem: Problem, state: LocalState, proposal: Proposal): LocalState {
  const source = sourceOf(proposal.tag);
  const history = recordProposal(problem, state.history, proposal);
  const recorded = {...state, history, sources: {...state.sources, [String(history.asked)]: source}};
  if ('start' in source) return {...recorded, starts: state.starts + 1};
  if ('thread' in source) return changeThread(recorded, source.thread, (thread) => movedOn(thread, source.move));
  return recorded;
}

/** One number per observation for one thread, more being better; each thread weighs several objectives in its own way. */
export function scoresFor(problem: Problem, weighing: number, observations: readonly Observation[]): number[] {
  const weights = drawWeights(problem.objectives, keyed(problem.seed, weighing, 'weights'));
  return scalarized(problem.objectives, observations, weights);
}

function isBetter(problem: Problem, thread: Thread, {history}: LocalState, found: Observation): boolean {
  if (!hasResult(problem, found)) return false;
  const best = observationAt(history, thread.index);
  if (best === undefined) return true;
  const [before = -Infinity, after = -Infinity] = scoresFor(problem, thread.id, [best, found]);
  return after > before;
}

interface Ended {
  readonly observation: Observation;
  readonly cost: number;
}

function endedMove(
  problem: Problem,
  state: LocalState,
  {thread: id, move}: Move,
  {observation, cost}: Ended,
): LocalState {
  const at = coordinatesOf(problem, observation.candidate);
  const index = observation.index ?? 0;
  const box = widened(state.box, at);
  return changeThread({...state, box}, id, (thread) =>
    isBetter(problem, thread, state, observation)
      ? improved(thread, {at, index, cost, move})
      : unimproved(thread, cost),
  );
}

function endedElsewhere(problem: Problem, state: LocalState, {observation, cost}: Ended): LocalState {
  const {elsewhere, history} = state;
  const total = elsewhere.cost + cost;
  const best = elsewhere.best === null ? undefined : observationAt(history, elsewhere.best);
  const [before, after = -Infinity] = scoresFor(
    problem,
    0,
    best === undefined ? [observation, observation] : [best, observation],
  );
  const better = hasResult(problem, observation) && (best === undefined || after > (before ?? -Infinity));
  if (!better) return {...state, elsewhere: {...elsewhere, cost: total}};
  const {best: second, costBest} = elsewhere;
  return {
    ...state,
    elsewhere: {best: observation.index ?? null, before: second, cost: total, costBest: total, costBefore: costBest},
  };
}

/** The state once a trial has ended; `onElsewhere` adds what a result from elsewhere means. */
export function toldLocal(
  problem: Problem,
  state: LocalState,
  report: Report,
  onElsewhere: (state: LocalState, ended: Ended) => LocalState = (same) => same,
): LocalState {
  const observation = observationOf(state.history, report);
  if (observation === undefined) return state;
  const {[String(report.index)]: source = {elsewhere: true}, ...sources} = state.sources;
  const recorded = {...state, history: recordObservation(state.history, observation), sources};
  const ended = {observation, cost: report.cost};
  if ('start' in source)
    return hasResult(problem, observation) ? withThread(problem, recorded, observation, report.cost) : recorded;
  if ('thread' in source) return endedMove(problem, recorded, source, ended);
  return onElsewhere(endedElsewhere(problem, recorded, ended), ended);
}
