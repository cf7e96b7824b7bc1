import {baselineTrials} from '../api/arithmetic.ts';
import {fromGpuHours, fromMoney, parseTimestamp, seconds, toGpuHours, toMoney} from '../api/quantities.ts';
import type {GpuMilliseconds, Instant, MicroDollars} from '../api/quantities.ts';
import {isFinished, purposes} from '../api/trial.ts';
import type {Purpose, Trial} from '../api/trial.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';

/** The trials of one purpose. */
export interface Part {
  readonly purpose: Purpose;
  readonly done: number;
  /** How many there will be, as far as the limits say. */
  readonly planned?: number;
}

/** How far a search is. */
export interface Standing {
  readonly parts: readonly Part[];
  /** Of the way, 0 to 1: by trials, or by the limit that is nearest. Undefined while nothing tells. */
  readonly fraction?: number;
  readonly secondsLeft?: number;
}

export function standingOf(snapshot: Snapshot, now: Instant): Standing {
  const parts = partsOf(snapshot);
  const ways = [byTrials(snapshot, parts), ...byLimits(snapshot, now)].filter((way) => way !== undefined);
  const fractions = ways.map(({fraction}) => fraction);
  const left = ways.flatMap(({secondsLeft}) => secondsLeft ?? []);
  return {
    parts,
    ...(fractions.length === 0 ? {} : {fraction: Math.min(1, Math.max(...fractions))}),
    ...(left.length === 0 ? {} : {secondsLeft: Math.min(...left)}),
  };
}

export function partsOf({search, trials}: Snapshot): readonly Part[] {
  const planned = plannedOf(search.spec);
  const over = stagesOver[search.status?.phase ?? 'Pending'] ?? [];
  return purposes.map((purpose) => {
    const all = trials.filter(({spec}) => spec.purpose === purpose);
    const done = all.filter(isFinished).length;
    // the target may be reached, or the space exhausted, before the limit
    const count = over.includes(purpose) ? all.length : planned[purpose];
    return {purpose, done, ...(count === undefined ? {} : {planned: count})};
  });
}

/** By phase, the purposes of which no new trial comes. */
const stagesOver: Readonly<Record<string, readonly Purpose[]>> = {
  Running: ['Preflight'],
  Selecting: ['Preflight', 'Baseline', 'Candidate'],
  Succeeded: purposes,
  Failed: purposes,
};

function plannedOf(spec: Snapshot['search']['spec']): Partial<Record<Purpose, number>> {
  const {limits, preflight, selection, baseline} = spec;
  const sides = baseline === undefined ? 1 : 2;
  const tuning = baselineTrials(spec);
  return {
    Preflight: preflight.mode === 'Enabled' ? preflight.trials : 0,
    ...(tuning === undefined ? {} : {Baseline: tuning}),
    ...(limits.trials === undefined ? {} : {Candidate: limits.trials}),
    Final: selection === undefined ? 0 : (selection.retrain + sides - 1) * selection.seeds + sides,
  };
}

interface Way {
  readonly fraction: number;
  readonly secondsLeft?: number;
}

/** Left are the trials that are planned and not done, at the mean time of those that are, as many at once as may be. */
function byTrials(snapshot: Snapshot, parts: readonly Part[]): Way | undefined {
  if (parts.some(({planned}) => planned === undefined)) return undefined;
  const {spec, status} = snapshot.search;
  const weights: Partial<Record<Purpose, number>> = {
    Preflight: 0,
    Final: (spec.selection?.epochs ?? spec.estimation.maxEpochs) / spec.estimation.maxEpochs,
  };
  const work = (counted: (part: Part) => number): number =>
    parts.reduce((sum, part) => sum + (weights[part.purpose] ?? 1) * counted(part), 0);
  const all = work(({planned = 0}) => planned);
  const done = work((part) => part.done);
  const fraction = all === 0 ? 0 : done / all;
  const spent = secondsOf(snapshot.trials.filter(({spec: {purpose}}) => purpose !== 'Preflight'));
  const each = done > 0 ? spent / done : status?.preflight?.secondsPerTrial;
  if (each === undefined) return {fraction};
  return {fraction, secondsLeft: (Math.max(0, all - done) * each) / spec.limits.parallelTrials};
}

/** What a limit on GPU time, money or the clock says of the way. */
function byLimits({search}: Snapshot, now: Instant): readonly Way[] {
  const {limits} = search.spec;
  const {usage, startedAt} = search.status ?? {};
  const elapsed = startedAt === undefined ? 0 : Math.max(0, (now - parseTimestamp(startedAt)) / 1000);
  const spent: readonly (number | undefined)[] = [
    limits.gpuHours === undefined ? undefined : (usage?.gpuMilliseconds ?? 0) / fromGpuHours(limits.gpuHours),
    limits.cost === undefined ? undefined : (usage?.microDollars ?? 0) / fromMoney(limits.cost),
    limits.duration === undefined ? undefined : elapsed / seconds(limits.duration),
  ];
  return spent
    .filter((fraction) => fraction !== undefined)
    .map((fraction) => ({
      fraction,
      ...(fraction > enoughToTell ? {secondsLeft: Math.max(0, (elapsed * (1 - fraction)) / fraction)} : {}),
    }));
}

/** Below this part of a limit its rate says nothing yet. */
const enoughToTell = 0.02;

const secondsOf = (trials: readonly Trial[]): number =>
  trials
    .flatMap(({status}) => status?.attempts ?? [])
    .reduce(
      (sum, {startedAt, finishedAt}) =>
        sum + (startedAt === undefined ? 0 : (parseTimestamp(finishedAt) - parseTimestamp(startedAt)) / 1000),
      0,
    );

/** What was spent, of what may be: `0.0212 of 1 GPU-hours (2%)`. */
export function spentOf({search}: Snapshot): string {
  const {limits, template} = search.spec;
  const {gpuMilliseconds = 0, microDollars = 0} = search.status?.usage ?? {};
  const hours = `${toGpuHours(gpuMilliseconds as GpuMilliseconds).toFixed(4)}${ofLimit(limits.gpuHours)} GPU-hours`;
  const percent =
    limits.gpuHours === undefined ? '' : ` (${percentOf(gpuMilliseconds / fromGpuHours(limits.gpuHours))})`;
  if (template.pricePerGpuHour === undefined) return hours + percent;
  const money = `$${toMoney(microDollars as MicroDollars)}${limits.cost === undefined ? '' : ` of $${limits.cost}`}`;
  return `${hours}${percent}, ${money}`;
}

const ofLimit = (limit: number | undefined): string => (limit === undefined ? '' : ` of ${String(limit)}`);
const percentOf = (fraction: number): string => `${String(Math.round(fraction * 100))}%`;

export function durationText(duration: number): string {
  const whole = Math.round(duration);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${String(hours)} h ${String(minutes)} min`;
  return minutes > 0 ? `${String(minutes)} min ${String(whole % 60)} s` : `${String(whole)} s`;
}
