import type {GpuLedger} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import type {Pod} from '../../api/pod.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {Trial} from '../../api/trial.ts';
import type {JournalEntry} from '../../operator/local/api-server.ts';
import type {Kind, Kinds} from '../../operator/ports.ts';

/** What the API server holds, as its journal tells it: for the world, which needs no call to know. */
export class Mirror {
  readonly #objects = new Map<string, Stored<Kinds[Kind]>>();

  before(entry: JournalEntry): Stored<Kinds[Kind]> | undefined {
    return this.#objects.get(addressOf(entry));
  }
  apply(entry: JournalEntry): void {
    if (entry.object === null) this.#objects.delete(addressOf(entry));
    else this.#objects.set(addressOf(entry), entry.object);
  }
  pods(): readonly Stored<Pod>[] {
    return this.#of('Pod');
  }
  trials(): readonly Stored<Trial>[] {
    return this.#of('Trial');
  }
  ledgers(): readonly Stored<GpuLedger>[] {
    return this.#of('GpuLedger');
  }
  searches(): readonly Stored<ArchitectureSearch>[] {
    return this.#of('ArchitectureSearch');
  }
  #of<K extends Kind>(kind: K): readonly Stored<Kinds[K]>[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind) as unknown as readonly Stored<
      Kinds[K]
    >[];
  }
}

const addressOf = (entry: JournalEntry): string => `${entry.kind}/${entry.key.namespace}/${entry.key.name}`;
