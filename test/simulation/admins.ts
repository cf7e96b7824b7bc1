import type {GpuLedger} from '../../api/ledger.ts';
import {apiVersion} from '../../api/meta.ts';
import type {Stored} from '../../api/meta.ts';
import {accountFinalizer} from '../../api/pod.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import {newLedger} from '../../operator/ledger.ts';
import {fromGpuHours} from '../../api/quantities.ts';
import type {GuardedServer} from './guarded-server.ts';
import type {Mirror} from './mirror.ts';
import type {Actor, Step} from './step.ts';

export interface AdminOptions {
  /** Budgets around the searches, outermost first, with their GPU-hours. */
  readonly budgets: Readonly<Record<string, number>>;
  /** The namespace of the searches may be deleted. */
  readonly deletes: boolean;
  /** Quota and policies may refuse Pods for a while. */
  readonly refuses: boolean;
  readonly pressure?: {readonly edits?: number};
}

const namespace = 'budgets';
const nothing = {gpuMilliseconds: 0, microDollars: 0};

/** Who keeps the cluster: puts budgets around searches and moves their limits, sets quota and policies, deletes namespaces. */
export class Admins implements Actor {
  readonly #server: GuardedServer;
  readonly #mirror: Mirror;
  readonly #options: AdminOptions;

  constructor(server: GuardedServer, mirror: Mirror, options: AdminOptions) {
    this.#server = server;
    this.#mirror = mirror;
    this.#options = options;
  }

  /** The budgets, before there is any search. */
  async found(): Promise<void> {
    for (const [name, gpuHours] of Object.entries(this.#options.budgets)) {
      const ledger: GpuLedger = {
        apiVersion,
        kind: 'GpuLedger',
        metadata: {name, namespace, finalizers: [accountFinalizer]},
        spec: {
          account: {kind: 'Budget', name, uid: `uid-of-${name}`},
          limit: {gpuMilliseconds: fromGpuHours(gpuHours)},
          caps: {},
          open: {},
          used: {},
          usedByShare: {},
          wasted: nothing,
          overrun: nothing,
          settledCount: 0,
        },
      };
      await this.#server.create('GpuLedger', ledger);
    }
  }

  get #around(): NonNullable<GpuLedger['spec']['within']> {
    return Object.keys(this.#options.budgets).map((name) => ({namespace, name}));
  }

  /** A new search is within the budgets from its first day. */
  async enclose(search: Stored<ArchitectureSearch>): Promise<void> {
    if (this.#around.length === 0) return;
    const ledger = newLedger(search);
    await this.#server.create('GpuLedger', {...ledger, spec: {...ledger.spec, within: this.#around}});
  }

  steps(): readonly Step[] {
    return [...this.#onBudgets(), ...this.#onAdmission(), ...this.#onNamespaces()];
  }

  #onBudgets(): readonly Step[] {
    const edits = this.#options.pressure?.edits ?? 0.02;
    return this.#mirror.ledgers().flatMap((ledger): Step[] => {
      const {metadata, spec} = ledger;
      const write = (name: string, weight: number, changes: Partial<GpuLedger['spec']>): Step => ({
        name: `an admin ${name} ${metadata.name}`,
        weight,
        fault: true,
        run: async () => {
          await this.#server.update('GpuLedger', {...ledger, spec: {...spec, ...changes}});
        },
      });
      const limit = (factor: number) => ({
        limit: {...spec.limit, gpuMilliseconds: Math.round((spec.limit.gpuMilliseconds ?? 0) * factor)},
      });
      if (spec.account.kind === 'Budget')
        return [write('lowers the budget', edits, limit(0.8)), write('raises the budget', edits, limit(1.25))];
      if (this.#around.length === 0) return [];
      return (spec.within ?? []).length < this.#around.length
        ? [write('puts all budgets around', 0.05, {within: this.#around})]
        : [write('takes a budget away from', 0.005, {within: this.#around.slice(1)})];
    });
  }

  #onAdmission(): readonly Step[] {
    const server = this.#server;
    if (server.quota !== Infinity || server.policy !== undefined)
      return [
        {
          name: 'an admin lifts what kept Pods out',
          weight: 0.2,
          run: () => {
            server.quota = Infinity;
            server.policy = undefined;
          },
        },
      ];
    if (!this.#options.refuses) return [];
    return [
      {name: 'an admin sets a quota of one Pod', weight: 0.02, fault: true, run: () => void (server.quota = 1)},
      {name: 'a policy forbids Pods', weight: 0.01, fault: true, run: () => void (server.policy = 'Forbidden')},
      {name: 'a webhook calls Pods invalid', weight: 0.004, fault: true, run: () => void (server.policy = 'Invalid')},
    ];
  }

  /** Its controller deletes what is in it in any order, until nothing is left. */
  #onNamespaces(): readonly Step[] {
    const {terminating} = this.#server;
    const all = [
      ...this.#mirror.searches(),
      ...this.#mirror.ledgers(),
      ...this.#mirror.trials(),
      ...this.#mirror.pods(),
    ];
    const left = all.filter(
      ({metadata}) => terminating.has(metadata.namespace ?? '') && metadata.deletionTimestamp === undefined,
    );
    const purging = left.map(({kind, metadata}): Step => ({
      name: `the namespace controller deletes ${kind} ${metadata.name}`,
      weight: 0.5,
      run: () => this.#server.delete(kind, keyOf(metadata)),
    }));
    const team = this.#mirror.searches()[0]?.metadata.namespace;
    if (!this.#options.deletes || team === undefined || terminating.has(team)) return purging;
    const erase = {name: `an admin deletes the namespace ${team}`, weight: 0.005, fault: true};
    return [...purging, {...erase, run: () => void terminating.add(team)}];
  }
}
