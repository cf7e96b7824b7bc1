import {keyed} from '../../random.ts';
import type {Problem} from '../../strategy.ts';
import {drawDirection} from './coordinates.ts';
import type {Coordinates} from './coordinates.ts';

/** First step as a share of the diagonal of the unit cube; the diagonal is also the longest step (Wu et al. 2021, section 4). */
const firstStep = 0.1;
/** Steps below this share of the diagonal are no news. */
const lastStep = 0.002;

/** A randomized direct search, FLOW², from one start (Wu, Wang & Huang 2021, Frugal optimization for cost-related hyperparameters). */
export type Thread = {
  readonly id: number;
  /** The best point, and which trial it was. */
  readonly at: Coordinates;
  readonly index: number;
  /** Trial of the point that it improved on: speed is measured over the last improvement. */
  readonly before: number | null;
  readonly step: number;
  /** Length of the cube's diagonal: the bound of every step. */
  readonly diagonal: number;
  /** Moves asked for: every even one begins a direction, the odd one after it is the opposite. */
  readonly moves: number;
  /** A direction that has just paid is followed once more, by its move; `null` when there is none. */
  readonly again: number | null;
  readonly ended: number;
  /** `ended` when the incumbent was found, and when the step was last shortened. */
  readonly bestAt: number;
  readonly shortenedAt: number | null;
  /** Results without an improvement since the step was last right. */
  readonly idle: number;
  /** Observed cost: in all, until the incumbent, until the one before it. */
  readonly cost: number;
  readonly costBest: number;
  readonly costBefore: number;
  readonly converged: boolean;
};

/** What a proposal of a thread remembers: which thread, and which of its moves. */
export type Move = {readonly thread: number; readonly move: number};

export function beginThread(
  id: number,
  {at, index, cost, restarts}: {at: Coordinates; index: number; cost: number; restarts: number},
): Thread {
  const diagonal = Math.sqrt(Math.max(1, Object.keys(at).length));
  return {
    id,
    at,
    index,
    before: null,
    // Later attempts begin with longer steps, to land elsewhere (algorithm 1, line 11: δ = r + δ₀).
    step: Math.min(diagonal, firstStep * diagonal * (1 + restarts)),
    diagonal,
    moves: 0,
    again: null,
    ended: 0,
    bestAt: 0,
    shortenedAt: null,
    idle: 0,
    cost,
    costBest: cost,
    costBefore: 0,
    converged: false,
  };
}

/** The next move of a thread, and its direction. */
export function nextMove(problem: Problem, thread: Thread): {readonly move: number; readonly direction: Coordinates} {
  const move = thread.again ?? thread.moves;
  return {move, direction: directionOf(problem, thread, move)};
}

function directionOf(problem: Problem, {id, at}: Thread, move: number): Coordinates {
  const drawn = drawDirection(Object.keys(at).sort(), keyed(problem.seed, id, 'direction', move >> 1));
  return move % 2 === 0 ? drawn : Object.fromEntries(Object.entries(drawn).map(([name, part]) => [name, -part]));
}

/** The thread once a move was asked for. */
export const movedOn = (thread: Thread, move: number): Thread =>
  thread.again === move ? {...thread, again: null} : {...thread, moves: Math.max(thread.moves, move + 1)};

/** How many results in a row without an improvement shorten the step: all orthants of the first dimensions were about tried. */
const patienceOf = ({at}: Thread): number => {
  const dimensions = Object.keys(at).length;
  return Math.max(2, Math.min(2 ** (dimensions - 1), 2 * dimensions));
};

/** The thread once a better point was found: it goes there, and follows the direction once more. */
export function improved(
  thread: Thread,
  {at, index, cost, move}: {at: Coordinates; index: number; cost: number; move: number},
): Thread {
  const total = thread.cost + cost;
  const ended = thread.ended + 1;
  return {
    ...thread,
    at,
    index,
    before: thread.index,
    again: move,
    // What is left of the direction's pair was about the old place.
    moves: thread.moves + (thread.moves % 2),
    ended,
    bestAt: ended,
    idle: 0,
    cost: total,
    costBest: total,
    costBefore: thread.costBest,
  };
}

/** The thread once a move brought nothing: after some of these the step gets shorter, and a short one ends the thread. */
export function unimproved(thread: Thread, cost: number): Thread {
  const ended = thread.ended + 1;
  // What cost nothing was known: the step is too short to get away from there.
  if (cost === 0) return {...thread, ended, step: Math.min(thread.diagonal, thread.step * 1.1)};
  const waited = {...thread, ended, cost: thread.cost + cost, idle: thread.idle + 1};
  if (waited.idle < patienceOf(thread)) return waited;
  // δ shrinks with the root of how much longer the search takes than it took to its best (section 4, adaptive step size).
  const since = Math.max(1, thread.shortenedAt ?? thread.bestAt);
  const step = thread.step * Math.min(0.8, Math.sqrt(since / (ended + 1)));
  return {
    ...waited,
    step,
    shortenedAt: ended + 1,
    idle: Math.max(0, waited.idle - 2),
    converged: step < lastStep * thread.diagonal,
  };
}
