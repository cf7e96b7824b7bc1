import type {Objective, Values} from '../../search/objectives.ts';
import type {CellGraph} from '../../search/space.ts';

/** Everything that the page shows, as JSON: made once by `reportData`, read by the page and by nobody else. */
export interface ReportData {
  readonly name: string;
  readonly task: string;
  readonly data: string;
  readonly phase: string;
  /** Why the search is where it is, in words. */
  readonly message: string;
  readonly objectives: readonly Objective[];
  readonly verdict: Verdict;
  readonly costs: Costs;
  readonly networks: readonly NetworkData[];
  /** Names of the trials on the Pareto front, best of the first objective first. */
  readonly front: readonly string[];
  readonly trials: readonly TrialRow[];
  /** Learning curves of the first objective; at most `maxCurves` of them. */
  readonly curves: readonly Curve[];
  /** How the winner came about: its line of ancestors, the oldest first. */
  readonly ancestry: readonly Ancestor[];
  readonly failures: readonly FailureGroup[];
  readonly recipe: Recipe;
}

export interface Verdict {
  readonly kind: 'WinnerBetter' | 'BaselineBetter' | 'NoDifference' | 'NotCompared';
  /** One plain sentence that answers whether the search was worth it. */
  readonly headline: string;
  readonly details: readonly string[];
  readonly metric: string;
  readonly winner?: Side;
  readonly baseline?: Side;
  /** Winner minus baseline on the test split, with its 95% interval. */
  readonly difference?: {readonly value: number; readonly interval: readonly [number, number]};
}

export interface Side {
  readonly title: string;
  readonly trial: string;
  readonly description: string;
  readonly validation: Values;
  readonly test?: Values;
  /** The first objective on the test split, one number for each seed. */
  readonly seeds: readonly number[];
}

export interface Costs {
  readonly gpuSeconds: number;
  readonly limitGpuSeconds?: number;
  readonly wastedGpuSeconds: number;
  readonly money?: number;
  readonly limitMoney?: number;
  readonly seconds: number;
  readonly device: string;
  readonly parts: readonly {readonly purpose: string; readonly trials: number; readonly gpuSeconds: number}[];
}

/** What was spent by all trials together up to a moment. */
export interface Spent {
  readonly gpuSeconds: number;
  readonly money: number;
  readonly seconds: number;
}

export interface TrialRow {
  readonly name: string;
  readonly purpose: string;
  readonly index: number;
  readonly outcome: string;
  readonly message: string;
  readonly values: Values;
  readonly feasible: boolean;
  readonly architecture: string;
  readonly training: Readonly<Record<string, number | string | boolean>>;
  readonly why: string;
  readonly parent?: string;
  readonly twin?: string;
  readonly epochs: number;
  readonly gpuSeconds: number;
  readonly attempts: number;
  /** Absent while the trial has not ended. */
  readonly spent?: Spent;
}

export interface Curve {
  readonly trial: string;
  readonly points: readonly (readonly [epoch: number, value: number])[];
}

export interface Ancestor {
  readonly trial: string;
  readonly why: string;
  readonly value?: number;
}

export interface FailureGroup {
  readonly reason: string;
  readonly remedy: string;
  readonly count: number;
  readonly gpuSeconds: number;
  /** True for attempts that were tried again and cost their trial nothing but time. */
  readonly recovered: boolean;
  readonly examples: readonly FailureExample[];
}

export interface FailureExample {
  readonly trial: string;
  readonly message: string;
  readonly log?: string;
}

export interface LayerData {
  readonly name: string;
  readonly op: string;
  readonly label: string;
  readonly inputs: readonly string[];
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly flops: number;
}

export interface NetworkData {
  readonly role: 'Winner' | 'Baseline';
  readonly title: string;
  readonly trial: string;
  readonly description: string;
  readonly genotype: string;
  readonly input: readonly number[];
  readonly cells: readonly CellGraph[];
  readonly layers: readonly LayerData[];
  readonly parameters: number;
  readonly flops: number;
}

export interface Recipe {
  readonly manifest: string;
  readonly commands: readonly string[];
  /** What was used, in the order in which it is told. */
  readonly facts: readonly Fact[];
  readonly winner: string;
  readonly notes: readonly string[];
}

export interface Fact {
  readonly what: string;
  readonly value: string;
}
