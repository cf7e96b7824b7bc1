import {keyed} from '../../search/random.ts';

export interface Split {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

export interface Shares {
  readonly validation: number;
  readonly test: number;
}

/** The rule for built-in data; results stay comparable as long as it stands. */
export const builtinShares: Shares = {validation: 0.2, test: 0.2};
export const builtinSeed = 0;

/**
 * Splits examples 0 … strata.length − 1, each stratum (class; one for all in regression) in the same shares. What rounding takes from one
 * stratum the next gets back, so that the totals are exact to one example. Every stratum keeps an example for training.
 */
export function split(strata: readonly number[], shares: Shares, seed: number): Split {
  const parts = {train: [] as number[], validation: [] as number[], test: [] as number[]};
  const validation = quota(shares.validation);
  const test = quota(shares.test);
  for (const [stratum, members] of grouped(strata)) {
    const order = keyed(seed, stratum, 'split').shuffle(members);
    const tests = Math.min(test(order.length), order.length - 1);
    const validations = Math.min(validation(order.length), order.length - 1 - tests);
    for (const [position, member] of order.entries()) {
      const part = position < tests ? 'test' : position < tests + validations ? 'validation' : 'train';
      parts[part].push(member);
    }
  }
  return {train: ascending(parts.train), validation: ascending(parts.validation), test: ascending(parts.test)};
}

/** A stratified share of some examples, at least one of each stratum; all of them for a fraction of 1. */
export function fractionOf(
  indices: readonly number[],
  strata: readonly number[],
  fraction: number,
  seed: number,
): readonly number[] {
  if (fraction >= 1) return indices;
  const take = quota(fraction);
  const groups = grouped(indices.map((index) => strata[index] ?? 0));
  const kept = [...groups].flatMap(([stratum, positions]) => {
    const order = keyed(seed, stratum, 'fraction').shuffle(positions);
    return order.slice(0, Math.max(1, take(order.length))).map((position) => indices[position] ?? 0);
  });
  return ascending(kept);
}

/** Rounds a running sum, so that many small strata do not all round the same way. */
function quota(share: number): (count: number) => number {
  let seen = 0;
  return (count) => {
    const before = Math.round(seen * share);
    seen += count;
    return Math.round(seen * share) - before;
  };
}

function grouped(strata: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [index, stratum] of strata.entries()) {
    const group = groups.get(stratum);
    if (group === undefined) groups.set(stratum, [index]);
    else group.push(index);
  }
  return new Map([...groups].sort(([a], [b]) => a - b));
}

const ascending = (indices: number[]): number[] => indices.sort((a, b) => a - b);
