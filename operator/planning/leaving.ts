import type {KubernetesObject} from '../../api/meta.ts';
import {ledgerFinalizer} from '../../api/pod.ts';
import {timestamp} from '../../api/quantities.ts';
import {summaryOf} from '../../api/summary.ts';
import type {Action} from '../actions.ts';
import {podRef} from '../observed.ts';
import type {Departure, Situation} from '../observed.ts';
import {withFindings} from './conditions.ts';
import {clearing, lettingGo} from './ending.ts';

/**
 * archsearch is taken off the cluster, and the search stays: its Pods are ended and settled, it says why nothing happens any more, and our
 * finalizers go, since nobody would take them off later. A trial that was ended so is tried again when archsearch is back.
 */
export function leaving(situation: Situation, departure: Departure): Action[] {
  const clear = departure === 'Settling' ? clearing(situation, 'archsearch is uninstalled') : undefined;
  const last = lettingGo(situation).filter(
    (action) => action.kind !== 'ReleaseLedger' || !isBereft(situation.search, situation.ledger),
  );
  return clear ?? [...abandoning(situation), ...farewell(situation), ...last];
}

/**
 * Somebody deleted the account of a search that stays: without our finalizer it would go at once, and the search would begin with an empty
 * one when archsearch is back. It stays held; if its namespace is to be deleted meanwhile, that takes the break-glass command.
 */
export const isBereft = (search: KubernetesObject | undefined, ledger: KubernetesObject | undefined): boolean =>
  ledger?.metadata.deletionTimestamp !== undefined &&
  search !== undefined &&
  search.metadata.deletionTimestamp === undefined;

/** Pods that could not be settled in time: what they hold in the ledgers stays reserved until somebody charges it. */
const abandoning = ({pods}: Situation): Action[] =>
  pods
    .filter(({metadata}) => metadata.finalizers?.includes(ledgerFinalizer) === true)
    .map((pod) => ({kind: 'ReleasePod', pod: podRef(pod)}));

const message = 'archsearch was uninstalled: the search goes on when it is installed again';

function farewell({search, now}: Situation): Action[] {
  const {status, metadata} = search;
  const {phase, conditions = []} = status ?? {};
  const told = conditions.some(({type, reason}) => type === 'Progressing' && reason === 'Uninstalled');
  const over = phase === undefined || phase === 'Succeeded' || phase === 'Failed';
  if (told || over || metadata.deletionTimestamp !== undefined) return [];
  const finding = {type: 'Progressing', status: 'False', reason: 'Uninstalled', message} as const;
  const said = {
    ...status,
    phase: 'Suspended' as const,
    conditions: withFindings(conditions, [finding], {generation: metadata.generation ?? 1, now}),
    updatedAt: timestamp(now),
  };
  return [{kind: 'WriteSearchStatus', search, status: {...said, summary: summaryOf(search.spec, said)}}];
}
