/**
 * Counter-based randomness: a draw is a function of (seed, index, purpose, attempt), so that there is no generator state to lose
 * and a replay draws the same.
 */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, bound), without modulo bias; bound ≥ 1. */
  integer(bound: number): number;
  /** A uniform element; throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** Standard normal. */
  normal(): number;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
}
