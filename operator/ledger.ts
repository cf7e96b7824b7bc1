import {limitOf} from '../api/arithmetic.ts';
import type {Amount, GpuLedger, LedgerSpec, Reservation, UseOutcome} from '../api/ledger.ts';
import {apiVersion} from '../api/meta.ts';
import {accountFinalizer} from '../api/pod.ts';
import type {Stored} from '../api/meta.ts';
import {fromGpuHours, gpuMilliseconds, microDollars, priceOf} from '../api/quantities.ts';
import type {GpuMilliseconds, MicroDollars} from '../api/quantities.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import {shares} from '../api/trial.ts';
import type {Share} from '../api/trial.ts';

/**
 * The account of a search or of a budget, as pure functions on the ledger's data. Every one is safe to repeat: entries are keyed by Pod UID.
 * Shares that are kept back (baseline, selection) count as spoken for until they are spent, so that candidates can never eat them.
 */

const zero: Amount = {gpuMilliseconds: 0, microDollars: 0};
/** Shares whose unspent part no other share may touch. Preflight has a cap, but what it leaves is free again. */
const keptBack: readonly Share[] = ['Baseline', 'Selection'];

export const add = (a: Amount, b: Amount): Amount => ({
  gpuMilliseconds: gpuMilliseconds(a.gpuMilliseconds + b.gpuMilliseconds),
  microDollars: microDollars(a.microDollars + b.microDollars),
});
const lessAtLeastZero = (a: Amount, b: Amount): Amount => ({
  gpuMilliseconds: Math.max(0, a.gpuMilliseconds - b.gpuMilliseconds),
  microDollars: Math.max(0, a.microDollars - b.microDollars),
});
const sum = (amounts: readonly Amount[]): Amount => amounts.reduce(add, zero);

/** An amount of GPU time with its price. */
export const amountOf = (time: GpuMilliseconds, pricePerGpuHour: MicroDollars): Amount => ({
  gpuMilliseconds: time,
  microDollars: priceOf(time, pricePerGpuHour),
});

export const usedOf = (ledger: LedgerSpec): Amount => sum(Object.values(ledger.used));
export const reservedOf = (ledger: LedgerSpec): Amount => sum(Object.values(ledger.open));

/** What a share has spent and reserved. */
function spokenFor(ledger: LedgerSpec, share: Share): Amount {
  const open = Object.values(ledger.open).filter((reservation) => reservation.share === share);
  return add(ledger.usedByShare[share] ?? zero, sum(open));
}

type Part = keyof Amount;
/** A limit as the schema has it: a part that is left out is not limited. */
type Bound = LedgerSpec['limit'];
const exceeds = (limit: Bound | undefined, wanted: Amount): Part | undefined =>
  (['gpuMilliseconds', 'microDollars'] as const).find((part) => {
    const bound = limit?.[part];
    return bound !== undefined && wanted[part] > bound;
  });

export type Room =
  {readonly kind: 'Room'} | {readonly kind: 'Full'; readonly part: Part; readonly scope: 'Limit' | 'Share'};

/** Room in every ledger of a chain; where there is none, whose account is full. */
export type RoomInChain =
  | {readonly kind: 'Room'}
  | (Extract<Room, {kind: 'Full'}> & {
      readonly account: LedgerSpec['account'];
      /** What others hold in a budget may come back; what is used does not. */
      readonly forGood: boolean;
    });

const anyRoom = {kind: 'Room'} as const;

const capOf = (ledger: LedgerSpec, share: Share): Amount => ({
  gpuMilliseconds: ledger.caps[share]?.gpuMilliseconds ?? 0,
  microDollars: ledger.caps[share]?.microDollars ?? 0,
});

/** May this reservation be added? The whole limit less what is kept back for other shares, and the share's own cap, must hold it. */
export function roomFor(ledger: LedgerSpec, wanted: Amount & {readonly share: Share}): Room {
  const inShare = exceeds(ledger.caps[wanted.share], add(spokenFor(ledger, wanted.share), wanted));
  if (inShare !== undefined) return {kind: 'Full', part: inShare, scope: 'Share'};
  const kept = keptBack
    .filter((share) => share !== wanted.share)
    .map((share) => lessAtLeastZero(capOf(ledger, share), spokenFor(ledger, share)));
  const total = sum([usedOf(ledger), reservedOf(ledger), ...kept, wanted]);
  const inTotal = exceeds(ledger.limit, total);
  return inTotal === undefined ? anyRoom : {kind: 'Full', part: inTotal, scope: 'Limit'};
}

/** Reserves; undefined when there is no room. An entry that is there already stays as it is. */
export function admit(ledger: LedgerSpec, uid: string, reservation: Reservation): LedgerSpec | undefined {
  if (ledger.open[uid] !== undefined) return ledger;
  if (roomFor(ledger, reservation).kind === 'Full') return undefined;
  return {...ledger, open: {...ledger.open, [uid]: reservation}};
}

/** The same in every ledger of a chain; the first that has no room speaks. */
export function roomInChain(chain: readonly LedgerSpec[], wanted: Amount & {readonly share: Share}): RoomInChain {
  for (const ledger of chain) {
    const room = roomFor(ledger, wanted);
    if (room.kind === 'Room') continue;
    const {account} = ledger;
    return {
      ...room,
      account,
      forGood: account.kind === 'Search' || roomFor({...ledger, open: {}}, wanted).kind === 'Full',
    };
  }
  return anyRoom;
}

/** Reserves in every ledger of a chain, or in none. */
export function admitInChain(
  chain: readonly LedgerSpec[],
  uid: string,
  reservation: Reservation,
): readonly LedgerSpec[] | undefined {
  const admitted = chain.map((ledger) => admit(ledger, uid, reservation)).filter((ledger) => ledger !== undefined);
  return admitted.length === chain.length ? admitted : undefined;
}

const isWaste = (outcome: UseOutcome): boolean => outcome === 'Failed' || outcome === 'Preempted';

export interface Settlement {
  readonly uid: string;
  /** What the Pod cost, from its own final times; `Full` charges the reservation (lost, or gone by force). */
  readonly charge: Amount | 'Full';
  readonly outcome: UseOutcome;
  /** Day of the charge, YYYY-MM-DD (UTC). */
  readonly day: string;
}

/**
 * Moves an entry from `open` to `used`. A uid that is not open is written all the same (the count is raised), so that an admission of
 * it that is in flight elsewhere loses its compare-and-swap.
 */
export function settle(ledger: LedgerSpec, settlement: Settlement): LedgerSpec {
  const counted = {...ledger, settledCount: ledger.settledCount + 1};
  const {[settlement.uid]: reservation, ...open} = ledger.open;
  if (reservation === undefined) return counted;
  const {share} = reservation;
  const {outcome} = settlement;
  const charge = settlement.charge === 'Full' ? reservation : settlement.charge;
  const overrun = lessAtLeastZero(charge, reservation);
  const part: Amount = {gpuMilliseconds: charge.gpuMilliseconds, microDollars: charge.microDollars};
  return {
    ...counted,
    open,
    used: {...ledger.used, [settlement.day]: add(ledger.used[settlement.day] ?? zero, part)},
    usedByShare: {...ledger.usedByShare, [share]: add(ledger.usedByShare[share] ?? zero, part)},
    usedByOutcome: {...ledger.usedByOutcome, [outcome]: add(ledger.usedByOutcome?.[outcome] ?? zero, part)},
    wasted: isWaste(outcome) ? add(ledger.wasted, part) : ledger.wasted,
    overrun: add(ledger.overrun, overrun),
  };
}

/** The limits of a search as its ledger holds them; they follow the spec when a user edits the limits. */
export function limitsOf(search: ArchitectureSearch): Pick<LedgerSpec, 'limit' | 'caps'> {
  const limit = limitOf(search.spec);
  const part = (fraction: number): Bound =>
    Object.fromEntries(Object.entries(limit).map(([name, bound]) => [name, Math.floor(bound * fraction)]));
  const caps: LedgerSpec['caps'] = {
    Preflight: {gpuMilliseconds: fromGpuHours(search.spec.preflight.gpuHours)},
    ...(search.spec.baseline === undefined ? {} : {Baseline: part(search.spec.baseline.share)}),
    ...(search.spec.selection === undefined ? {} : {Selection: part(search.spec.selection.share)}),
  };
  return {limit, caps};
}

export const ledgerName = (search: ArchitectureSearch): string => search.metadata.name;

export function newLedger(search: Stored<ArchitectureSearch>): GpuLedger {
  const {name, namespace = 'default', uid} = search.metadata;
  return {
    apiVersion,
    kind: 'GpuLedger',
    metadata: {
      name: ledgerName(search),
      namespace,
      finalizers: [accountFinalizer],
      ownerReferences: [{apiVersion, kind: 'ArchitectureSearch', name, uid, controller: true}],
    },
    spec: {
      account: {kind: 'Search', name, uid},
      ...limitsOf(search),
      open: {},
      used: {},
      usedByShare: {},
      usedByOutcome: {},
      wasted: zero,
      overrun: zero,
      settledCount: 0,
    },
  };
}

export const isShare = (text: string | undefined): text is Share => shares.some((share) => share === text);
