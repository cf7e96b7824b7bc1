/** Metrics of one trial by name; a metric that could not be measured is absent. NaN never gets in: it is a failed trial. */
export type Values = Readonly<Record<string, number>>;

/** Metrics that are known of a network before it is trained. */
const staticMetrics = ['parameters', 'flops'] as const;

export interface Objective {
  readonly metric: string;
  readonly goal: 'Maximize' | 'Minimize';
  /** Hard constraint: at most this when minimizing, at least this when maximizing. */
  readonly limit?: number;
}

/** The value of an objective, turned so that more is better; `-Infinity` when it was not measured. */
export function scoreOf(objective: Objective, values: Values): number {
  const value = values[objective.metric];
  if (value === undefined || Number.isNaN(value)) return -Infinity;
  return objective.goal === 'Maximize' ? value : -value;
}

/** How far past its limit an objective is, relative to the limit's size, so that limits in different units add up. */
function excess(objective: Objective, values: Values): number {
  if (objective.limit === undefined) return 0;
  const bound = objective.goal === 'Maximize' ? objective.limit : -objective.limit;
  return Math.max(0, bound - scoreOf(objective, values)) / (Math.abs(objective.limit) || 1);
}

/** Sum over the limits of how far each is passed; 0 when all hold, `Infinity` when a limited metric is missing. */
export const violation = (objectives: readonly Objective[], values: Values): number =>
  objectives.reduce((sum, objective) => sum + excess(objective, values), 0);

export const feasible = (objectives: readonly Objective[], values: Values): boolean =>
  violation(objectives, values) === 0;

/** Objectives whose limit can be checked on the network, before any training. */
export const staticLimits = (objectives: readonly Objective[]): readonly Objective[] =>
  objectives.filter(({metric, limit}) => limit !== undefined && (staticMetrics as readonly string[]).includes(metric));

/** True when every objective was measured and is a number. */
export const measured = (objectives: readonly Objective[], values: Values): boolean =>
  objectives.every(({metric}) => Number.isFinite(values[metric]));

/** Orders two numbers as `sort` wants it, greater first; infinities of one sign are equal. */
const descending = (a: number, b: number): number => (a === b ? 0 : b > a ? 1 : -1);

/**
 * Orders two results as `sort` wants it: negative when `a` is better. What keeps the limits comes first, then what passes them by less;
 * then the first objective decides, the others break ties. A metric that is missing counts as the worst.
 */
export function compare(objectives: readonly Objective[], a: Values, b: Values): number {
  const byLimit = descending(violation(objectives, b), violation(objectives, a));
  if (byLimit !== 0) return byLimit;
  for (const objective of objectives) {
    const order = descending(scoreOf(objective, a), scoreOf(objective, b));
    if (order !== 0) return order;
  }
  return 0;
}
