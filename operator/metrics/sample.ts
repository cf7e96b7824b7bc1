import type {FamilyName} from './families.ts';

export type Labels = Readonly<Record<string, string>>;

/** One value of one series; of a histogram one observation. */
export interface Sample {
  readonly name: FamilyName;
  readonly labels: Labels;
  readonly value: number;
}

/** Adds to a counter, sets a gauge, or makes an observation of a histogram. */
export type Measure = (name: FamilyName, value: number, labels?: Labels) => void;
