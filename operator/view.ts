import type {GpuLedger} from '../api/ledger.ts';
import type {KubernetesObject, Stored} from '../api/meta.ts';
import {labels} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {Trial} from '../api/trial.ts';
import type {Key, KubernetesApi} from './ports.ts';

/** Everything that carries a search's name. */
export interface Seen {
  readonly search: Stored<ArchitectureSearch> | undefined;
  readonly ledger: Stored<GpuLedger> | undefined;
  readonly pods: readonly Stored<Pod>[];
  readonly trials: readonly Stored<Trial>[];
}

export type View = (key: Key) => Promise<Seen>;

/** Consistent reads, the ledger before the Pods (a Pod that is gone after that is gone), and the Trials last (a Pod leaves after its Trial tells). */
export const consistentView =
  (api: KubernetesApi): View =>
  async (key) => {
    const search = await api.get('ArchitectureSearch', key);
    const ledger = await api.get('GpuLedger', key);
    const pods = await api.list('Pod', key.namespace);
    const trials = await api.list('Trial', key.namespace);
    const named = ({metadata}: KubernetesObject): boolean => metadata.labels?.[labels.search] === key.name;
    return {search, ledger, pods: pods.filter(named), trials: trials.filter(named)};
  };
