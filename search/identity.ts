import {hash} from './hash.ts';
import {stableText} from './json.ts';
import type {ParameterValues} from './parameters.ts';

/** What makes two proposals the same experiment. */
export interface Experiment {
  /** The space's canonical form of the genotype. */
  readonly canonical: string;
  readonly training: ParameterValues;
  readonly epochs: number;
  /** Index or name of the trial that it continues from. */
  readonly resumeFrom?: number | string | undefined;
}

/** Equal for two proposals exactly when one is a duplicate of the other; the order of the training values does not matter. */
export const identityOf = ({canonical, training, epochs, resumeFrom}: Experiment): string =>
  hash(stableText([canonical, training, epochs, resumeFrom ?? null]));
