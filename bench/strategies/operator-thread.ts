import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../api/meta.ts';
import {instant} from '../../api/quantities.ts';
import {labels, searchFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {ArchitectureSearch, SearchSpec} from '../../api/search.ts';
import type {Trial} from '../../api/trial.ts';
import {Controller} from '../../operator/controller.ts';
import {limitsOf} from '../../operator/ledger.ts';
import type {Key, Kind, KubernetesApi} from '../../operator/ports.ts';
import {silentBus} from '../../operator/silent-bus.ts';
import {ThreadAsker} from '../../operator/thread/asker.ts';
import {keyed} from '../../search/random.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import {strategies} from '../../search/strategies/index.ts';
import {aLedger, aSearch, aTrial, testNamespace} from '../../test/builders.ts';
import type {BenchRow} from '../bench.ts';

const cells = {cellsPerStage: 1, channels: 4};
const space = nasBench201.open(cells);
const clock = {now: () => instant(Date.now())};
/** A trial ends, and the next is proposed, so often. */
const [trialsMore, pauseMilliseconds] = [40, 100];
const tickMilliseconds = 5;

/** A search with a long log that goes on: what it proposes is trained at once, and no Pod is ever made. */
class LongSearch {
  readonly search: Stored<ArchitectureSearch>;
  readonly #trials: Stored<Trial>[] = [];

  constructor(type: string, trials: number) {
    const strategy = {type};
    const searchSpace = {type: 'NasBench201', nasBench201: cells} as SearchSpec['searchSpace'];
    const dataset = {...aSearch().spec.dataset, builtin: 'digits'} as const;
    const limits = {trials: 2 * trials, parallelTrials: 10, failedTrials: trials, gpuHours: 1e6};
    const creationTimestamp = new Date().toISOString();
    this.search = aSearch({
      metadata: {finalizers: [searchFinalizer], creationTimestamp},
      spec: {task: 'ImageClassification', dataset, searchSpace, strategy, limits},
      status: {phase: 'Running', startedAt: creationTimestamp, frozen: {strategy, strategyVersion: 1}},
    });
    const order = keyed(1, 0, 'log').shuffle(Array.from({length: space.size}, (_, rank) => rank));
    for (const rank of order.slice(0, trials)) this.#trained(this.#recorded(space.at?.(rank) ?? null));
  }

  get trials(): number {
    return this.#trials.length;
  }

  /** The operator's controller on this search; `onAnswer` is called when a heavy strategy has answered. */
  controller(asker: ThreadAsker, onAnswer: () => void): Controller {
    const ledger = aLedger({spec: limitsOf(this.search)});
    const view = () => Promise.resolve({search: this.search, ledger, outer: [], pods: [], trials: this.#trials});
    const api = {
      create: (kind: Kind, object: Trial) => {
        if (kind === 'Trial') this.#trained(object);
        return Promise.resolve(object);
      },
      patchStatus: () => Promise.resolve(this.search),
    } as unknown as KubernetesApi;
    return new Controller({api, bus: silentBus, clock, asker, onAnswer, view});
  }

  #recorded(genotype: unknown): Trial {
    const index = this.#trials.length + 1;
    const architecture = {family: 'SearchSpace', type: 'NasBench201', settings: cells, genotype};
    const told = this.#trials.at(-1)?.status?.values;
    const after = told === undefined ? [] : [{index: index - 1, kind: 'scored', values: told, epoch: 4, cost: 1}];
    const name = `search-c${String(index)}`;
    const spec = {index, architecture, identity: name, after} as unknown as Trial['spec'];
    const ours = {[labels.search]: 'search', [labels.searchUid]: this.search.metadata.uid};
    return aTrial({metadata: {name, labels: ours, finalizers: [trialFinalizer]}, spec});
  }

  #trained(trial: Trial): void {
    const index = this.#trials.length + 1;
    const now = new Date().toISOString();
    const metadata = {
      ...trial.metadata,
      uid: `uid-of-${trial.metadata.name}`,
      resourceVersion: '1',
      creationTimestamp: now,
    };
    const values = {accuracy: keyed(2, index, 'result').uniform()};
    const status: Trial['status'] = {phase: 'Succeeded', reason: 'Completed', values, epochs: 4, finishedAt: now};
    this.#trials.push({...trial, metadata, status});
  }
}

/** Milliseconds by which the thread is later than it should be, every few milliseconds. */
function watchThread(): {readonly late: readonly number[]; stop(): void} {
  const late: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - last - tickMilliseconds));
    last = now;
  }, tickMilliseconds);
  return {
    late,
    stop: () => {
      clearInterval(timer);
    },
  };
}

interface Waits {
  /** Until the first proposal of an operator that has just begun: it folds the log. */
  readonly first: number;
  /** Until each proposal after that. */
  readonly rounds: readonly number[];
  readonly late: readonly number[];
}

const key: Key = {namespace: testNamespace, name: 'search'};

/** Lets a search go on for a while after so many trials. */
async function goOn(type: string, trials: number): Promise<Waits> {
  const search = new LongSearch(type, trials);
  const asker = new ThreadAsker();
  let wake = (): void => undefined;
  const controller = search.controller(asker, () => {
    wake();
  });
  /** One proposal more. Nothing else happens in this search, so that there is nothing to wait for but the answer. */
  const propose = async (): Promise<number> => {
    const [begun, before] = [performance.now(), search.trials];
    while (search.trials === before) {
      const answered = new Promise<void>((resolve) => (wake = resolve));
      await controller.reconcile(key);
      if (search.trials === before) await answered;
    }
    return performance.now() - begun;
  };
  const thread = watchThread();
  const first = await propose();
  const rounds: number[] = [];
  for (let more = 0; more < trialsMore; more += 1) {
    await pause(pauseMilliseconds);
    rounds.push(await propose());
  }
  thread.stop();
  await asker.close();
  return {first, rounds, late: thread.late};
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;

const limits = {answer: 200, late: 5, longest: 1_000, first: 60_000};

/** Figure 7: what a long log costs the operator's own thread, which also renews its lease, and how long its proposals take. */
export async function operatorThreadRows(trials: number): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const {type} of strategies.filter((row) => row.heavy === true)) {
    const {first, rounds, late} = await goOn(type, trials);
    const row = (what: string, ours: number, limit: number): BenchRow => {
      const ratio = limit / ours;
      const label = {case: `${type}, ${String(trials)} trials: ${what}`, unit: 'ms', peerName: 'limit'};
      return {...label, ours, peer: limit, ratio, interval: [ratio, ratio], n: 1};
    };
    rows.push(
      row('the thread late, 95th percentile', percentile(late, 0.95), limits.late),
      row('the thread late, longest', Math.max(...late), limits.longest),
      row('until a proposal, 95th percentile', percentile(rounds, 0.95), limits.answer),
      row('until the first proposal', first, limits.first),
    );
  }
  return rows;
}
