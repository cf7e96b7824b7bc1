import type {GpuLedger, LedgerSpec} from '../api/ledger.ts';
import type {Stored} from '../api/meta.ts';
import {annotations, labels} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import {parseKey, textOf} from './key.ts';
import type {Key} from './ports.ts';

/**
 * The ledgers that a Pod must fit into, outermost first: those of the budgets around its search, then the search's own. A Pod is born with
 * its chain and keeps it, whatever becomes of the budgets: it is settled where it was admitted.
 */

/** The budgets around a search, as an annotation of its Pods; none where there are none. */
export const outerAnnotation = (ledger: LedgerSpec | undefined): Record<string, string> => {
  const within = ledger?.within ?? [];
  return within.length === 0 ? {} : {[annotations.ledgers]: within.map(textOf).join(',')};
};

export function chainOf({metadata}: Stored<Pod>): readonly Key[] {
  const outer = metadata.annotations?.[annotations.ledgers]?.split(',') ?? [];
  const own = {namespace: metadata.namespace ?? 'default', name: metadata.labels?.[labels.search] ?? ''};
  return [...outer.map(parseKey), own];
}

/** The chain of the Pods that are made now. */
export const chainWithin = (own: Key, ledger: LedgerSpec | undefined): readonly Key[] => [
  ...(ledger?.within ?? []),
  own,
];

export const isSameChain = (a: readonly Key[], b: readonly Key[]): boolean =>
  a.map(textOf).join() === b.map(textOf).join();

/** Ledgers of budgets that this search's Pods are, or may be, reserved in: those around it, and those that still hold an entry of it. */
export function outerLedgers(
  ledgers: readonly Stored<GpuLedger>[],
  search: Key,
  own: Stored<GpuLedger> | undefined,
): readonly Stored<GpuLedger>[] {
  const around = new Set((own?.spec.within ?? []).map(textOf));
  return ledgers.filter(({metadata, spec}) => {
    if (spec.account.kind === 'Search') return false;
    const address = textOf({namespace: metadata.namespace ?? '', name: metadata.name});
    return around.has(address) || heldFor(search, spec).length > 0;
  });
}

/** Uids that a ledger holds open for this search's Pods. */
export const heldFor = (search: Key, {open}: LedgerSpec): readonly string[] =>
  Object.entries(open)
    .filter(([, entry]) => entry.search === search.name && entry.namespace === search.namespace)
    .map(([uid]) => uid);

/** Searches that a ledger holds something open for; one that is gone is to be looked after all the same. */
export const searchesIn = ({spec}: GpuLedger): readonly Key[] =>
  Object.values(spec.open).flatMap(({namespace, search: name}) =>
    namespace === undefined || name === undefined ? [] : [{namespace, name}],
  );
