import type {LedgerSpec} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import type {GpuLedger} from '../../api/ledger.ts';
import {lostMark} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import type {Instant} from '../../api/quantities.ts';
import type {Share} from '../../api/trial.ts';
import type {JournalEntry} from '../../operator/local/api-server.ts';
import type {GpuTruth} from './gpu-truth.ts';
import type {Mirror} from './mirror.ts';

/** Shares of the budget that no other may spend. */
const keptBack: ReadonlySet<string | undefined> = new Set<Share>(['Baseline', 'Selection']);

/** Pods that one write of a ledger moved from open to used, and what was charged for them together. */
interface Charge {
  readonly uids: readonly string[];
  readonly gpuMilliseconds: number;
  readonly reserved: number;
}

const total = (amounts: Iterable<{readonly gpuMilliseconds: number}>): number =>
  [...amounts].reduce((sum, amount) => sum + amount.gpuMilliseconds, 0);
const usedOf = (spec: LedgerSpec): number => total(Object.values(spec.used));
const committed = (spec: LedgerSpec): number => usedOf(spec) + total(Object.values(spec.open));

/** Checks every write of every ledger, and every ledger against the truth on the nodes. It shares no code with the operator's ledger. */
export class LedgerAudit {
  readonly violations: string[] = [];
  readonly #truth: GpuTruth;
  readonly #charges = new Map<string, Charge>();
  /** Pods given up as lost or forced away: charged in full, whatever they used. */
  readonly #full = new Set<string>();
  readonly #forced = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #highest = new Map<string, number>();

  constructor(truth: GpuTruth) {
    this.#truth = truth;
  }

  forced(podUid: string): void {
    this.#forced.add(podUid);
    this.#full.add(podUid);
  }

  observe(entry: JournalEntry, before: Stored<Pod> | Stored<GpuLedger> | undefined): void {
    if (entry.object?.kind === 'GpuLedger') this.#ledger(entry.object, before as Stored<GpuLedger> | undefined);
    if (entry.kind !== 'Pod') return;
    const pod = entry.object as Stored<Pod> | null;
    if (pod?.metadata.annotations?.[lostMark] !== undefined) this.#full.add(pod.metadata.uid);
    if (pod === null && before !== undefined) this.#gone.add(before.metadata.uid);
  }

  #ledger(ledger: Stored<GpuLedger>, before: Stored<GpuLedger> | undefined): void {
    const {metadata, spec} = ledger;
    const previous: LedgerSpec = before?.spec ?? {...spec, open: {}, used: {}};
    const admitted = Object.keys(spec.open).filter((uid) => previous.open[uid] === undefined);
    const removed = Object.keys(previous.open).filter((uid) => spec.open[uid] === undefined);
    const highest = Math.max(spec.limit.gpuMilliseconds ?? Infinity, this.#highest.get(metadata.uid) ?? 0);
    this.#highest.set(metadata.uid, highest);
    if (committed(spec) > highest)
      this.#violated(`${metadata.name} holds ${String(committed(spec))} of ${String(highest)}`);
    for (const uid of admitted) this.#admitted(uid);
    if (admitted.length > 0) this.#fits(ledger);
    if (admitted.some((uid) => !keptBack.has(spec.open[uid]?.share))) this.#keepsShares(ledger);
    this.#charged(removed, usedOf(spec) - usedOf(previous), previous);
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

  #admitted(uid: string): void {
    if (this.#charges.has(uid)) this.#violated(`${uid} is admitted again after it was charged`);
    // A Pod that is taken by force may still be admitted by who read it before: it is swept, and charged in full.
    if (this.#gone.has(uid) && !this.#forced.has(uid)) this.#violated(`${uid} is admitted though its Pod is gone`);
  }

  #charged(uids: readonly string[], gpuMilliseconds: number, before: LedgerSpec): void {
    if (uids.length === 0) {
      if (gpuMilliseconds !== 0) this.#violated(`${String(gpuMilliseconds)} charged for no reservation`);
      return;
    }
    const reserved = total(uids.map((uid) => before.open[uid] ?? {gpuMilliseconds: 0}));
    const charge = {uids, gpuMilliseconds, reserved};
    for (const uid of uids) {
      if (this.#charges.has(uid)) this.#violated(`${uid} is charged twice`);
      this.#charges.set(uid, charge);
    }
  }

  /** What must hold after every step. */
  check(mirror: Mirror, now: Instant): void {
    const open = new Map(mirror.ledgers().flatMap(({spec}) => Object.entries(spec.open)));
    for (const uid of open.keys())
      if (this.#gone.has(uid) && !this.#forced.has(uid))
        this.#violated(`${uid} is reserved though its Pod left the regular way`);
    for (const {metadata, spec} of mirror.pods()) {
      const covered = open.has(metadata.uid) || this.#charges.has(metadata.uid);
      if (spec.nodeName !== undefined && !covered) this.#violated(`${metadata.name} is bound without a reservation`);
    }
    for (const uid of this.#truth.uses.keys()) this.#covered(uid, open.get(uid)?.gpuMilliseconds, now);
  }

  #covered(uid: string, reserved: number | undefined, now: Instant): void {
    const used = this.#truth.used(uid, now);
    if (reserved !== undefined) {
      if (used > reserved) this.#violated(`${uid} used ${String(used)}, ${String(reserved)} are reserved`);
      return;
    }
    const charge = this.#charges.get(uid);
    const all = charge?.uids.reduce((sum, other) => sum + this.#truth.used(other, now), 0) ?? 0;
    if (charge === undefined) this.#violated(`${uid} runs and is neither reserved nor charged`);
    else if (charge.gpuMilliseconds < all)
      this.#violated(`${charge.uids.join()} used ${String(all)}, charged ${String(charge.gpuMilliseconds)}`);
  }

  /** What must hold when all is over: charged is what was used, by the rounding rule, or the reservation of what was given up. */
  close(): void {
    for (const charge of new Set(this.#charges.values())) {
      const regular = charge.uids.filter((uid) => !this.#full.has(uid));
      const expected = regular.reduce((sum, uid) => sum + this.#truth.billed(uid), 0);
      const exact =
        regular.length === charge.uids.length
          ? charge.gpuMilliseconds === expected
          : charge.gpuMilliseconds >= expected;
      if (!exact)
        this.#violated(`${charge.uids.join()} charged ${String(charge.gpuMilliseconds)}, used ${String(expected)}`);
      if (regular.length === 0 && charge.gpuMilliseconds > charge.reserved)
        this.#violated(`${charge.uids.join()} charged beyond the reservation`);
    }
  }

  #violated(what: string): void {
    this.violations.push(what);
  }
}
