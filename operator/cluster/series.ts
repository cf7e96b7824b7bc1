import type {Stored} from '../../api/meta.ts';
import type {RefusalReason} from '../../api/reasons.ts';
import {instant, parseTimestamp} from '../../api/quantities.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {DropCause} from '../inbox.ts';
import {keyOf, textOf} from '../key.ts';
import type {Metrics} from '../metrics.ts';
import {accountSamples} from '../metrics/account-samples.ts';
import {podSamples} from '../metrics/pod-samples.ts';
import type {Sample} from '../metrics/sample.ts';
import {searchLabels, searchSamples} from '../metrics/search-samples.ts';
import type {Bus} from '../ports.ts';
import {hindrances} from './health.ts';
import type {Vitals} from './health.ts';
import type {Mirror} from './mirror.ts';

/** What the operator is at the time of a scrape. */
export interface OperatorState {
  readonly leading: boolean;
  readonly queueDepth: number;
  readonly questionsWaiting: number;
  readonly roundsRunning: number;
  readonly vitals: Vitals;
}

/** What the bus has counted since this process started. */
interface CountingBus extends Bus {
  received?(): number;
  dropped?(): Readonly<Record<DropCause, number>>;
  refused?(): Readonly<Record<RefusalReason, number>>;
}

export interface SeriesOptions {
  readonly metrics: Metrics;
  readonly mirror: Mirror;
  readonly bus: CountingBus;
  readonly state: () => OperatorState;
  readonly version: string;
  /** How long the series of a finished search stay, in milliseconds. */
  readonly keepFinishedMilliseconds: number;
  /** A search that cannot be told of, and why: the others are. */
  readonly onTrouble: (search: string, error: unknown) => void;
}

const ofSearches = /^(search|pods|budget) /;

/**
 * Brings the metrics up to date when they are read. What follows from the objects of a search is computed again only when one of them has
 * changed: a search that is over costs nothing but its lines, however many trials it had.
 */
export class Series {
  readonly #options: SeriesOptions;
  /** Group of a search → revision of its objects that its series are of. */
  readonly #revisions = new Map<string, number>();

  constructor(options: SeriesOptions) {
    this.#options = options;
  }

  async text(): Promise<string> {
    const {metrics, state, mirror} = this.#options;
    const current = state();
    metrics.replace('operator', this.#operatorSamples(current));
    // two processes that told of the same searches would double every sum
    const shown = current.leading && mirror.synced ? await this.#showSearches() : new Set<string>();
    for (const group of metrics.groups()) if (ofSearches.test(group) && !shown.has(group)) this.#hide(group);
    return metrics.text();
  }

  #hide(group: string): void {
    this.#options.metrics.replace(group, []);
    this.#revisions.delete(group);
  }

  /** The groups that there are. */
  async #showSearches(): Promise<ReadonlySet<string>> {
    const {mirror} = this.#options;
    const now = Date.now();
    const current = [...mirror.all('ArchitectureSearch')].filter((search) => !this.#isPast(search, now));
    const told: string[] = [];
    for (const search of current) if (await this.#tried(search, now)) told.push(textOf(keyOf(search)));
    return new Set([...told.flatMap((name) => [`search ${name}`, `pods ${name}`]), ...this.#showBudgets()]);
  }

  /** The groups of the accounts around searches. */
  #showBudgets(): string[] {
    const {metrics, mirror} = this.#options;
    const budgets = [...mirror.all('GpuLedger')].filter(({spec}) => spec.account.kind === 'Budget');
    return budgets.map((ledger) => {
      const key = keyOf(ledger);
      const group = `budget ${textOf(key)}`;
      const labels = {namespace: key.namespace, budget: ledger.spec.account.name};
      metrics.replace(group, accountSamples('budget', labels, ledger.spec));
      return group;
    });
  }

  async #tried(search: Stored<ArchitectureSearch>, now: number): Promise<boolean> {
    try {
      await this.#showSearch(search, now);
      return true;
    } catch (error) {
      this.#options.onTrouble(textOf(keyOf(search)), error);
      return false;
    }
  }

  #isPast({status}: Stored<ArchitectureSearch>, now: number): boolean {
    const {finishedAt} = status ?? {};
    return finishedAt !== undefined && now - parseTimestamp(finishedAt) > this.#options.keepFinishedMilliseconds;
  }

  async #showSearch(search: Stored<ArchitectureSearch>, now: number): Promise<void> {
    const {metrics, mirror, bus} = this.#options;
    const key = keyOf(search);
    const name = textOf(key);
    const {ledger, pods, trials} = await mirror.view(key);
    const live = {now: instant(now), pods, ledger: ledger?.spec, hints: bus.hints()};
    metrics.replace(`pods ${name}`, podSamples(searchLabels(search), live));
    const revision = mirror.revisionOf(key);
    const group = `search ${name}`;
    if (this.#revisions.get(group) === revision) return;
    metrics.replace(group, searchSamples({search, ledger, trials}));
    this.#revisions.set(group, revision);
  }

  #operatorSamples({leading, queueDepth, questionsWaiting, roundsRunning, vitals}: OperatorState): Sample[] {
    const {mirror, version} = this.#options;
    const plain = (name: Sample['name'], value: number): Sample => ({name, labels: {}, value});
    return [
      {name: 'archsearch_operator_info', labels: {version}, value: 1},
      plain('archsearch_operator_leader', Number(leading)),
      plain('archsearch_operator_ready', Number(hindrances(vitals).length === 0)),
      plain('archsearch_operator_queue_depth', queueDepth),
      plain('archsearch_operator_questions_waiting', questionsWaiting),
      plain('archsearch_operator_reconciles_running', roundsRunning),
      plain('archsearch_operator_reconcile_silence_seconds', vitals.roundSilence / 1000),
      ...vitals.watches
        .filter(({silence}) => Number.isFinite(silence))
        .map(({kind, silence}) => ({
          name: 'archsearch_operator_watch_age_seconds' as const,
          labels: {kind},
          value: silence / 1000,
        })),
      ...mirror.sizes().map(({kind, size}) => ({
        name: 'archsearch_operator_mirrored_objects' as const,
        labels: {kind},
        value: size,
      })),
      ...this.#busSamples(),
    ];
  }

  #busSamples(): Sample[] {
    const {bus} = this.#options;
    const state = bus.state?.();
    if (state === undefined) return [];
    const dropped = Object.entries(bus.dropped?.() ?? {});
    const refused = Object.entries(bus.refused?.() ?? {});
    return [
      {name: 'archsearch_operator_nats_connected', labels: {}, value: Number(state.connected)},
      {name: 'archsearch_operator_nats_messages_received_total', labels: {}, value: bus.received?.() ?? 0},
      ...dropped.map(([cause, value]) => ({
        name: 'archsearch_operator_nats_messages_dropped_total' as const,
        labels: {cause},
        value,
      })),
      ...refused.map(([reason, value]) => ({
        name: 'archsearch_operator_nats_refusals_total' as const,
        labels: {reason},
        value,
      })),
    ];
  }
}
