import {setTimeout as sleep} from 'node:timers/promises';
import {labels} from '../../api/pod.ts';
import {Conduct, trialLimits} from '../conduct.ts';
import type {Flood, TrialLimits} from '../conduct.ts';
import {Identity} from '../identity.ts';
import type {IdentityOptions} from '../identity.ts';
import {AuthCallout} from '../nats/auth-callout.ts';
import type {NatsPlace} from '../nats/connection.ts';
import type {NatsCredentials} from '../nats/credentials.ts';
import {SystemAccount} from '../nats/system-account.ts';
import {Refusals} from '../refusals.ts';
import type {Violation} from '../violations.ts';
import {CutOff} from './cut-off.ts';
import type {CutOffPorts, Excess} from './cut-off.ts';

/** What the gate takes from the operator: what it knows of trials, and whether it leads. */
export interface Warden extends Pick<CutOffPorts, 'podsOf' | 'trialOf' | 'patchPod' | 'tell'> {
  readonly leading: boolean;
}

export interface NatsGateOptions extends NatsPlace {
  readonly credentials: NatsCredentials;
  readonly identity: IdentityOptions;
  readonly warden: () => Warden;
  readonly stores: () => StoreKeeper;
  /** Reads what the server refused, where its log can be read. */
  readonly log?: {news(): Promise<readonly Violation[]>; forget(until: Date): void};
  readonly limits?: TrialLimits;
  readonly onNotice: (notice: string) => void;
}

/** Who looks after the stores. */
interface StoreKeeper {
  crowders(most: number): Promise<readonly Excess['from'][]>;
  purge: CutOffPorts['purge'];
}

const lookMilliseconds = 5000;
/** Whoever tries more than so many times between two looks what he may not is not mistaken. */
const mostViolations = 100;

/**
 * The gate of NATS: every replica lets in who shows a token of a trial's Pod; the leader sees to it that nobody takes more than a trial's
 * share, and tells who tried what he may not.
 */
export class NatsGate {
  readonly refusals: Refusals;
  readonly #options: NatsGateOptions;
  readonly #callout: AuthCallout;
  readonly #system: SystemAccount;
  readonly #conduct: Conduct;
  readonly #limits: TrialLimits;
  readonly #cutOff: CutOff;
  readonly #closing = new AbortController();
  readonly #looking: Promise<void>;
  /** What of it does not work, and why. */
  readonly #troubles = new Map<string, string>();

  constructor(options: NatsGateOptions) {
    const {credentials, limits = trialLimits, onNotice, warden, stores} = options;
    this.#options = options;
    this.#limits = limits;
    this.#conduct = new Conduct(limits);
    this.refusals = new Refusals((fact) => {
      this.#cutOff.blame(fact);
    });
    const identity = new Identity(options.identity);
    const judge = identity.judge.bind(identity);
    this.#callout = new AuthCallout({...options, judge, refusals: this.refusals});
    this.#system = new SystemAccount({
      ...options,
      seed: credentials.system,
      onNotice,
      onEnded: (traffic, why) => {
        if (!warden().leading) return;
        if (/payload/i.test(why)) this.#tooLarge(traffic.user, why);
        void this.#try('connections', () => this.#throwOut(this.#conduct.ended(traffic, Date.now())));
      },
    });
    this.#cutOff = new CutOff({
      podsOf: (trial) => warden().podsOf(trial),
      trialOf: (podUid) => warden().trialOf(podUid),
      patchPod: (key, patch, precondition) => warden().patchPod(key, patch, precondition),
      tell: (object, fact) => {
        warden().tell(object, fact);
      },
      kick: (podUid) => this.#system.kick(podUid),
      purge: (trial) => stores().purge(trial),
      refusals: this.refusals,
    });
    this.#looking = this.#look();
  }

  /** Waits until somebody may come in; false when there is no gate within so many milliseconds. */
  answers(milliseconds: number): Promise<boolean> {
    return this.#callout.answers(milliseconds);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#callout.close(), this.#system.close(), this.#looking]);
  }

  async #look(): Promise<void> {
    const {signal} = this.#closing;
    // before there is a connection there is nothing to look at, and the rest of the operator is still being made
    await this.#callout.answers(lookMilliseconds);
    while (!signal.aborted) {
      if (this.#options.warden().leading) await this.#lookAtAll();
      else this.#forget();
      await sleep(lookMilliseconds, undefined, {signal}).catch(() => undefined);
    }
  }

  /** Somebody else looks now. */
  #forget(): void {
    this.#conduct.forget();
    this.#options.log?.forget(new Date());
  }

  async #lookAtAll(): Promise<void> {
    await this.#try('connections', async () =>
      this.#throwOut(this.#conduct.look(await this.#system.connections(), Date.now())),
    );
    await this.#try('blobs', () => this.#lookAtBlobs());
    await this.#try('log', () => this.#lookAtLog());
  }

  #tooLarge(podUid: string, why: string): void {
    this.refusals.add({reason: 'MessageTooLarge', message: `the server ended a connection: ${why}`, podUid});
  }

  async #throwOut(floods: readonly Flood[]): Promise<void> {
    for (const {user, reason, message} of floods) await this.#cutOffPod(user, reason, message);
  }

  async #lookAtBlobs(): Promise<void> {
    const {blobMessages} = this.#limits;
    for (const from of await this.#options.stores().crowders(blobMessages)) {
      const message = `more than ${String(blobMessages)} chunks of blobs are kept for one trial`;
      await this.#cutOff.cutOff({from, reason: 'TooManyBlobs', message});
    }
  }

  async #lookAtLog(): Promise<void> {
    const byUser = Map.groupBy((await this.#options.log?.news()) ?? [], ({user}) => user);
    for (const [podUid, own] of byUser) {
      for (const {what} of own) this.refusals.add({reason: 'ForbiddenSubject', message: what, podUid});
      const message = `it tried ${String(own.length)} times within some seconds what it may not`;
      if (own.length > mostViolations) await this.#cutOffPod(podUid, 'CutOff', message);
    }
  }

  async #cutOffPod(podUid: string, reason: Excess['reason'], message: string): Promise<void> {
    const trial = this.#options.warden().trialOf(podUid)?.metadata;
    const [search, uid] = [trial?.labels?.[labels.searchUid], trial?.uid];
    if (search === undefined || uid === undefined) return this.#throwOutStranger(podUid, reason, message);
    await this.#cutOff.cutOff({from: {search, trial: uid}, podUid, reason, message});
  }

  /** A reader, or a Pod that is not known for a trial's any more: there is nothing to be marked. */
  async #throwOutStranger(user: string, reason: Excess['reason'], message: string): Promise<void> {
    const ended = await this.#system.kick(user);
    this.refusals.add({reason, message});
    this.#options.onNotice(
      `${user}, of no Trial that is known, has lost its connections (${String(ended)}): ${message}`,
    );
  }

  /** What does not work is told once, and tried again with the next look. */
  async #try(what: 'connections' | 'blobs' | 'log', step: () => Promise<void>): Promise<void> {
    try {
      await step();
      this.#troubles.delete(what);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== this.#troubles.get(what))
        this.#options.onNotice(`what trials do on NATS is not kept within bounds (${what}): ${why}`);
      this.#troubles.set(what, why);
    }
  }
}
