import type {Observation} from '../../history.ts';
import type {Option} from './options.ts';

/** A result that is learnt from, with its score and its place among the others as a quantile of the standard normal; more is better. */
export interface Known {
  readonly observation: Observation;
  readonly score: number;
  readonly quantile: number;
}

/** What a predictor chose, `undefined` when there was nothing to choose from, and what it says of it. */
export interface Choice {
  readonly option: Option | undefined;
  /** Logarithms of the Gaussian process's parameters. */
  readonly kernel?: readonly number[];
  readonly why: string;
}
