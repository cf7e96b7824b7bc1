import {scoreOf, violation} from './objectives.ts';
import type {Objective, Values} from './objectives.ts';
import type {Random} from './random.ts';

type Valued = {readonly values: Values};

/** Weight of the sum beside the worst objective, so that of two with the same worst the better sum wins (Knowles 2006, ParEGO). */
const sumWeight = 0.05;

/** Weights of objectives that add up to 1, uniform among all such. */
export function drawWeights(objectives: readonly Objective[], random: Random): number[] {
  const parts = objectives.map(() => -Math.log(1 - random.uniform()));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}

/** One number per item, more is better, before limits: the objective itself, or the augmented Chebyshev function of several. */
function wishes(objectives: readonly Objective[], items: readonly Valued[], weights: readonly number[]): number[] {
  const [only, ...others] = objectives;
  if (only !== undefined && others.length === 0) return items.map(({values}) => scoreOf(only, values));
  const columns = objectives.map((objective) => {
    const scores = items.map(({values}) => scoreOf(objective, values));
    const known = scores.filter(Number.isFinite);
    const low = known.reduce((least, score) => Math.min(least, score), Infinity);
    const range = known.reduce((most, score) => Math.max(most, score), -Infinity) - low;
    return scores.map((score) => (Number.isFinite(score) ? (score - low) / (range || 1) : 0));
  });
  return items.map(({values}, at) => {
    if (objectives[0] !== undefined && scoreOf(objectives[0], values) === -Infinity) return -Infinity;
    const weighted = columns.map((column, which) => (weights[which] ?? 0) * (column[at] ?? 0));
    return Math.min(...weighted) + sumWeight * weighted.reduce((sum, part) => sum + part, 0);
  });
}

/**
 * One number per item, more is better: the objective, or for several their augmented Chebyshev function under `weights` (each objective
 * scaled to its range among the items). What passes a limit is worse than everything that keeps them all, the more so the further it
 * is past it. `-Infinity` for an item without a value of the first objective.
 */
export function scalarized(
  objectives: readonly Objective[],
  items: readonly Valued[],
  weights: readonly number[],
): number[] {
  const wished = wishes(objectives, items, weights);
  if (objectives.every(({limit}) => limit === undefined)) return wished;
  const excesses = items.map(({values}) => violation(objectives, values));
  const kept = wished.filter((wish, at) => Number.isFinite(wish) && excesses[at] === 0);
  const low = kept.reduce((least, wish) => Math.min(least, wish), Infinity);
  const range = kept.reduce((most, wish) => Math.max(most, wish), -Infinity) - low;
  const [floor, step] = kept.length > 0 ? [low, range || 1] : [0, 1];
  return wished.map((wish, at) => {
    const excess = excesses[at] ?? 0;
    if (excess === 0 || wish === -Infinity) return wish;
    // Saturates: one trial far past its limit would otherwise dwarf all other differences.
    return floor - step * (0.1 + 1 - 1 / (1 + excess));
  });
}
