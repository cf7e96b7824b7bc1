import {isDeepStrictEqual} from 'node:util';
import type {Action} from './actions.ts';
import {limitsOf, newLedger} from './ledger.ts';
import {isOver, situate} from './observed.ts';
import type {Observed, Situation} from './observed.ts';
import {admitting, sweeping} from './planning/admitting.ts';
import {ending, releasingTrials} from './planning/ending.ts';
import {holding} from './planning/holding.ts';
import {leaving} from './planning/leaving.ts';
import type {Memory} from './planning/proposing.ts';
import {reporting} from './planning/reporting.ts';
import {abandoning, duplicating, noticing, starting} from './planning/running.ts';
import {settling} from './planning/settling.ts';
import {progressOf} from './planning/stages.ts';
import {stopping} from './planning/stopping.ts';

export interface Plan {
  readonly actions: readonly Action[];
  readonly memory: Memory;
}

/**
 * What to do next for one search: pure, from what is. Actions are carried out in order, and the first that fails ends the round; the next
 * observation then finds how far it came. `memory` only saves folding the log again: without it the plan is the same.
 */
export function plan(observed: Observed, memory: Memory = {}): Plan {
  const situation = situate(observed);
  const {search} = situation;
  if (situation.departure !== undefined) return {actions: leaving(situation, situation.departure), memory};
  if (search.metadata.deletionTimestamp !== undefined) return {actions: ending(situation), memory};
  const founding = found(situation);
  if (founding.length > 0) return {actions: founding, memory};
  if (isOver(situation)) return {actions: closing(situation), memory};
  const running = [settling, sweeping, duplicating, abandoning, admitting, stopping, noticing, starting].flatMap(
    (step) => step(situation),
  );
  const progress = progressOf(situation, memory);
  // a suspended search may be accepted, so that its author need not wait to learn of a mistake
  const allowed = (action: Action): boolean => !search.spec.suspend || action.kind === 'DryRunPod';
  const proposals = progress.actions.filter(allowed);
  return {
    actions: [...running, ...proposals, ...reporting(situation, progress)],
    memory: progress.memory ?? memory,
  };
}

/** Our finalizers and the ledger come before everything else; edited limits go into the ledger first. */
function found(situation: Situation): Action[] {
  const {search, ledger, namespace} = situation;
  const key = {namespace, name: search.metadata.name};
  const held = holding(situation);
  if (held.length > 0) return held;
  if (ledger === undefined) return [{kind: 'CreateLedger', ledger: newLedger(search)}];
  const limits = limitsOf(search);
  const known = {limit: ledger.spec.limit, caps: ledger.spec.caps};
  return isDeepStrictEqual(known, limits) ? [] : [{kind: 'SetLimits', ledger: key, limits}];
}

/** After the end: what still runs is ended and settled, then the Trials are let go. */
function closing(situation: Situation): Action[] {
  const pods = [...settling(situation), ...sweeping(situation), ...admitting(situation)];
  return situation.pods.length > 0 || pods.length > 0 ? pods : releasingTrials(situation);
}
