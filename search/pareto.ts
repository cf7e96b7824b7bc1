import {compare, feasible, scoreOf, violation} from './objectives.ts';
import type {Objective, Values} from './objectives.ts';

interface Valued {
  readonly values: Values;
}

/** Where an item stands among others: the layer of the front it lies in (0 is the front), and how alone it is there. */
export interface Standing {
  readonly rank: number;
  readonly crowding: number;
}

/**
 * Does `a` dominate `b`: no objective worse and one better? With limits: what keeps them dominates what does not, and of two that do
 * not, the smaller violation dominates (Deb et al. 2002, A fast and elitist multiobjective genetic algorithm: NSGA-II, definition 1).
 */
export const dominates = (objectives: readonly Objective[], a: Values, b: Values): boolean =>
  dominatesJudged(judge(objectives, a), judge(objectives, b));

/** The items that keep every limit and that no other dominates, best of the first objective first. */
export function paretoFront<T extends Valued>(objectives: readonly Objective[], items: readonly T[]): T[] {
  const candidates = items.filter(({values}) => feasible(objectives, values));
  return candidates
    .filter((item) => !candidates.some((other) => dominates(objectives, other.values, item.values)))
    .sort((a, b) => compare(objectives, a.values, b.values));
}

/** An item's violation of the limits and its scores, read once. */
interface Judged {
  readonly violation: number;
  readonly scores: readonly number[];
}

const judge = (objectives: readonly Objective[], values: Values): Judged => ({
  violation: violation(objectives, values),
  scores: objectives.map((objective) => scoreOf(objective, values)),
});

function dominatesJudged(a: Judged, b: Judged): boolean {
  if (a.violation !== b.violation) return a.violation < b.violation;
  let better = false;
  for (let at = 0; at < a.scores.length; at += 1) {
    const [x, y] = [a.scores[at] ?? -Infinity, b.scores[at] ?? -Infinity];
    if (x < y) return false;
    if (x > y) better = true;
  }
  return better;
}

/**
 * Rank of every item: 0 for what nothing dominates, 1 for what only rank 0 dominates, and so on (Deb et al. 2002, section III-A: each
 * pair is compared once).
 */
export function paretoRanks(objectives: readonly Objective[], items: readonly Valued[]): number[] {
  const judged = items.map(({values}) => judge(objectives, values));
  const dominated = judged.map((a) => judged.flatMap((b, at) => (dominatesJudged(a, b) ? [at] : [])));
  const above = items.map(() => 0);
  for (const below of dominated) for (const at of below) above[at] = (above[at] ?? 0) + 1;
  const ranks = items.map(() => 0);
  /** Takes one item away: those that nothing left dominates any more are next. */
  const freedBy = (member: number): number[] =>
    (dominated[member] ?? []).filter((at) => {
      above[at] = (above[at] ?? 0) - 1;
      return above[at] === 0;
    });
  let front = above.flatMap((count, at) => (count === 0 ? [at] : []));
  for (let rank = 0; front.length > 0; rank += 1) {
    for (const member of front) ranks[member] = rank;
    front = front.flatMap(freedBy);
  }
  return ranks;
}

/** Adds to `distances` what one objective says about how far each member's neighbours are; the ends are infinitely alone. */
function addCrowding(objective: Objective, members: readonly number[], items: readonly Valued[], distances: number[]) {
  const score = (at: number): number => scoreOf(objective, items[at]?.values ?? {});
  const sorted = [...members].filter((at) => Number.isFinite(score(at))).sort((a, b) => score(a) - score(b));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return;
  const range = score(last) - score(first);
  for (const [place, at] of sorted.entries()) {
    const [below, above] = [sorted[place - 1], sorted[place + 1]];
    const gap = below === undefined || above === undefined ? Infinity : (score(above) - score(below)) / (range || 1);
    distances[at] = (distances[at] ?? 0) + gap;
  }
}

/** Rank and crowding distance of every item (Deb et al. 2002, sections III-A and III-B). */
export function standings(objectives: readonly Objective[], items: readonly Valued[]): Standing[] {
  const ranks = paretoRanks(objectives, items);
  const distances = items.map(() => 0);
  for (const rank of new Set(ranks)) {
    const members = ranks.flatMap((other, at) => (other === rank ? [at] : []));
    for (const objective of objectives) addCrowding(objective, members, items, distances);
  }
  return ranks.map((rank, at) => ({rank, crowding: distances[at] ?? 0}));
}
