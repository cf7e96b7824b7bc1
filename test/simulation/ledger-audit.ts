import {useOutcomes} from '../../api/ledger.ts';
import type {GpuLedger, LedgerSpec} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import {lostMark} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import type {Instant} from '../../api/quantities.ts';
import type {Share} from '../../api/trial.ts';
import type {JournalEntry} from '../../operator/local/api-server.ts';
import {Charges} from './charges.ts';
import type {Charge} from './charges.ts';
import type {GpuTruth} from './gpu-truth.ts';
import type {Mirror} from './mirror.ts';

/** Shares of the budget that no other may spend. */
const keptBack: ReadonlySet<string | undefined> = new Set<Share>(['Baseline', 'Selection']);

const total = (amounts: Iterable<{readonly gpuMilliseconds: number}>): number =>
  [...amounts].reduce((sum, amount) => sum + amount.gpuMilliseconds, 0);
const usedOf = (spec: LedgerSpec): number => total(Object.values(spec.used));
const committed = (spec: LedgerSpec): number => usedOf(spec) + total(Object.values(spec.open));
const addressOf = ({namespace = '', name}: {readonly namespace?: string; readonly name: string}): string =>
  `${namespace}/${name}`;

/**
 * Checks every write of every ledger, and every ledger against the truth on the nodes, in the whole of each Pod's chain. It shares no
 * code with the operator's ledger.
 */
export class LedgerAudit {
  readonly violations: string[] = [];
  readonly #truth: GpuTruth;
  readonly #charges = new Charges();
  /** Ledgers as they are, by address; one that is gone as it was last. */
  readonly #ledgers = new Map<string, LedgerSpec>();
  /** Pod UID → addresses of the ledgers that were around it when its search's own admitted it, and of that. */
  readonly #chains = new Map<string, readonly string[]>();
  readonly #lost = new Set<string>();
  readonly #forced = new Set<string>();
  readonly #gone = new Set<string>();
  /** Pods that live behind their gates: what is taken out of a ledger for one of them is no charge. */
  readonly #gated = new Set<string>();
  readonly #highest = new Map<string, number>();

  constructor(truth: GpuTruth) {
    this.#truth = truth;
  }

  /** Its finalizer goes by force: it may be charged in full, whatever it used. */
  forced(podUid: string): void {
    this.#forced.add(podUid);
  }

  observe(entry: JournalEntry, before: Stored<Pod> | Stored<GpuLedger> | undefined): void {
    if (entry.object?.kind === 'GpuLedger') this.#ledger(entry.object, before as Stored<GpuLedger> | undefined);
    if (entry.kind === 'Pod') this.#pod(entry.object as Stored<Pod> | null, before?.metadata.uid);
  }

  #pod(pod: Stored<Pod> | null, before: string | undefined): void {
    if (before !== undefined) this.#gated.delete(before);
    if (pod === null) {
      if (before !== undefined) this.#gone.add(before);
      return;
    }
    if (pod.metadata.annotations?.[lostMark] !== undefined) this.#lost.add(pod.metadata.uid);
    if (isWaiting(pod)) this.#gated.add(pod.metadata.uid);
  }

  #ledger(ledger: Stored<GpuLedger>, before: Stored<GpuLedger> | undefined): void {
    const {metadata, spec} = ledger;
    const previous: LedgerSpec = before?.spec ?? {...spec, open: {}, used: {}};
    this.#ledgers.set(addressOf(metadata), spec);
    const admitted = Object.keys(spec.open).filter((uid) => previous.open[uid] === undefined);
    this.#holds(ledger);
    for (const uid of admitted) this.#admitted(uid, ledger);
    if (admitted.length > 0) this.#fits(ledger);
    if (admitted.some((uid) => !keptBack.has(spec.open[uid]?.share))) this.#keepsShares(ledger);
    this.#charged(ledger, previous);
    this.#told(ledger, previous);
  }

  /** Never more than the limit has been; what is beyond a reservation is told apart. */
  #holds({metadata, spec}: Stored<GpuLedger>): void {
    const highest = Math.max(spec.limit.gpuMilliseconds ?? Infinity, this.#highest.get(metadata.uid) ?? 0);
    this.#highest.set(metadata.uid, highest);
    const held = committed(spec) - spec.overrun.gpuMilliseconds;
    if (held > highest) this.#violated(`${metadata.name} holds ${String(held)} of ${String(highest)}`);
  }

  #fits({metadata, spec}: Stored<GpuLedger>): void {
    const {gpuMilliseconds: time = Infinity, microDollars: money = Infinity} = spec.limit;
    const spent = [...Object.values(spec.used), ...Object.values(spec.open)].reduce(
      (sum, part) => sum + part.microDollars,
      0,
    );
    if (committed(spec) > time)
      this.#violated(`${metadata.name} admits beyond its limit: ${String(committed(spec))} of ${String(time)}`);
    if (spent > money)
      this.#violated(`${metadata.name} admits beyond its limit: ${String(spent)} of ${String(money)} micro-dollars`);
  }

  /** Preflight and candidates leave to baseline and selection what is theirs. */
  #keepsShares({metadata, spec}: Stored<GpuLedger>): void {
    const open = Object.values(spec.open).filter(({share}) => !keptBack.has(share));
    const used = Object.entries(spec.usedByShare).filter(([share]) => !keptBack.has(share));
    const theirs = [...keptBack].flatMap((share) => spec.caps[share as Share] ?? []);
    const taken = total(open) + total(used.map(([, amount]) => amount));
    const kept = theirs.reduce((sum, cap) => sum + (cap.gpuMilliseconds ?? 0), 0);
    const bound = spec.limit.gpuMilliseconds ?? Infinity;
    if (taken + kept > bound)
      this.#violated(`${metadata.name} admits ${String(taken)} beside ${String(kept)} kept back, of ${String(bound)}`);
  }

  #admitted(uid: string, {metadata, spec}: Stored<GpuLedger>): void {
    const address = addressOf(metadata);
    if (this.#charges.of(address).has(uid)) this.#violated(`${uid} is admitted again after it was charged`);
    // A Pod that is taken by force may still be admitted by who read it before: it is swept, and charged in full.
    if (this.#gone.has(uid) && !this.#forced.has(uid)) this.#violated(`${uid} is admitted though its Pod is gone`);
    if (spec.account.kind !== 'Search') return;
    const around = (spec.within ?? []).map(addressOf);
    this.#chains.set(uid, [...around, address]);
  }

  /** Has this ledger reserved something for the Pod, or charged it? */
  #accountsFor(uid: string, ledger: string): boolean {
    return this.#ledgers.get(ledger)?.open[uid] !== undefined || this.#charges.of(ledger).has(uid);
  }

  #charged({metadata, spec}: Stored<GpuLedger>, before: LedgerSpec): void {
    const address = addressOf(metadata);
    const gpuMilliseconds = usedOf(spec) - usedOf(before);
    const removed = Object.entries(before.open).filter(
      ([uid]) => spec.open[uid] === undefined && !this.#gated.has(uid),
    );
    if (removed.length === 0) {
      if (gpuMilliseconds !== 0) this.#violated(`${String(gpuMilliseconds)} charged for no reservation`);
      return;
    }
    const reserved = new Map(removed.map(([uid, entry]) => [uid, entry.gpuMilliseconds]));
    for (const uid of reserved.keys())
      if (this.#charges.of(address).has(uid)) this.#violated(`${uid} is charged twice`);
    const lost = new Set([...reserved.keys()].filter((uid) => this.#lost.has(uid)));
    const charge: Charge = {reserved, gpuMilliseconds, lost};
    this.#charges.add(address, charge);
    for (const uid of reserved.keys()) this.#sameEverywhere(uid);
    this.#overran(charge, spec.overrun.gpuMilliseconds - before.overrun.gpuMilliseconds);
  }

  /** Every use is told with one outcome, which stands. A ledger that an earlier version began does not say. */
  #told({metadata, spec}: Stored<GpuLedger>, before: LedgerSpec): void {
    const {usedByOutcome} = spec;
    if (usedByOutcome === undefined) return;
    if (total(Object.values(usedByOutcome)) !== usedOf(spec))
      this.#violated(`${metadata.name} does not say of all that was used what came of it`);
    for (const outcome of useOutcomes) {
      const [was = 0, is = 0] = [before, spec].map((ledger) => ledger.usedByOutcome?.[outcome]?.gpuMilliseconds);
      if (is < was) this.#violated(`${metadata.name} takes back what was used as ${outcome}`);
    }
  }

  /** What is beyond the reservations is recorded as overrun, and nothing else is. */
  #overran({reserved, lost}: Charge, recorded: number): void {
    if ([...reserved.keys()].some((uid) => this.#forced.has(uid))) return;
    const beyond = [...reserved]
      .filter(([uid]) => !lost.has(uid))
      .reduce((sum, [uid, held]) => sum + Math.max(0, this.#truth.billed(uid) - held), 0);
    if (recorded !== beyond)
      this.#violated(`${[...reserved.keys()].join()} overran by ${String(beyond)}, recorded is ${String(recorded)}`);
  }

  /** What must hold after every step. */
  check(mirror: Mirror, now: Instant): void {
    const ledgers = mirror.ledgers();
    for (const {metadata} of ledgers)
      for (const uid of Object.keys(this.#ledgers.get(addressOf(metadata))?.open ?? {}))
        if (this.#gone.has(uid) && !this.#forced.has(uid))
          this.#violated(`${uid} is reserved in ${addressOf(metadata)} though its Pod left the regular way`);
    for (const {metadata, spec} of mirror.pods())
      if (spec.nodeName !== undefined) this.#bound(metadata.uid, metadata.name);
    for (const uid of this.#truth.uses.keys()) this.#used(uid, now);
  }

  #bound(uid: string, name: string): void {
    const chain = this.#chains.get(uid);
    if (chain === undefined) this.#violated(`${name} is bound without a reservation in its search's ledger`);
    for (const ledger of chain ?? [])
      if (!this.#accountsFor(uid, ledger)) this.#violated(`${name} is bound without a reservation in ${ledger}`);
  }

  #used(uid: string, now: Instant): void {
    const chain = this.#chains.get(uid);
    if (chain === undefined) this.#violated(`${uid} runs and is neither reserved nor charged`);
    for (const ledger of chain ?? []) this.#covered(uid, ledger, now);
  }

  #covered(uid: string, ledger: string, now: Instant): void {
    const charge = this.#charges.of(ledger).get(uid);
    if (charge !== undefined) {
      const all = [...charge.reserved].reduce((sum, [other, held]) => sum + this.#bounded(other, held, now), 0);
      if (charge.gpuMilliseconds < all)
        this.#violated(
          `${[...charge.reserved.keys()].join()} used ${String(all)}, charged ${String(charge.gpuMilliseconds)} in ${ledger}`,
        );
      return;
    }
    const reserved = this.#ledgers.get(ledger)?.open[uid]?.gpuMilliseconds;
    if (reserved === undefined) this.#violated(`${uid} runs and is neither reserved nor charged in ${ledger}`);
    else if (this.#bounded(uid, reserved, now) > reserved)
      this.#violated(`${uid} used ${String(this.#truth.used(uid, now))}, ${String(reserved)} are reserved`);
  }

  /** What a Pod used; of one that its kubelet did not end in time, what was reserved at most. */
  #bounded(uid: string, reserved: number, now: Instant): number {
    const used = this.#truth.used(uid, now);
    return this.#truth.isUnbounded(uid) ? Math.min(used, reserved) : used;
  }

  /** What must hold when all is over: charged is what was used, by the rounding rule, or the reservation of what was given up. */
  close(): void {
    for (const [ledger, charge] of this.#charges.all()) this.#exact(ledger, charge);
  }

  #exact(ledger: string, {reserved, gpuMilliseconds, lost}: Charge): void {
    const uids = [...reserved.keys()];
    const due = (used: (uid: string, held: number) => number): number =>
      [...reserved].reduce((sum, [uid, held]) => sum + (lost.has(uid) ? held : used(uid, held)), 0);
    const exactly = due((uid) => this.#truth.billed(uid));
    // a Pod that was taken by force is charged at its usage or in full, by who sees it first
    const least = due((uid, held) =>
      this.#forced.has(uid) ? Math.min(held, this.#truth.billed(uid)) : this.#truth.billed(uid),
    );
    const most = due((uid, held) =>
      this.#forced.has(uid) ? Math.max(held, this.#truth.billed(uid)) : this.#truth.billed(uid),
    );
    if (gpuMilliseconds < least || gpuMilliseconds > most)
      this.#violated(`${uids.join()} charged ${String(gpuMilliseconds)}, used ${String(exactly)}, in ${ledger}`);
  }

  /** Once a Pod is charged in the whole of its chain, and those that were settled with it are too. */
  #sameEverywhere(uid: string): void {
    const chain = this.#chains.get(uid) ?? [];
    const {uids, sums} = this.#charges.sums(uid, chain);
    const complete = [...uids].every((member) => chain.every((ledger) => this.#charges.of(ledger).has(member)));
    if (!complete || [...uids].some((member) => this.#forced.has(member))) return;
    const told = sums.map((sum, at) => `${String(sum)} in ${chain[at] ?? ''}`).join(', ');
    if (new Set(sums).size > 1) this.#violated(`${[...uids].join()} charged unequally: ${told}`);
  }

  #violated(what: string): void {
    this.violations.push(what);
  }
}

const isWaiting = ({metadata, spec}: Stored<Pod>): boolean =>
  metadata.deletionTimestamp === undefined && (spec.schedulingGates ?? []).length > 0;
