import {deviation, mean} from '../../search/simulation/summary.ts';
import {ratioInterval} from '../bench.ts';
import type {BenchRow} from '../bench.ts';

/** Distances from the best, of two ways of searching with the same seeds; less is better. */
export interface Regrets {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

/**
 * A row of mean regrets; the case says by how much ours is better on the average of the pairs, with twice its standard error. No row where
 * nothing was measured.
 */
export function pairedRows(label: {case: string; unit: string; peerName: string}, {ours, peer}: Regrets): BenchRow[] {
  if (ours.length === 0) return [];
  const differences = ours.map((regret, at) => (peer[at] ?? Number.NaN) - regret);
  const twoErrors = (2 * deviation(differences)) / Math.sqrt(differences.length);
  const gain = `gain ${mean(differences).toFixed(4)} ± ${twoErrors.toFixed(4)}`;
  const ratio = ratioInterval({ours, peer}, {better: 'Less', centre: mean, resamples: 500});
  return [{...label, case: `${label.case} (${gain})`, ours: mean(ours), peer: mean(peer), ...ratio, n: ours.length}];
}
