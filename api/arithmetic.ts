import type {GpuMilliseconds, MicroDollars} from './quantities.ts';
import {fromGpuHours, fromMoney, gpuMilliseconds, seconds, toGpuHours} from './quantities.ts';
import type {SearchSpec} from './search.ts';

/** terminationGracePeriodSeconds of every trial's Pod. */
export const graceSeconds = 30;
/** What a kubelet may be late by before it counts as overrun. */
export const slackSeconds = 30;
/** The API's times are whole seconds, so that a measured span may be a second too short. */
const roundingSeconds = 1;
/** A Preflight trial that may not even run this long could not load its data. */
export const shortestPreflightSeconds = 10;

const marginSeconds = graceSeconds + slackSeconds + roundingSeconds;

/** What a trial with this deadline may cost at most, and so what is reserved for it. */
export const reservationMilliseconds = (spec: SearchSpec, deadline: number): GpuMilliseconds =>
  gpuMilliseconds(spec.template.gpus * (deadline + marginSeconds) * 1000);

/** Deadline of a trial of `epochs`: `trialDuration` × max(1, epochs / maxEpochs), in whole seconds, rounded up. */
export const deadlineSeconds = (spec: SearchSpec, trialDurationSeconds: number, epochs: number): number =>
  Math.ceil(trialDurationSeconds * Math.max(1, epochs / spec.estimation.maxEpochs));

/** Deadline of a Preflight trial: what its GPU-hours leave each of its trials, less the margin that is reserved on top. */
export const preflightDeadlineSeconds = (spec: SearchSpec): number => preflightDeadline(spec, spec.preflight.gpuHours);

const preflightDeadline = ({preflight, template}: SearchSpec, gpuHours: number): number =>
  Math.floor((gpuHours * 3600) / (preflight.trials * template.gpus)) - marginSeconds;

/**
 * Tuning trials of the baseline: its share of `limits.trials`, at least one; 0 without a baseline. Undefined when `limits.trials` is not
 * given: then money or time ends the tuning.
 */
export function baselineTrials(spec: SearchSpec): number | undefined {
  if (spec.baseline === undefined) return 0;
  if (spec.limits.trials === undefined) return undefined;
  return Math.max(1, Math.round(spec.baseline.share * spec.limits.trials));
}

/** The limits of the search's own account; a part that is left out is not limited. */
export function limitOf(spec: SearchSpec): {gpuMilliseconds?: GpuMilliseconds; microDollars?: MicroDollars} {
  const {gpuHours, cost} = spec.limits;
  return {
    ...(gpuHours === undefined ? {} : {gpuMilliseconds: fromGpuHours(gpuHours)}),
    ...(cost === undefined ? {} : {microDollars: fromMoney(cost)}),
  };
}

/** GPU time that the limits on GPU-hours and cost leave, whichever is less; undefined when neither is given. */
export function budgetMilliseconds(spec: SearchSpec): GpuMilliseconds | undefined {
  const limit = limitOf(spec);
  const bounds: number[] = limit.gpuMilliseconds === undefined ? [] : [limit.gpuMilliseconds];
  const price = spec.template.pricePerGpuHour === undefined ? 0 : fromMoney(spec.template.pricePerGpuHour);
  if (limit.microDollars !== undefined && price > 0)
    bounds.push(Number((BigInt(limit.microDollars) * 3_600_000n) / BigInt(price)));
  return bounds.length === 0 ? undefined : gpuMilliseconds(Math.min(...bounds, Number.MAX_SAFE_INTEGER));
}

/** The deadline that `estimation.trialDuration` gives; undefined when Preflight is to set it. */
export const givenTrialDuration = (spec: SearchSpec): number | undefined =>
  spec.estimation.trialDuration === undefined ? undefined : seconds(spec.estimation.trialDuration);

export interface ShareProblem {
  readonly ok: false;
  /** What does not fit, with the sum. */
  readonly problem: string;
  /** `spec.selection.share` */
  readonly field: string;
  readonly remedy: string;
}
export type ShareCheck = {readonly ok: true} | ShareProblem;

interface Account {
  readonly spec: SearchSpec;
  readonly budget: GpuMilliseconds | undefined;
  readonly trialSeconds: number | undefined;
}

/**
 * Can the parts that are kept back hold the trials that they are for? Preflight's deadline is checked always; the shares as soon as there
 * is a limit on GPU-hours or cost and the duration of a trial is known, from the spec or (second argument) from Preflight.
 */
export function checkShares(spec: SearchSpec, trialDurationSeconds?: number): ShareCheck {
  const account = {
    spec,
    budget: budgetMilliseconds(spec),
    trialSeconds: trialDurationSeconds ?? givenTrialDuration(spec),
  };
  const checks = [checkPreflightDeadline, checkPreflightFits, checkSelection, checkBaseline, checkCandidates];
  return checks.map((check) => check(account)).find((outcome) => !outcome.ok) ?? {ok: true};
}

function checkPreflightDeadline({spec}: Account): ShareCheck {
  const {mode, trials, gpuHours} = spec.preflight;
  const deadline = preflightDeadlineSeconds(spec);
  if (mode === 'Disabled' || deadline >= shortestPreflightSeconds) return {ok: true};
  const needed = ((shortestPreflightSeconds + marginSeconds) * trials * spec.template.gpus) / 3600;
  const enough = leastStep(needed, 100, (limit) => preflightDeadline(spec, limit) >= shortestPreflightSeconds);
  return {
    ok: false,
    field: 'spec.preflight.gpuHours',
    problem:
      `${String(gpuHours)} GPU-hours × 3600 / (${times(trials, 'trial')} × ${times(spec.template.gpus, 'GPU')}) − ` +
      `${String(marginSeconds)} s of grace and slack leave a trial ${String(deadline)} s, ` +
      `and it needs at least ${String(shortestPreflightSeconds)} s`,
    remedy: `set preflight.gpuHours to at least ${String(enough)}, or lower preflight.trials`,
  };
}

function checkPreflightFits({spec, budget}: Account): ShareCheck {
  if (spec.preflight.mode === 'Disabled' || budget === undefined) return {ok: true};
  const rest = budget - keptBack(spec, budget);
  if (fromGpuHours(spec.preflight.gpuHours) <= rest) return {ok: true};
  return {
    ok: false,
    field: 'spec.preflight.gpuHours',
    problem:
      `Preflight may spend ${String(spec.preflight.gpuHours)} GPU-hours, but the limits leave ${hours(rest)}` +
      ` of ${hours(budget)} when the shares of baseline and selection are kept back`,
    remedy: 'lower preflight.gpuHours, or raise limits.gpuHours (limits.cost)',
  };
}

function checkSelection({spec, budget, trialSeconds}: Account): ShareCheck {
  if (spec.selection === undefined || budget === undefined || trialSeconds === undefined) return {ok: true};
  const {retrain, seeds, share} = spec.selection;
  const retraining = finalReservation(spec, trialSeconds);
  const scoring = tuningReservation(spec, trialSeconds);
  const needed = retrain * seeds * retraining + scoring;
  return fits({
    needed,
    room: shareOf(share, budget),
    share,
    field: 'spec.selection.share',
    sum:
      `${times(retrain, 'candidate')} × ${times(seeds, 'seed')} × ${hours(retraining)} + ` +
      `scoring ${hours(scoring)} = ${hours(needed)}`,
    otherwise: 'lower selection.retrain, selection.seeds, selection.epochs or estimation.trialDuration',
    budget,
  });
}

function checkBaseline({spec, budget, trialSeconds}: Account): ShareCheck {
  if (spec.baseline === undefined || budget === undefined || trialSeconds === undefined) return {ok: true};
  const tuning = tuningReservation(spec, trialSeconds);
  const seeds = spec.selection?.seeds ?? 0;
  const retraining = finalReservation(spec, trialSeconds);
  const needed = tuning + (seeds === 0 ? 0 : seeds * retraining + tuning);
  const retrained = seeds === 0 ? '' : ` + ${times(seeds, 'seed')} × ${hours(retraining)} + scoring ${hours(tuning)}`;
  return fits({
    needed,
    room: shareOf(spec.baseline.share, budget),
    share: spec.baseline.share,
    field: 'spec.baseline.share',
    sum: `one tuning trial ${hours(tuning)}${retrained} = ${hours(needed)}`,
    otherwise: 'lower selection.seeds, selection.epochs or estimation.trialDuration',
    budget,
  });
}

function checkCandidates({spec, budget, trialSeconds}: Account): ShareCheck {
  if (budget === undefined || trialSeconds === undefined) return {ok: true};
  const preflight = spec.preflight.mode === 'Disabled' ? 0 : fromGpuHours(spec.preflight.gpuHours);
  const rest = budget - keptBack(spec, budget) - preflight;
  const one = tuningReservation(spec, trialSeconds);
  if (one <= rest) return {ok: true};
  return {
    ok: false,
    field: spec.limits.gpuHours === undefined ? 'spec.limits.cost' : 'spec.limits.gpuHours',
    problem:
      `one candidate needs ${hours(one)}, but the limits leave ${hours(Math.max(0, rest))} of ${hours(budget)} ` +
      'after Preflight and the shares of baseline and selection',
    remedy: 'raise the limit, or lower preflight.gpuHours, the shares or estimation.trialDuration',
  };
}

interface Fit {
  readonly needed: number;
  readonly room: number;
  readonly share: number;
  readonly budget: number;
  readonly field: string;
  readonly sum: string;
  readonly otherwise: string;
}

function fits({needed, room, share, budget, field, sum, otherwise}: Fit): ShareCheck {
  if (needed <= room) return {ok: true};
  const enoughShare = leastStep(needed / budget, 1000, (part) => shareOf(part, budget) >= needed);
  const enoughHours = leastStep(
    needed / share / 3_600_000,
    100,
    (limit) => shareOf(share, fromGpuHours(limit)) >= needed,
  );
  const raise = enoughShare < 1 ? `raise ${field.replace('spec.', '')} to at least ${String(enoughShare)}, or ` : '';
  return {
    ok: false,
    field,
    problem: `${sum}, but ${String(share)} × ${hours(budget)} is ${hours(room)}`,
    remedy: `${raise}raise the limits to at least ${String(enoughHours)} GPU-hours, or ${otherwise}`,
  };
}

const tuningReservation = (spec: SearchSpec, trialSeconds: number): number =>
  reservationMilliseconds(spec, deadlineSeconds(spec, trialSeconds, spec.estimation.maxEpochs));

function finalReservation(spec: SearchSpec, trialSeconds: number): number {
  const epochs = spec.selection?.epochs ?? spec.estimation.maxEpochs;
  return reservationMilliseconds(spec, deadlineSeconds(spec, trialSeconds, epochs));
}

/** What a share may spend, rounded down. */
const shareOf = (share: number, budget: number): GpuMilliseconds => gpuMilliseconds(Math.floor(share * budget));

const keptBack = (spec: SearchSpec, budget: number): number =>
  shareOf(spec.baseline?.share ?? 0, budget) + shareOf(spec.selection?.share ?? 0, budget);

const times = (count: number, what: string): string => `${String(count)} ${what}${count === 1 ? '' : 's'}`;
const rounded = (value: number): number => Number(value.toPrecision(4));
const hours = (milliseconds: number): string =>
  `${String(rounded(toGpuHours(gpuMilliseconds(Math.round(milliseconds)))))} h`;
/** The least multiple of 1/steps that is enough: rounding up alone may fall short, since amounts are rounded down to whole units. */
function leastStep(value: number, steps: number, isEnough: (candidate: number) => boolean): number {
  const count = Math.ceil(value * steps);
  return isEnough(count / steps) ? count / steps : (count + 1) / steps;
}
