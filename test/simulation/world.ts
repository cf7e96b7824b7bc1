import type {Stored} from '../../api/meta.ts';
import {labels, ledgerFinalizer} from '../../api/pod.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import {isFinished} from '../../api/trial.ts';
import {MemoryApiServer} from '../../operator/local/api-server.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import type {Bus, Clock, Key, KubernetesApi} from '../../operator/ports.ts';
import {keyed} from '../../search/random.ts';
import type {Random} from '../../search/random.ts';
import {Cluster} from './cluster.ts';
import {GpuTruth} from './gpu-truth.ts';
import {LedgerAudit} from './ledger-audit.ts';
import {LossyBus} from './lossy-bus.ts';
import {Mirror} from './mirror.ts';
import {OperatorProcess, ParkedApi} from './operator-process.ts';
import type {Reconciler} from './operator-process.ts';
import {choose} from './step.ts';
import type {Actor, Step} from './step.ts';
import {Time} from './time.ts';
import {ParallelAudit} from './parallel-audit.ts';
import {misreported, replayed} from './result-audit.ts';
import type {Script} from './script.ts';
import {TrialAudit} from './trial-audit.ts';
import {Users} from './users.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly searches: readonly ArchitectureSearch[];
  readonly launch: (deps: {api: KubernetesApi; bus: Bus; clock: Clock}) => Reconciler;
  /** Operators that act at once: a leader and zombies. */
  readonly operators: number;
  readonly size: {readonly nodes: number; readonly gpus: number};
  /** Somebody takes our finalizers off by force now and then. */
  readonly force: boolean;
  /** Somebody may delete a search that is under way. */
  readonly deletes: boolean;
  /** Nodes may go without anybody's removing their Node objects. */
  readonly forgets: boolean;
  /** Weights of what makes narrow races likely; small where left out. */
  readonly pressure?: {readonly podDeletions?: number; readonly standstills?: number; readonly losses?: number};
  /** Steps with faults; after them the world is calm, and everything must come to its end. */
  readonly stormySteps: number;
  readonly calmSteps: number;
}

/** A run that broke an invariant: the seed replays it. */
export class Violation extends Error {
  constructor(seed: number, steps: number, what: string, trace: readonly string[]) {
    super(
      `seed ${String(seed)}, step ${String(steps)}: ${what}\nreplay with ARCHSEARCH_SEED=${String(seed)}; the last steps were\n  ${trace.join('\n  ')}`,
    );
    this.name = 'Violation';
  }
}

/** One simulated world: an API server, a cluster, users, messages and operators, moved by one seeded scheduler. */
export class World {
  readonly server: MemoryApiServer;
  readonly mirror = new Mirror();
  readonly truth = new GpuTruth();
  readonly ledgers = new LedgerAudit(this.truth);
  readonly trials = new TrialAudit(this.mirror);
  readonly parallel: ParallelAudit;
  /** What each Trial's Pods did, by the Trial's name. */
  readonly scripts = new Map<string, Script>();
  readonly time: Time;
  steps = 0;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #operators: readonly OperatorProcess[];
  readonly #cluster: Cluster;
  readonly #actors: readonly Actor[];
  readonly #trace: string[] = [];
  #stormy = true;
  #uids = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.parallel = new ParallelAudit(0);
    const random = keyed(options.seed, 0, 'simulation');
    this.#random = random;
    this.time = new Time(random, () => this.#cluster.pass());
    this.server = new MemoryApiServer({
      clock: this.time,
      uid: () => `uid-${String(++this.#uids)}`,
      journal: (entry) => {
        const before = this.mirror.before(entry);
        this.ledgers.observe(entry, before as Parameters<LedgerAudit['observe']>[1]);
        this.trials.observe(entry, before as Parameters<TrialAudit['observe']>[1]);
        this.mirror.apply(entry);
      },
    });
    const {server, mirror, time, truth} = this;
    this.#cluster = new Cluster(
      options.size,
      {
        server,
        mirror,
        clock: time,
        truth,
        faulty: () => this.#stormy,
        losses: options.pressure?.losses ?? 0.03,
        forgets: options.forgets,
        began: (trial, script) => void this.scripts.set(trial, script),
      },
      random,
    );
    const bus = new LossyBus(this.#cluster, mirror, random);
    const users = new Users(server, mirror, {
      podDeletions: options.pressure?.podDeletions ?? 0.03,
      force: options.force,
      deletes: options.deletes,
      onForce: (uid) => this.ledgers.forced(uid),
    });
    this.#operators = Array.from({length: options.operators}, (_, at) =>
      this.#operator(`operator ${String(at + 1)}`, bus),
    );
    this.#actors = [...this.#operators, this.time, this.#cluster, bus, users];
  }

  #operator(name: string, bus: Bus): OperatorProcess {
    const keys = () => this.#keys();
    return new OperatorProcess({name, standstills: this.#options.pressure?.standstills ?? 0.05}, keys, () => {
      const api = new ParkedApi(this.server);
      return {api, reconciler: this.#options.launch({api, bus, clock: this.time})};
    });
  }

  /** Searches by name, also those that only their Trials and Pods still name. */
  #keys(): readonly Key[] {
    const dependents = [...this.mirror.trials(), ...this.mirror.pods()].map(({metadata}) => ({
      namespace: metadata.namespace ?? '',
      name: metadata.labels?.[labels.search] ?? '',
    }));
    const keys = [...this.mirror.searches().map(({metadata}) => keyOf(metadata)), ...dependents];
    return [...new Map(keys.map((key) => [`${key.namespace}/${key.name}`, key])).values()];
  }

  /** Runs to the end, checking after every step; throws a `Violation`. */
  async run(): Promise<void> {
    for (const search of this.#options.searches) await this.server.create('ArchitectureSearch', search);
    while (this.steps < this.#options.stormySteps && !this.isOver()) await this.#step();
    this.#stormy = false;
    const last = this.steps + this.#options.calmSteps;
    while (this.steps < last && !this.isOver()) await this.#step();
    if (!this.isOver())
      this.#fail(`still not over after ${String(this.#options.calmSteps)} calm steps: ${this.#unfinished()}`);
    this.ledgers.close();
    this.trials.close();
    this.#check();
    const results = [
      ...this.mirror.searches().flatMap((search) => replayed(search, this.trials.logs())),
      ...misreported(this.trials.all.values(), this.scripts),
    ];
    if (results[0] !== undefined) this.#fail(results[0]);
  }

  isOver(): boolean {
    return this.#unfinished() === '';
  }

  #unfinished(): string {
    const open = this.mirror.ledgers().flatMap(({spec}) => Object.keys(spec.open));
    const held = this.mirror.pods().filter(({metadata}) => metadata.finalizers?.includes(ledgerFinalizer) === true);
    const running = this.mirror.searches().filter((search) => !isEnded(search));
    const waiting = this.mirror.trials().filter((trial) => !isFinished(trial));
    const alive = new Set(this.mirror.searches().map(({metadata}) => metadata.uid));
    const orphans = [...this.mirror.trials(), ...held].filter(
      ({metadata}) => !alive.has(metadata.labels?.[labels.searchUid] ?? ''),
    );
    return [
      ...running.map(
        ({metadata, status}) =>
          `${metadata.name} is ${status?.phase ?? 'new'}: ${JSON.stringify(status?.conditions?.at(-1))}`,
      ),
      ...open.map((uid) => `${uid} is reserved`),
      ...held.map(({metadata, status}) => `${metadata.name} is held, ${status?.phase ?? ''}`),
      ...orphans.map(({kind, metadata}) => `${kind} ${metadata.name} is left behind by its search`),
      ...waiting.map(({metadata, status}) => `${metadata.name} is ${status?.phase ?? 'new'}`),
    ].join('; ');
  }

  async #step(): Promise<void> {
    const possible = this.#actors.flatMap((actor) => actor.steps()).filter(isPossible(this.#stormy));
    const step = choose(possible, this.#random);
    if (step === undefined) return this.#fail('nothing can happen any more');
    this.steps++;
    this.#trace.push(step.name);
    if (this.#trace.length > 60) this.#trace.shift();
    await step.run();
    // Whatever follows without another call to a port happens before anything else does.
    await new Promise(setImmediate);
    this.ledgers.check(this.mirror, this.time.now());
    this.parallel.check(this.mirror);
    this.#check();
  }

  #check(): void {
    const failure = this.#operators.map((operator) => operator.failure).find((error) => error !== undefined);
    if (failure !== undefined)
      this.#fail(`the operator failed: ${failure instanceof Error ? (failure.stack ?? '') : JSON.stringify(failure)}`);
    const [violation] = [...this.ledgers.violations, ...this.trials.violations, ...this.parallel.violations];
    if (violation !== undefined) this.#fail(violation);
  }

  #fail(what: string): never {
    throw new Violation(this.#options.seed, this.steps, what, this.#trace);
  }
}

const isPossible = (stormy: boolean) => (step: Step) => stormy || step.fault !== true;

const isEnded = ({status}: Stored<ArchitectureSearch>): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';
