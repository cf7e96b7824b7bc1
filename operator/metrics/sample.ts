import type {FamilyName} from './families.ts';

export type Labels = Readonly<Record<string, string>>;

/** One value of one series; of a histogram one observation. */
export interface Sample {
  readonly name: FamilyName;
  readonly labels: Labels;
  readonly value: number;
}
