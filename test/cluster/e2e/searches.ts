import assert from 'node:assert/strict';
import type {GpuLedger} from '../../../api/ledger.ts';
import type {Stored} from '../../../api/meta.ts';
import type {ArchitectureSearch} from '../../../api/search.ts';
import type {Trial} from '../../../api/trial.ts';
import {agreed, call, kubectl, waitFor} from '../cluster.ts';
import {logs} from './installation.ts';

// What whole searches do on the cluster, as somebody with kubectl sees it.

interface Ours {
  readonly architecturesearches: Stored<ArchitectureSearch>;
  readonly trials: Stored<Trial>;
  readonly gpuledgers: Stored<GpuLedger>;
}

export async function listOf<P extends keyof Ours>(namespace: string, plural: P): Promise<readonly Ours[P][]> {
  const list = await agreed(call('GET', `/apis/archsearch.dev/v1alpha1/namespaces/${namespace}/${plural}`));
  return (list as {readonly items: readonly Ours[P][]}).items;
}

/** The search of this name; the only one if there is no name. */
export async function searchOf(namespace: string, name?: string): Promise<Stored<ArchitectureSearch>> {
  const searches = await listOf(namespace, 'architecturesearches');
  const found = name === undefined ? searches[0] : searches.find(({metadata}) => metadata.name === name);
  return found ?? assert.fail(`there is no search ${name ?? ''} in ${namespace}`);
}

export async function apply(namespace: string, manifest: string): Promise<void> {
  const applied = await kubectl(['apply', '--namespace', namespace, '--validate=strict', '-f', '-'], manifest);
  assert.equal(applied.code, 0, applied.stderr);
}

/** Finished, and its Trials are let go. */
export async function untilOver(
  namespace: string,
  seconds: number,
  name?: string,
): Promise<Stored<ArchitectureSearch>> {
  try {
    return await waitFor(`the search in ${namespace} is over`, seconds, async () => {
      const search = await searchOf(namespace, name).catch(() => undefined);
      const phase = search?.status?.phase;
      if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
      const trials = await listOf(namespace, 'trials');
      const own = trials.filter(({spec}) => spec.search === search?.metadata.name);
      return own.every(({metadata}) => (metadata.finalizers ?? []).length === 0) ? search : undefined;
    });
  } catch (error) {
    const {stdout} = await kubectl(['get', 'archs,trials,pods', '--namespace', namespace]);
    throw new Error(`${stdout}\n${await logs()}`, {cause: error});
  }
}
