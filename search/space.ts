import type {z} from 'zod';
import type {Json} from './json.ts';
import type {DataShape, Network} from './network.ts';
import type {Random} from './random.ts';

/** One step in a space: the new genotype and what changed, in words ("edge 2→3: skip_connect → nor_conv_3x3"). */
export interface Step<Genotype> {
  readonly genotype: Genotype;
  readonly change: string;
}

/** One categorical choice on the way to a genotype. */
export interface Decision {
  /** What is decided, of the same choices wherever it comes up: "edge 1→2", "widths[3]". */
  readonly name: string;
  readonly choices: readonly (string | number | boolean)[];
  /** True when the choices are amounts in ascending order, so that near ones are alike. */
  readonly ordered: boolean;
}

/** Genotypes as sequences of choices; which choice comes next may depend on those before it. */
export interface Decisions<Genotype> {
  /** The decision that follows `taken`, the indices of the choices so far; `undefined` when they make a genotype. */
  next(taken: readonly number[]): Decision | undefined;
  /** The genotype of a complete sequence. */
  genotype(taken: readonly number[]): Genotype;
  /** The sequence that makes a genotype. */
  taken(genotype: Genotype): readonly number[];
}

/** The repeated part of a network as people draw it: nodes are feature maps, edges are operations. */
export interface CellGraph {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly edges: readonly {readonly from: string; readonly to: string; readonly operation: string}[];
}

/** A search space with its settings applied. Genotypes are plain JSON; everything here is pure. */
export interface Space<Genotype extends Json = Json> {
  /** Number of genotypes (isomorphic ones counted apart), `Infinity` if it is not finite. */
  readonly size: number;
  /** Checks a genotype that came from outside; throws an Error that names what is wrong. */
  parse(value: unknown): Genotype;
  sample(random: Random): Genotype;
  /** One random step of the one-step neighbourhood. */
  mutate(genotype: Genotype, random: Random): Step<Genotype>;
  /** Every genotype that is one step away. */
  neighbours(genotype: Genotype): Iterable<Step<Genotype>>;
  /** The steps to a larger network that computes the same once it has inherited the weights, as far as the space knows such steps. */
  morphs?(genotype: Genotype): Iterable<Step<Genotype>>;
  /** Equal for two genotypes exactly when their networks compute the same family of functions by the space's isomorphism rules. */
  canonical(genotype: Genotype): string;
  network(genotype: Genotype, data: DataShape): Network;
  /** A short text for people. */
  describe(genotype: Genotype): string;
  /** The cells of a genotype, for drawings; absent where the network is its own best picture. */
  cells?(genotype: Genotype): readonly CellGraph[];
  /**
   * Genotypes as sequences of choices: for controllers, densities and crossover. Every space in the table of spaces has this, `features`
   * and, if it is finite, `at`; a space made on the spot may leave them out.
   */
  readonly decisions?: Decisions<Genotype>;
  /** What a predictor sees: as many numbers for every genotype, about 0 to 1, equal for two of one canonical form. */
  features?(genotype: Genotype): readonly number[];
  /** The genotypes of a finite space in a fixed order: one for each rank from 0 to `size` - 1. */
  at?(rank: number): Genotype;
}

/** One row of the table of spaces: its name in YAML, the tasks it serves, the schema of its settings, and how it opens. */
export interface SpaceType<Settings = unknown, Genotype extends Json = Json> {
  readonly type: string;
  readonly tasks: readonly Task[];
  readonly settings: z.ZodType<Settings>;
  open(settings: Settings): Space<Genotype>;
}

export const tasks = ['ImageClassification', 'TabularClassification', 'TabularRegression'] as const;
export type Task = (typeof tasks)[number];
