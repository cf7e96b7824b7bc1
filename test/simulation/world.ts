import type {Stored} from '../../api/meta.ts';
import {labels, ledgerFinalizer} from '../../api/pod.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import {searchesIn} from '../../operator/chain.ts';
import type {JournalEntry} from '../../operator/local/api-server.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import type {Key} from '../../operator/ports.ts';
import {keyed} from '../../search/random.ts';
import type {Random} from '../../search/random.ts';
import {Admins} from './admins.ts';
import type {AdminOptions} from './admins.ts';
import {Cluster} from './cluster.ts';
import {GpuTruth} from './gpu-truth.ts';
import {GuardedServer} from './guarded-server.ts';
import {HttpTwin} from './http-twin.ts';
import {Installation} from './installation.ts';
import {LedgerAudit} from './ledger-audit.ts';
import {LossyBus} from './lossy-bus.ts';
import {Mirror} from './mirror.ts';
import {OperatorProcess} from './operator-process.ts';
import {mirroring, reading} from './operators.ts';
import type {Build} from './operators.ts';
import {ParallelAudit} from './parallel-audit.ts';
import {misreported, replayed} from './result-audit.ts';
import type {Script} from './script.ts';
import {ShiftedClock} from './shifted-clock.ts';
import {choose} from './step.ts';
import type {Actor, Step} from './step.ts';
import {Time} from './time.ts';
import {TrialAudit} from './trial-audit.ts';
import {Users} from './users.ts';

export interface WorldOptions extends AdminOptions {
  readonly seed: number;
  readonly searches: readonly ArchitectureSearch[];
  readonly build: Build;
  /** Operators that act at once, a leader and zombies: how each of them sees the API server. */
  readonly operators: readonly ('Reading' | 'Mirroring')[];
  readonly size: {readonly nodes: number; readonly gpus: number};
  /** Somebody takes our finalizers off by force now and then. */
  readonly force: boolean;
  /** Somebody may delete a search that is under way, and the namespace around it. */
  readonly deletes: boolean;
  /** archsearch may be taken off the cluster and brought back. */
  readonly uninstalls: boolean;
  /** Nodes may go without anybody's removing their Node objects. */
  readonly forgets: boolean;
  /** No policy keeps people from deleting Pods with more grace than they have. */
  readonly unguarded: boolean;
  /** Weights of what makes narrow races likely; small where left out. */
  readonly pressure?: {
    readonly podDeletions?: number;
    readonly standstills?: number;
    readonly losses?: number;
    readonly crashes?: number;
    readonly edits?: number;
  };
  /** Steps with faults; after them the world is calm, and everything must come to its end. */
  readonly stormySteps: number;
  readonly calmSteps: number;
}

/** A run that broke an invariant: the seed replays it. */
export class Violation extends Error {
  readonly what: string;

  constructor(seed: number, steps: number, what: string, trace: readonly string[]) {
    super(
      `seed ${String(seed)}, step ${String(steps)}: ${what}\nreplay with ARCHSEARCH_SEED=${String(seed)}; the last steps were\n  ${trace.join('\n  ')}`,
    );
    this.name = 'Violation';
    this.what = what;
  }
}

/** One simulated world: an API server, a cluster, users, messages and operators, moved by one seeded scheduler. */
export class World {
  readonly server: GuardedServer;
  readonly mirror = new Mirror();
  readonly truth = new GpuTruth();
  readonly ledgers = new LedgerAudit(this.truth);
  readonly trials = new TrialAudit(this.mirror);
  readonly parallel = new ParallelAudit(0);
  /** What each Trial's Pods did, by the Trial's uid. */
  readonly scripts = new Map<string, Script>();
  readonly time: Time;
  /** What has happened, numbers apart. */
  readonly happened = new Set<string>();
  steps = 0;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #operators: readonly OperatorProcess[];
  readonly #cluster: Cluster;
  readonly #admins: Admins;
  readonly #installation: Installation;
  readonly #actors: readonly Actor[];
  readonly #trace: string[] = [];
  #stormy = true;
  #uids = 0;
  #version = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    const random = keyed(options.seed, 0, 'simulation');
    this.#random = random;
    this.time = new Time(random, () => {
      this.#cluster.pass();
    });
    this.server = new GuardedServer({
      clock: this.time,
      uid: () => `uid-${String(options.seed)}-${String(++this.#uids)}`,
      journal: (entry) => {
        this.#record(entry);
      },
      pods: () => this.mirror.pods(),
    });
    this.#cluster = this.#clusterOf(options);
    const bus = new LossyBus(this.#cluster, this.mirror, random);
    this.#admins = new Admins(this.server, this.mirror, options);
    this.#installation = new Installation(options.uninstalls);
    this.#operators = this.#operatorsOf(options, bus);
    this.#actors = [
      ...this.#operators,
      this.time,
      this.#cluster,
      bus,
      this.#users(options),
      this.#admins,
      this.#installation,
    ];
  }

  #clusterOf({size, pressure, forgets}: WorldOptions): Cluster {
    const {server, mirror, time, truth} = this;
    const losses = pressure?.losses ?? 0.03;
    const began = (trial: string, script: Script) => void this.scripts.set(trial, script);
    const around = {server, mirror, clock: time, truth, faulty: () => this.#stormy, losses, forgets, began};
    return new Cluster(size, around, this.#random);
  }

  #users({searches, pressure, force, deletes, unguarded}: WorldOptions): Users {
    return new Users(this.server, this.mirror, {
      searches,
      podDeletions: pressure?.podDeletions ?? 0.03,
      force,
      deletes,
      onForce: (uid) => {
        this.ledgers.forced(uid);
      },
      onForcedTrial: (trial) => {
        this.trials.forced(trial);
      },
      unguarded,
      onStretch: (uid, grace) => {
        this.#cluster.stretch(uid, grace);
      },
    });
  }

  #operatorsOf({operators, build, pressure}: WorldOptions, bus: LossyBus): readonly OperatorProcess[] {
    const {server, time: clock} = this;
    const twin = new HttpTwin(server, () => this.#version, 3);
    const jumps = () => new ShiftedClock(clock, this.#random);
    const {departure} = this.#installation;
    const around = {build, server, twin, bus, clock, departure, keys: () => this.#keys(), jumps};
    const ways = {Reading: reading(around), Mirroring: mirroring(around)};
    return operators.map((way, at) => {
      const name = `operator ${String(at + 1)}`;
      const {standstills = 0.05, crashes: faults = 0.04} = pressure ?? {};
      return new OperatorProcess({name, standstills, faults, launch: ways[way]});
    });
  }

  #record(entry: JournalEntry): void {
    const before = this.mirror.before(entry);
    this.#version = entry.rv;
    this.ledgers.observe(entry, before as Parameters<LedgerAudit['observe']>[1]);
    this.trials.observe(entry, before as Parameters<TrialAudit['observe']>[1]);
    if (entry.object === null && before?.kind === 'Trial') this.#lost(before);
    this.mirror.apply(entry);
  }

  /** What was deleted before an uninstall, and stayed for its log, goes with it. */
  #lost(trial: Stored<Trial>): void {
    const uid = trial.metadata.labels?.[labels.searchUid];
    const search = this.mirror.searches().find(({metadata}) => metadata.uid === uid);
    if (this.#installation.hasLeft && search !== undefined && !isEnded(search)) this.trials.forced(trial);
  }

  /** Searches by name, also those that only other objects still name. */
  #keys(): readonly Key[] {
    const dependents = [...this.mirror.trials(), ...this.mirror.pods()].map(({metadata}) => ({
      namespace: metadata.namespace ?? '',
      name: metadata.labels?.[labels.search] ?? '',
    }));
    const ledgers = this.mirror.ledgers();
    const named = [...this.mirror.searches(), ...ledgers].map(({metadata}) => keyOf(metadata));
    const keys = [...named, ...dependents, ...ledgers.flatMap(searchesIn)];
    return [...new Map(keys.map((key) => [`${key.namespace}/${key.name}`, key])).values()];
  }

  /** Runs to the end, checking after every step; throws a `Violation`. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } finally {
      for (const operator of this.#operators) operator.stop();
    }
  }

  async #run(): Promise<void> {
    await this.#admins.found();
    for (const search of this.#options.searches)
      await this.#admins.enclose(await this.server.create('ArchitectureSearch', search));
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
      ...this.mirror
        .searches()
        .filter(({metadata}) => !this.trials.incomplete.has(metadata.uid))
        .flatMap((search) => replayed(search, this.trials.logs())),
      ...misreported(this.trials.all.values(), this.scripts),
    ];
    if (results[0] !== undefined) this.#fail(results[0]);
  }

  isOver(): boolean {
    return this.mirror.searches().every(isEnded) && this.#unfinished() === '';
  }

  #unfinished(): string {
    const ledgers = this.mirror.ledgers();
    const open = ledgers.flatMap(({spec}) => Object.keys(spec.open));
    const held = this.mirror.pods().filter(({metadata}) => metadata.finalizers?.includes(ledgerFinalizer) === true);
    const running = this.mirror.searches().filter((search) => !isEnded(search));
    const waiting = this.mirror.trials().filter((trial) => !isFinished(trial));
    const alive = new Set(this.mirror.searches().map(({metadata}) => metadata.uid));
    const orphans = [...this.mirror.trials(), ...held].filter(
      ({metadata}) => !alive.has(metadata.labels?.[labels.searchUid] ?? ''),
    );
    const deserted = ledgers.filter(({spec}) => spec.account.kind === 'Search' && !alive.has(spec.account.uid));
    return [
      ...running.map(
        ({metadata, status}) =>
          `${metadata.name} is ${status?.phase ?? 'new'}: ${JSON.stringify(status?.conditions?.at(-1))}`,
      ),
      ...open.map((uid) => `${uid} is reserved`),
      ...held.map(({metadata, status}) => `${metadata.name} is held, ${status?.phase ?? ''}`),
      ...[...orphans, ...deserted].map(({kind, metadata}) => `${kind} ${metadata.name} is left behind by its search`),
      ...waiting.map(({metadata, status}) => `${metadata.name} is ${status?.phase ?? 'new'}`),
    ].join('; ');
  }

  async #step(): Promise<void> {
    const possible = this.#actors.flatMap((actor) => actor.steps()).filter(isPossible(this.#stormy));
    const step = choose(possible, this.#random);
    if (step === undefined) return this.#fail('nothing can happen any more');
    this.steps++;
    this.happened.add(step.name.replaceAll(/\d+/g, '#'));
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
