import type {Candidate, Problem} from '../strategy.ts';

/** What one training brings in a simulated world. */
export interface Training {
  /** Equal for two trainings exactly when they are the same experiment. */
  readonly key: string;
  /** What the search is shown, `undefined` for a training that failed. */
  readonly guide: number | undefined;
  /** What is reported and never shown to the search; NaN when the training failed. */
  readonly report: number;
  /** Simulated GPU-seconds. */
  readonly cost: number;
  /** The epoch that was reached: fewer than asked for when training diverged. */
  readonly epoch: number;
}

/** A world in which training is a look into a table, or a formula. Pure: the same candidate always brings the same. */
export interface World {
  /** The search problem; its first objective is the guide. */
  problem(seed: number): Problem;
  /** Trains a candidate to `epochs`, from `from` epochs on (0: from scratch). */
  train(candidate: Candidate, epochs: number, from: number): Training;
  /** The best report that there is, `undefined` if nobody knows. */
  readonly bestReport: number | undefined;
  readonly goal: 'Maximize' | 'Minimize';
}

/** The metric under which worlds show their guide. */
export const guideMetric = 'guide';
