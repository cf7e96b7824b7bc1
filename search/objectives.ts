/** Metrics of one trial by name; a metric that could not be measured is absent. NaN never gets in: it is a failed trial. */
export type Values = Readonly<Record<string, number>>;

/** Metrics that are known of a network before it is trained. */
export const staticMetrics = ['parameters', 'flops'] as const;

export interface Objective {
  readonly metric: string;
  readonly goal: 'Maximize' | 'Minimize';
  /** Hard constraint: at most this when minimizing, at least this when maximizing. */
  readonly limit?: number;
}
