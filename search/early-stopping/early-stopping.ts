import type {z} from 'zod';
import type {Problem} from '../strategy.ts';
import type {Values} from '../objectives.ts';

/** A point of a learning curve: the validation metrics after an epoch. */
export interface CurvePoint {
  readonly epoch: number;
  readonly values: Values;
}

/** What an early-stopping rule may look at: a trial's curve so far. */
export interface Curve {
  readonly index: number;
  readonly points: readonly CurvePoint[];
  readonly finished: boolean;
}

export type Judgement = {readonly kind: 'Continue'} | {readonly kind: 'Stop'; readonly why: string};

export interface EarlyStopping<Settings> {
  /** May trial `trial` go on? `others` are the search's other trials. Pure; called after each epoch. */
  judge(problem: Problem, settings: Settings, others: readonly Curve[], trial: Curve): Judgement;
}

/** One row of the table of early-stopping rules. */
export interface EarlyStoppingType<Settings = unknown> {
  readonly type: string;
  readonly settings: z.ZodType<Settings>;
  readonly rule: EarlyStopping<Settings>;
}
