import {installResources} from '../../test/cluster/cluster.ts';
import type {BenchOptions, BenchRow} from '../bench.ts';
import {realPods} from './real-pods.ts';
import {manyTrials} from './many-trials.ts';
import {writesPerTrial} from './writes.ts';

/** Everything that is measured on the cluster, one after the other. */
export async function measure({quick}: BenchOptions): Promise<BenchRow[]> {
  await installResources();
  const real = await realPods(quick ? 6 : 24);
  const writes = await writesPerTrial();
  const paper = await manyTrials(quick ? 200 : 1000);
  return [...real, ...paper, ...writes];
}
