import {compare} from '../objectives.ts';
import {begin} from '../fold.ts';
import type {Json} from '../json.ts';
import type {Ask, Problem, Proposal, Report, StrategyType} from '../strategy.ts';
import {guideMetric} from './world.ts';
import type {Training, World} from './world.ts';

/** What is simulated: one search in a world, within a budget of simulated GPU-seconds. */
export interface Simulation {
  readonly world: World;
  readonly row: StrategyType;
  readonly settings: unknown;
  readonly seed: number;
  /** Sum over the workers, in simulated GPU-seconds. A training that would cross it does not count, and ends the search. */
  readonly budgetSeconds: number;
  /** Most trainings that are paid for. */
  readonly evaluations: number;
  /** Workers that train side by side. */
  readonly parallel: number;
  /** A report at which the search ends: what was spent by then is told. */
  readonly target?: number;
  /** A clock in seconds, to measure what the strategy itself takes. */
  readonly clock?: () => number;
}

/** How one simulated search went. */
export interface Run {
  /** The report of the candidate with the best guide; NaN when no training succeeded. */
  readonly report: number;
  readonly guide: number;
  /** Trainings that ended, duplicates and failures among them. */
  readonly evaluations: number;
  /** Different trainings among them. */
  readonly unique: number;
  /** Simulated GPU-seconds of all that ended. */
  readonly spent: number;
  /** Seconds that the strategy itself took, by the clock. */
  readonly ownSeconds: number;
  /** What was spent when the incumbent's report reached the target. */
  readonly reached?: number;
  /** Whenever the incumbent changed: what had been spent by then, and its report. */
  readonly trace: readonly {readonly spent: number; readonly report: number}[];
}

/** Duplicates in a row, which cost nothing, after which a search counts as over: it would never end by its budget. */
const maxFree = 1_000;

interface UnderWay {
  readonly index: number;
  readonly training: Training;
  /** 0 for a duplicate. */
  readonly cost: number;
  readonly end: number;
  readonly occupies: boolean;
}

/** One search: the strategy's state, simulated time, and what is under way. */
class Search {
  readonly #simulation: Simulation;
  readonly #problem: Problem;
  readonly #known = new Map<string, {readonly end: number}>();
  readonly #epochs = new Map<number, number>();
  #state: Json;
  #underWay: UnderWay[] = [];
  #asked = 0;
  #now = 0;
  #committed = 0;
  #started = 0;
  #free = 0;
  #closed = false;
  #ownSeconds = 0;
  #evaluations = 0;
  #spent = 0;
  #reached: number | undefined;
  #incumbent: {guide: number; report: number} | undefined;
  readonly #trace: {spent: number; report: number}[] = [];

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#problem = simulation.world.problem(simulation.seed);
    const {row, settings} = simulation;
    this.#state = this.#timed(() => begin({problem: this.#problem, row, settings}));
  }

  run(): Run {
    for (;;) {
      this.#fill();
      const next = this.#underWay.reduce<UnderWay | undefined>(
        (first, other) => (first === undefined || other.end < first.end ? other : first),
        undefined,
      );
      if (next === undefined) return this.#result();
      this.#underWay = this.#underWay.filter((other) => other !== next);
      this.#finish(next);
    }
  }

  #timed<T>(work: () => T): T {
    const {clock} = this.#simulation;
    if (clock === undefined) return work();
    const start = clock();
    const result = work();
    this.#ownSeconds += clock() - start;
    return result;
  }

  /** Asks until every worker trains, or the strategy has nothing to say. */
  #fill(): void {
    const {row, settings, parallel} = this.#simulation;
    while (!this.#closed && this.#underWay.filter(({occupies}) => occupies).length < parallel) {
      const ask = this.#timed(() => row.strategy.ask(this.#problem, settings, this.#state));
      if (ask.kind === 'Wait' && this.#underWay.length > 0) return;
      this.#obey(ask);
    }
  }

  #obey(ask: Ask): void {
    const {row, seed} = this.#simulation;
    switch (ask.kind) {
      case 'Propose':
        this.#start(ask);
        return;
      case 'Exhausted':
        this.#closed = true;
        return;
      case 'Wait':
        throw new Error(`${row.type} waits for a report while nothing is under way (seed ${String(seed)})`);
    }
  }

  #start(proposal: Proposal): void {
    const {world, budgetSeconds, evaluations} = this.#simulation;
    const from = proposal.resumeFrom === undefined ? 0 : (this.#epochs.get(proposal.resumeFrom) ?? 0);
    const training = world.train(proposal.candidate, proposal.epochs, from);
    const twin = this.#known.get(training.key);
    if (twin === undefined && (this.#committed + training.cost > budgetSeconds || this.#started >= evaluations)) {
      this.#closed = true;
      return;
    }
    this.#record(proposal);
    const index = this.#asked;
    this.#epochs.set(index, training.epoch);
    this.#free = twin === undefined ? 0 : this.#free + 1;
    if (this.#free > maxFree) this.#closed = true;
    if (twin === undefined) this.#occupy(index, training);
    // A duplicate gets its twin's result when the twin has it, and no worker.
    else this.#underWay.push({index, training, cost: 0, end: Math.max(this.#now, twin.end), occupies: false});
  }

  #record(proposal: Proposal): void {
    const {row, settings} = this.#simulation;
    this.#state = this.#timed(() => row.strategy.asked(this.#problem, settings, this.#state, proposal));
    this.#asked += 1;
  }

  #occupy(index: number, training: Training): void {
    const end = this.#now + training.cost;
    this.#committed += training.cost;
    this.#started += 1;
    this.#known.set(training.key, {end});
    this.#underWay.push({index, training, cost: training.cost, end, occupies: true});
  }

  #finish({index, training, cost, end}: UnderWay): void {
    const {row, settings} = this.#simulation;
    this.#now = end;
    this.#spent += cost;
    this.#evaluations += 1;
    const report = this.#reportOf(index, training, cost);
    this.#state = this.#timed(() => row.strategy.tell(this.#problem, settings, this.#state, report));
    if (training.guide !== undefined) this.#compete(training.guide, training.report);
  }

  #reportOf(index: number, training: Training, cost: number): Report {
    const {guide, epoch} = training;
    if (guide === undefined) return {index, kind: 'failed', values: {}, epoch, cost, reason: 'NotANumber'};
    const kind = epoch < this.#problem.maxEpochs ? 'rung' : 'scored';
    return {index, kind, values: {[guideMetric]: guide}, epoch, cost};
  }

  /** The incumbent is chosen by the guide alone. */
  #compete(guide: number, report: number): void {
    const before = this.#incumbent;
    const values = (value: number) => ({[guideMetric]: value});
    if (before !== undefined && compare(this.#problem.objectives, values(guide), values(before.guide)) >= 0) return;
    this.#incumbent = {guide, report};
    this.#trace.push({spent: this.#spent, report});
    const {target, world} = this.#simulation;
    if (target === undefined || (world.goal === 'Maximize' ? report < target : report > target)) return;
    this.#reached ??= this.#spent;
    this.#closed = true;
  }

  #result(): Run {
    return {
      report: this.#incumbent?.report ?? NaN,
      guide: this.#incumbent?.guide ?? NaN,
      evaluations: this.#evaluations,
      unique: this.#started,
      spent: this.#spent,
      ownSeconds: this.#ownSeconds,
      trace: this.#trace,
      ...(this.#reached === undefined ? {} : {reached: this.#reached}),
    };
  }
}

/** Runs a search in simulated time. Pure but for the clock that it is given. Throws an Error for a strategy that waits for nothing. */
export const simulate = (simulation: Simulation): Run => new Search(simulation).run();
