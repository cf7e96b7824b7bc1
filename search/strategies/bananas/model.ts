import type {Random} from '../../random.ts';

/** What is learnt from: numbers of each candidate and what it was worth, as deviations from the mean, more is better. */
export interface Samples {
  readonly inputs: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

export interface Predicted {
  readonly mean: number;
  readonly deviation: number;
}

/** What a fitted model says of a candidate's numbers. */
export type Model = (input: readonly number[]) => Predicted;

/** What makes a model of samples; there is at least one. */
export type Fit = (samples: Samples, random: Random) => Model;
