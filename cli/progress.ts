import {baselineTrials} from '../api/arithmetic.ts';
import {objectivesOf} from '../api/problem.ts';
import {parseTimestamp} from '../api/quantities.ts';
import {isFinished} from '../api/trial.ts';
import type {Trial} from '../api/trial.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';
import type {Output} from './output.ts';
import {figure} from './summary.ts';

/** Plain lines while a search runs: one for each trial that ends, one for each stage. */
export class Progress {
  readonly #output: Output;
  readonly #told = new Set<string>();
  #stage = '';

  constructor(output: Output) {
    this.#output = output;
  }

  show(snapshot: Snapshot): void {
    this.#showStage(snapshot);
    const ended = snapshot.trials.filter((trial) => isFinished(trial) && !this.#told.has(trial.metadata.name));
    for (const trial of ended.toSorted(byEnd)) {
      this.#told.add(trial.metadata.name);
      this.#output.log(lineOf(snapshot, trial));
    }
  }

  #showStage({search}: Snapshot): void {
    const condition = search.status?.conditions?.find(({type}) => type === 'Progressing');
    const stage = condition?.reason ?? '';
    if (stage === '' || stage === this.#stage) return;
    this.#stage = stage;
    this.#output.log(`${search.metadata.name}: ${stage}: ${condition?.message ?? ''}`);
  }
}

const byEnd = (a: Trial, b: Trial): number => (a.status?.finishedAt ?? '').localeCompare(b.status?.finishedAt ?? '');

function lineOf(snapshot: Snapshot, trial: Trial): string {
  const {phase, reason = '', message = ''} = trial.status ?? {};
  const head = `${counter(snapshot, trial)} ${trial.metadata.name}`;
  return phase === 'Failed' ? `${head} FAILED ${reason}: ${message}` : `${head} ${resultText(snapshot, trial)}`;
}

function resultText(snapshot: Snapshot, {spec, status}: Trial): string {
  const [{metric}] = objectivesOf(snapshot.search.spec);
  const {best, baseline} = snapshot.search.status ?? {};
  const standing = `best ${figure(best?.values[metric])}, baseline ${figure(baseline?.values[metric])}`;
  const early = status?.reason === 'Completed' ? '' : ` (${status?.reason ?? ''})`;
  return `${metric} ${figure(status?.values?.[metric])}${early} | ${standing} | ${etaText(snapshot)} | ${spec.why}`;
}

function counter({search, trials}: Snapshot, {spec}: Trial): string {
  const done = trials.filter((trial) => trial.spec.purpose === spec.purpose && isFinished(trial)).length;
  const planned = totalsOf({search, trials})[spec.purpose];
  return `[${spec.purpose} ${String(done)}${planned === undefined ? '' : `/${String(planned)}`}]`;
}

/** How many trials of each purpose there will be, as far as the limits say. */
function totalsOf({search}: Snapshot): Partial<Record<Trial['spec']['purpose'], number>> {
  const {limits, preflight, selection, baseline} = search.spec;
  const sides = baseline === undefined ? 1 : 2;
  const tuning = baselineTrials(search.spec);
  const finals = selection === undefined ? 0 : (selection.retrain + sides - 1) * selection.seeds + sides;
  return {
    Preflight: preflight.mode === 'Enabled' ? preflight.trials : 0,
    ...(tuning === undefined ? {} : {Baseline: tuning}),
    ...(limits.trials === undefined ? {} : {Candidate: limits.trials}),
    Final: finals,
  };
}

/** Left are the trials that are planned and not done, at the mean time of those that are, as many at once as may be. */
function etaText(snapshot: Snapshot): string {
  const totals = totalsOf(snapshot);
  if (totals.Candidate === undefined) return 'no fixed number of trials';
  const planned = Object.values(totals).reduce((sum, count) => sum + count, 0);
  const done = snapshot.trials.filter(isFinished).length;
  const times = snapshot.trials.flatMap(({spec, status}) =>
    spec.purpose === 'Preflight' ? [] : (status?.attempts ?? []).map(secondsOf),
  );
  const known = snapshot.search.status?.preflight?.secondsPerTrial ?? 0;
  const mean = times.length === 0 ? known : times.reduce((sum, time) => sum + time, 0) / times.length;
  const left = (Math.max(0, planned - done) * mean) / snapshot.search.spec.limits.parallelTrials;
  return `${durationText(left)} left`;
}

const secondsOf = ({startedAt, finishedAt}: {startedAt?: string | undefined; finishedAt: string}): number =>
  startedAt === undefined ? 0 : (parseTimestamp(finishedAt) - parseTimestamp(startedAt)) / 1000;

export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${String(hours)} h ${String(minutes)} min`;
  return minutes > 0 ? `${String(minutes)} min ${String(whole % 60)} s` : `${String(whole)} s`;
}
