import type {GpuLedger} from '../api/ledger.ts';
import type {KubernetesObject, Stored} from '../api/meta.ts';
import {labels} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {Trial} from '../api/trial.ts';
import {outerLedgers} from './chain.ts';
import type {Key, KubernetesApi} from './ports.ts';

/** Everything that carries a search's name. */
export interface Seen {
  readonly search: Stored<ArchitectureSearch> | undefined;
  readonly ledger: Stored<GpuLedger> | undefined;
  /** Ledgers of budgets: those around the search, and those that hold something for it. */
  readonly outer: readonly Stored<GpuLedger>[];
  readonly pods: readonly Stored<Pod>[];
  readonly trials: readonly Stored<Trial>[];
}

export type View = (key: Key) => Promise<Seen>;

/** Consistent reads, the ledgers before the Pods (a Pod that is gone after that is gone), and the Trials last (a Pod leaves after its Trial tells). */
export const consistentView =
  (api: KubernetesApi): View =>
  async (key) => {
    const search = await api.get('ArchitectureSearch', key);
    const ledgers = await api.list('GpuLedger');
    const ledger = ledgers.find(({metadata}) => metadata.namespace === key.namespace && metadata.name === key.name);
    const pods = await api.list('Pod', key.namespace);
    const trials = await api.list('Trial', key.namespace);
    const named = ({metadata}: KubernetesObject): boolean => metadata.labels?.[labels.search] === key.name;
    const outer = outerLedgers(ledgers, key, ledger);
    return {search, ledger, outer, pods: pods.filter(named), trials: trials.filter(named)};
  };
