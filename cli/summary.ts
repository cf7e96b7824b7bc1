import {objectivesOf} from '../api/problem.ts';
import {parseTimestamp, toGpuHours, toMoney} from '../api/quantities.ts';
import type {GpuMilliseconds, MicroDollars} from '../api/quantities.ts';
import type {SearchStatus} from '../api/search-status.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';

type Metrics = Readonly<Record<string, number>>;

/** The last JSON line of `run`. Parts that a search did not have (no baseline, no selection) are absent. */
export interface Summary {
  readonly kind: 'summary';
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly best?: {
    readonly trial: string;
    readonly test?: Metrics;
    readonly validation: Metrics;
    readonly parameters?: number;
  };
  readonly baseline?: {readonly trial: string; readonly test?: Metrics; readonly validation: Metrics};
  readonly difference?: {readonly test: Metrics; readonly interval: readonly number[]; readonly conclusion: string};
  readonly trials: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly stopped: number;
    readonly skippedDuplicates: number;
  };
  readonly gpuSeconds: number;
  readonly seconds: number;
  readonly device: string;
  readonly directory: string;
}

export function summarize({search, trials}: Snapshot, directory: string): Summary {
  const status = search.status ?? {};
  const progressing = status.conditions?.find(({type}) => type === 'Progressing');
  const counts = status.trials;
  return {
    kind: 'summary',
    phase: status.phase ?? 'Pending',
    reason: progressing?.reason ?? '',
    message: progressing?.message ?? '',
    ...resultsOf(status),
    trials: {
      total: counts?.total ?? 0,
      succeeded: counts?.succeeded ?? 0,
      failed: counts?.failed ?? 0,
      stopped: counts?.stopped ?? 0,
      skippedDuplicates: counts?.skippedDuplicates ?? 0,
    },
    gpuSeconds: (status.usage?.gpuMilliseconds ?? 0) / 1000,
    seconds: secondsOf(status),
    device: trials.find((trial) => trial.status?.device !== undefined)?.status?.device ?? 'none',
    directory,
  };
}

/** Told on the test split where there was a selection, by validation alone where there was none. */
function resultsOf({comparison, best, baseline}: SearchStatus): Pick<Summary, 'best' | 'baseline' | 'difference'> {
  if (comparison === undefined) {
    return {
      ...(best && {best: {trial: best.trial, validation: best.values, ...parametersOf(best.values)}}),
      ...(baseline && {baseline: {trial: baseline.trial, validation: baseline.values}}),
    };
  }
  const {winner, baseline: against, difference} = comparison;
  return {
    best: {trial: winner.from, test: winner.test, validation: winner.validation, ...parametersOf(winner.validation)},
    ...(against && {baseline: {trial: against.from, test: against.test, validation: against.validation}}),
    ...(difference && {
      difference: {
        test: {[difference.metric]: difference.value},
        interval: difference.interval,
        conclusion: difference.conclusion,
      },
    }),
  };
}

const parametersOf = ({parameters}: Metrics): {parameters?: number} => (parameters === undefined ? {} : {parameters});

const secondsOf = ({startedAt, finishedAt}: SearchStatus): number =>
  startedAt === undefined || finishedAt === undefined
    ? 0
    : (parseTimestamp(finishedAt) - parseTimestamp(startedAt)) / 1000;

/** A number for people: four significant digits, whole numbers whole. */
export const figure = (value: number | undefined): string => {
  if (value === undefined) return '–';
  return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(4)));
};

/** What a person wants to know at the end, at most ten lines. */
export function summaryLines(snapshot: Snapshot, directory: string): string[] {
  const {search} = snapshot;
  const {name} = search.metadata;
  const summary = summarize(snapshot, directory);
  const [{metric}] = objectivesOf(search.spec);
  const {best, baseline, trials} = summary;
  const side = (test: Metrics | undefined, validation: Metrics): string =>
    `${test === undefined ? '' : `test ${metric} ${figure(test[metric])}, `}validation ${metric} ${figure(validation[metric])}`;
  return [
    `${name}: ${summary.phase} (${summary.reason}): ${summary.message}`,
    best && `  best       ${best.trial}: ${side(best.test, best.validation)}${sizeOf(best.validation)}`,
    best && search.status?.best?.trial === best.trial && `             ${search.status.best.description ?? ''}`,
    baseline &&
      `  baseline   ${search.spec.baseline?.type ?? ''} ${baseline.trial}: ${side(baseline.test, baseline.validation)}`,
    verdictOf(summary, search.status?.conditions?.find(({type}) => type === 'Compared')?.message),
    `  candidates ${String(trials.total)}: ${String(trials.succeeded)} succeeded, ${String(trials.failed)} failed, ${String(trials.stopped)} stopped early; ${String(trials.skippedDuplicates)} duplicates skipped`,
    `  spent      ${spentOf(search.status)} in ${String(summary.seconds)} s on ${summary.device}`,
    trials.failed > 0 && `  failures   their logs are in ${directory}/failed`,
    search.status?.comparison && `  model      ${directory}/winner (tf.loadLayersModel reads it)`,
    `  run        ${directory}`,
  ].filter((line) => typeof line === 'string');
}

const sizeOf = ({parameters, flops, latencyMilliseconds}: Metrics): string =>
  parameters === undefined
    ? ''
    : `; ${figure(parameters)} parameters, ${figure(flops)} FLOPs, ${figure(latencyMilliseconds)} ms an example`;

function verdictOf({difference}: Summary, compared: string | undefined): string {
  if (difference === undefined) return `  difference not known: ${compared ?? 'there was no selection'}`;
  const [metric = '', value = 0] = Object.entries(difference.test)[0] ?? [];
  const [low, high] = difference.interval;
  return `  difference ${value >= 0 ? '+' : ''}${figure(value)} test ${metric}, 95% interval [${figure(low)}, ${figure(high)}]: ${compared ?? ''}`;
}

function spentOf(status: SearchStatus | undefined): string {
  const usage = status?.usage;
  const hours = toGpuHours((usage?.gpuMilliseconds ?? 0) as GpuMilliseconds).toFixed(4);
  const money = usage?.microDollars ?? 0;
  return `${hours} GPU-hours${money === 0 ? '' : ` ($${toMoney(money as MicroDollars)})`}`;
}
