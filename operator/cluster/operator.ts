import type {Logger} from 'pino';
import type {KubernetesObject} from '../../api/meta.ts';
import {instant} from '../../api/quantities.ts';
import type {TrialAddress} from '../../api/subjects.ts';
import type {Action} from '../actions.ts';
import {Controller} from '../controller.ts';
import {statusEvents} from '../events.ts';
import {parseKey, textOf} from '../key.ts';
import type {ApiServerClient} from '../kubernetes.ts';
import type {Measure} from '../metrics/sample.ts';
import type {Departure} from '../observed.ts';
import type {PodSettings} from '../pod-settings.ts';
import type {Bus, Clock, Key, LogKeeper} from '../ports.ts';
import {ThreadAsker} from '../thread/asker.ts';
import {ClusterApi} from './api.ts';
import {EventLoopWatch} from './event-loop.ts';
import {GraceGuard} from './grace-guard.ts';
import {hindrances} from './health.ts';
import type {Vitals} from './health.ts';
import {LeaseHolder} from './lease.ts';
import {Mirror} from './mirror.ts';
import {MirroredApi} from './mirrored-api.ts';
import {WorkQueue} from './queue.ts';
import {EventRecorder} from './recorder.ts';
import {Rounds} from './rounds.ts';
import {stopwatch, timedAsker} from './stopwatch.ts';

export interface OperatorOptions {
  readonly client: ApiServerClient;
  readonly bus: Bus;
  readonly logs?: LogKeeper;
  readonly log: Logger;
  /** This process: the Pod's name and a random part. */
  readonly identity: string;
  readonly lease: Key;
  readonly leaseSeconds: number;
  /** The one namespace that is looked after; all when left out. */
  readonly namespace?: string;
  readonly podSettings?: PodSettings;
  /** Set while archsearch is taken off the cluster. */
  readonly departure?: () => Departure | undefined;
  /** Searches that are worked on at the same time. */
  readonly workers: number;
  /** Takes what is measured while it works. */
  readonly measure?: Measure;
}

/** Time-based rules (deadlines, lost nodes, limits.duration) are looked at this often even when nothing changes. */
const resyncMilliseconds = 5000;
const firstRetry = 100;
const longestRetry = 30_000;

/** Losing the lease ends all writes, the one that is about to be made included. */
class NotLeading extends Error {
  override readonly name = 'NotLeading';
}

const unmeasured: Measure = () => undefined;
const clock: Clock = {now: () => instant(Date.now())};

/** The operator of a cluster: mirrors, a queue of searches, and the controller for whoever holds the lease. */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #lease: LeaseHolder;
  readonly #mirror: Mirror;
  readonly #queue = new WorkQueue();
  readonly #rounds = new Rounds();
  readonly #measure: Measure;
  readonly #loop: EventLoopWatch;
  readonly #asker = new ThreadAsker();
  readonly #controller: Controller;
  readonly #recorder: EventRecorder;
  readonly #graceGuard: GraceGuard;
  readonly #failures = new Map<string, number>();

  constructor(options: OperatorOptions) {
    this.#options = options;
    const {client, bus, logs, log, identity, lease, leaseSeconds, namespace, podSettings, departure} = options;
    const {measure = unmeasured} = options;
    this.#measure = measure;
    this.#loop = new EventLoopWatch(measure);
    const onTrouble = (about: string, activity: string) => (error: unknown) => {
      log.warn({err: error}, about);
      measure('archsearch_operator_failures_total', 1, {activity});
    };
    const api = new ClusterApi(client);
    this.#lease = new LeaseHolder({
      client,
      key: lease,
      identity,
      durationSeconds: leaseSeconds,
      onTrouble: onTrouble('the lease could not be renewed', 'Lease'),
    });
    this.#mirror = new Mirror(api, {
      ...(namespace === undefined ? {} : {namespace}),
      onChange: (key) => {
        this.#lookAt(key);
      },
      onTrouble: (kind, error) => {
        log.warn({err: error, kind}, 'a watch broke');
        measure('archsearch_operator_failures_total', 1, {activity: 'Watch'});
      },
    });
    this.#recorder = new EventRecorder(client, identity, onTrouble('an event could not be written', 'Event'));
    this.#graceGuard = new GraceGuard(client, onTrouble('whether graces are guarded is not known', 'GraceCheck'));
    this.#controller = new Controller({
      api: new MirroredApi(
        api,
        this.#mirror,
        () => {
          if (!this.#lease.held) throw new NotLeading('the lease is lost');
        },
        (before, after) => {
          this.#announce(before, after);
        },
      ),
      bus,
      ...(logs === undefined ? {} : {logs}),
      clock,
      view: this.#mirror.view,
      asker: timedAsker(this.#asker, measure),
      onAnswer: (key) => {
        this.#lookAt(key);
      },
      onTrouble: onTrouble('a strategy could not be asked', 'Ask'),
      graceGuarded: () => this.#graceGuard.guarded,
      ...(podSettings === undefined ? {} : {podSettings}),
      ...(departure === undefined ? {} : {departure}),
      onAction: (action, key) => {
        this.#acting(action, key);
      },
      timed: stopwatch(measure),
    });
  }

  /** True while this process leads. */
  get leading(): boolean {
    return this.#lease.held;
  }

  /** Could it lead right now? */
  get ready(): boolean {
    return hindrances(this.vitals()).length === 0;
  }

  /** What is known of the cluster. */
  get mirror(): Mirror {
    return this.#mirror;
  }

  get queueDepth(): number {
    return this.#queue.depth;
  }

  get questionsWaiting(): number {
    return this.#controller.questionsWaiting;
  }

  get roundsRunning(): number {
    return this.#rounds.running;
  }

  /** Of itself; times in milliseconds. */
  vitals(): Omit<Vitals, 'uptime' | 'apiSilence'> {
    return {blocked: this.#loop.blocked, roundSilence: this.#rounds.silence, watches: this.#mirror.watches()};
  }

  /** What our finalizers hold, in words. */
  held(): readonly string[] {
    return this.#mirror.held();
  }

  /** Does this Pod live and speak for this trial? Messages of others do not count. */
  accepts(podUid: string, from: TrialAddress): boolean {
    return this.#mirror.hasPod(podUid, from);
  }

  locate(search: Key, trial: string): Promise<TrialAddress | undefined> {
    return Promise.resolve(this.#mirror.locate(search, trial));
  }

  /** Something was heard of a search. */
  noticed({search}: TrialAddress): void {
    const key = this.#mirror.searchWith(search);
    if (key !== undefined) this.#lookAt(key);
  }

  /** A standby looks after nothing: whoever begins to lead looks at all there is. */
  #lookAt(search: Key): void {
    if (this.leading) this.#queue.add(textOf(search));
  }

  /** Works until `signal` aborts; returns after the lease is given back. */
  async run(signal: AbortSignal): Promise<void> {
    const {log} = this.#options;
    this.#mirror.start();
    void this.#graceGuard.run(signal);
    try {
      while (!signal.aborted) {
        log.info('waiting for the lease');
        if (!(await this.#lease.acquire(signal))) break;
        log.info('leading');
        await this.#lead(signal);
        log.info('not leading any more');
      }
    } finally {
      this.#queue.close();
      this.#loop.stop();
      this.#controller.close();
      await this.#asker.close();
      this.#mirror.stop();
      await this.#lease.release().catch((error: unknown) => {
        log.warn({err: error}, 'the lease could not be given back');
      });
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const resync = setInterval(() => {
      this.#resync();
    }, resyncMilliseconds);
    const workers = Array.from({length: this.#options.workers}, () => this.#work(either));
    this.#resync();
    try {
      await this.#lease.keep(signal);
    } finally {
      clearInterval(resync);
      ended.abort();
      await Promise.all(workers);
    }
  }

  #resync(): void {
    for (const key of this.#mirror.searches()) this.#queue.add(textOf(key));
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let text = await this.#queue.take(signal); text !== undefined; text = await this.#queue.take(signal)) {
      if (this.#mirror.synced) await this.#reconcile(text);
      else this.#queue.addAfter(text, firstRetry);
      this.#queue.done(text);
    }
  }

  async #reconcile(text: string): Promise<void> {
    const {log} = this.#options;
    const started = performance.now();
    this.#rounds.begin(text);
    const end = (outcome: string): void => {
      this.#rounds.end(text);
      const seconds = (performance.now() - started) / 1000;
      this.#measure('archsearch_operator_reconcile_duration_seconds', seconds, {outcome});
    };
    try {
      const acted = await this.#controller.reconcile(parseKey(text));
      end(acted ? 'Acted' : 'Idle');
      this.#failures.delete(text);
      if (acted) this.#queue.add(text);
    } catch (error) {
      end('Failed');
      if (error instanceof NotLeading) return;
      this.#measure('archsearch_operator_failures_total', 1, {activity: 'Reconcile'});
      const failures = this.#failures.get(text) ?? 0;
      this.#failures.set(text, failures + 1);
      log.warn({err: error, search: text}, 'a round failed and will be tried again');
      this.#queue.addAfter(text, Math.min(longestRetry, firstRetry * 2 ** failures));
    }
  }

  #acting(action: Action, search: Key): void {
    this.#options.log.debug({action: action.kind, ...identityOf(action)}, 'action');
    this.#rounds.progressed(textOf(search));
    this.#measure('archsearch_operator_actions_total', 1, {action: action.kind});
  }

  /** Events are for transitions, whoever of our actions has written them. */
  #announce(before: KubernetesObject | undefined, after: KubernetesObject): void {
    for (const fact of statusEvents(before, after)) void this.#recorder.record(after, fact);
  }
}

/** Search, trial and Pod uid on every line that is about one. */
function identityOf(action: Action): Record<string, string> {
  if ('pod' in action && 'uid' in action.pod) return {pod: textOf(action.pod.key), podUid: action.pod.uid};
  if (action.kind === 'WriteTrialStatus') return {trial: action.trial.metadata.name};
  if (action.kind === 'CreateTrial') return {trial: action.trial.metadata.name};
  return {};
}
