import {searchFinalizer} from '../../../api/pod.ts';
import {instant} from '../../../api/quantities.ts';
import type {SearchSpec, SearchStatus} from '../../../api/search.ts';
import type {Action} from '../../../operator/actions.ts';
import {limitsOf} from '../../../operator/ledger.ts';
import type {Observed} from '../../../operator/observed.ts';
import {plan} from '../../../operator/plan.ts';
import type {PodAnswer, RefusedPod} from '../../../operator/pod-answers.ts';
import {localPodSettings} from '../../../operator/pod-settings.ts';
import {allRules} from '../../../operator/pod-view.ts';
import {aLedger, aSearch} from '../../builders.ts';

/** So many seconds after the search's creation. */
export const at = (seconds: number) => instant(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000);
export const time = (seconds: number): string => new Date(at(seconds)).toISOString();

export const accepted: SearchStatus = {
  phase: 'Running',
  startedAt: time(0),
  frozen: {strategy: {type: 'Random'}, strategyVersion: 1},
};
export const searchOf = (spec: Partial<SearchSpec> = {}, status: SearchStatus = accepted) =>
  aSearch({metadata: {finalizers: [searchFinalizer]}, spec, status});

export interface Seen extends Partial<Omit<Observed, 'now' | 'answers'>> {
  readonly now?: number;
  readonly answers?: Readonly<Record<string, PodAnswer>>;
}

export function planOf({now = 60, answers = {}, search = searchOf(), ...seen}: Seen): readonly Action[] {
  const ledger = aLedger({spec: limitsOf(search)});
  const defaults = {ledger, pods: [], trials: [], hints: new Map(), rules: allRules, podSettings: localPodSettings};
  return plan({...defaults, ...seen, search, now: at(now), answers: new Map(Object.entries(answers))}).actions;
}

export const refused = (refusal: RefusedPod['refusal'], message: string, times = 1, seconds = 59): PodAnswer => ({
  kind: 'Refused',
  refusal,
  message,
  times,
  at: at(seconds),
});

export const kindsOf = (actions: readonly Action[]): string[] =>
  actions.map(({kind}) => kind).filter((kind) => kind !== 'WriteSearchStatus');

export function statusOf(actions: readonly Action[]): SearchStatus {
  const written = actions.flatMap((action) => (action.kind === 'WriteSearchStatus' ? [action.status] : []));
  return written.at(-1) ?? {};
}

export const conditionOf = (actions: readonly Action[], type: string) =>
  statusOf(actions).conditions?.find((condition) => condition.type === type);
