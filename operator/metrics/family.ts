/** What Prometheus is told of one metric: its series differ by their labels. */
export interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One or two sentences: what is counted, in which unit. */
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
}

/** Families by name. */
export type Families = Readonly<Record<string, Family>>;
