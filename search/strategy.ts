import type {z} from 'zod';
import type {Json} from './json.ts';
import type {DataShape} from './network.ts';
import type {Objective, Values} from './objectives.ts';
import type {ParameterSpace, ParameterValues} from './parameters.ts';
import type {Space} from './space.ts';

/** What is searched, opened for use. Rebuilt from the problem frozen in the search's status. */
export interface Problem {
  readonly space: Space;
  /** Training settings searched together with the architecture (fixed ones are dimensions with one value). */
  readonly training: ParameterSpace;
  readonly objectives: readonly [Objective, ...Objective[]];
  /** Epochs of a full training; multi-fidelity strategies may ask for fewer. */
  readonly maxEpochs: number;
  readonly seed: number;
  /** Known for built-in data at once, for other data after Preflight; limits on parameters and FLOPs need it. */
  readonly data?: DataShape;
  /** A score of a genotype that is known before any training, more being better; `undefined` where it cannot be computed. Pure. */
  readonly proxy?: (genotype: Json) => number | undefined;
}

/** A type, not an interface, so that it is plain JSON to the compiler: strategies keep candidates in their states. */
export type Candidate = {
  readonly genotype: Json;
  readonly training: ParameterValues;
};

export interface Proposal {
  readonly kind: 'Propose';
  readonly candidate: Candidate;
  readonly epochs: number;
  /** Index of the trial whose weights this one continues from (a promotion). */
  readonly resumeFrom?: number;
  /** Index of the trial that this one was derived from. */
  readonly parent?: number;
  /** The strategy's own memory of this proposal, at most 256 bytes of JSON. */
  readonly tag?: Json;
  /** One line for people: where this proposal comes from. */
  readonly why: string;
  /** Duplicates and infeasible draws passed over on the way to this proposal. */
  readonly skipped: number;
}

export type Ask = Proposal | {readonly kind: 'Wait'} | {readonly kind: 'Exhausted'; readonly why: string};

/** What became of proposal `index`. `values` holds every metric that was measured; `cost` is in GPU-seconds. */
export interface Report {
  readonly index: number;
  /** rung: reached its epochs and may be promoted · scored: finished · stopped: ended early with these values · failed: no values. */
  readonly kind: 'rung' | 'scored' | 'stopped' | 'failed';
  readonly values: Values;
  readonly epoch: number;
  readonly cost: number;
  /** For `failed`: the trial's reason. */
  readonly reason?: string;
}

/** A point known from before: warm start from another search or from given points. */
export interface PriorPoint {
  readonly candidate: Candidate;
  readonly values: Values;
}

/**
 * A way of searching. `asked` and `tell` fold a log into `State` (plain JSON, treated as immutable); `ask` only looks at it.
 * Randomness comes from `keyed(problem.seed, index, purpose, attempt)`, index being the number of proposals asked so far.
 */
export interface Strategy<Settings, State extends Json> {
  /** Raised whenever `ask` may answer differently for the same log. */
  readonly version: number;
  init(problem: Problem, settings: Settings, prior: readonly PriorPoint[]): State;
  ask(problem: Problem, settings: Settings, state: State): Ask;
  asked(problem: Problem, settings: Settings, state: State, proposal: Proposal): State;
  tell(problem: Problem, settings: Settings, state: State, report: Report): State;
}

/** One row of the table of strategies: the name in YAML, the schema of the settings, the strategy. */
export interface StrategyType<Settings = unknown, State extends Json = Json> {
  readonly type: string;
  readonly settings: z.ZodType<Settings>;
  readonly strategy: Strategy<Settings, State>;
  /** Its questions, or folding a long log, take so long that nothing else should wait for them: they are asked on another thread. */
  readonly heavy?: boolean;
  /** A proposal that names its parent is to begin with that one's weights, where the space knows edits that keep the function. */
  readonly inherits?: boolean;
  /** Why a search of at most so many trials should not begin with these settings; `undefined` when it may. Most have no reason ever. */
  refuse?(problem: Problem, settings: Settings, trials: number | undefined): Refusal | undefined;
}

/** What speaks against a search, and what to do about it. */
export interface Refusal {
  readonly message: string;
  readonly remedy: string;
}
