import type {Shape} from '../../search/network.ts';

/** A table as it stands in its file: cells are text until `preprocessing.ts` has seen the training rows. */
export interface RawTable {
  readonly kind: 'table';
  /** How messages call it. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: string;
  readonly ignore: readonly string[];
  /** What stands before the fraction of a number: 1.5 or 1,5. */
  readonly decimalMark: 'Point' | 'Comma';
  readonly rows: readonly (readonly string[])[];
  /** Line of the file on which each row ends. */
  readonly lines: readonly number[];
}

/** Numeric arrays: `inputs` holds `targets.length` examples of `shape`, row-major. */
export interface RawArrays {
  readonly kind: 'arrays';
  readonly name: string;
  readonly shape: Shape;
  readonly inputs: Float32Array;
  readonly targets: Float64Array;
  /** Names of the classes, where the targets are their numbers. */
  readonly classes?: readonly string[];
}

export type Raw = RawTable | RawArrays;

export const countOf = (raw: Raw): number => (raw.kind === 'table' ? raw.rows.length : raw.targets.length);

/** Examples ready for a model: `count` inputs of `shape`, row-major, and one target each (class index, or the standardized value). */
export interface Examples {
  readonly count: number;
  readonly shape: Shape;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, side) => product * side, 1);
