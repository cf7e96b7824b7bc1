import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {objectivesOf, openSpace} from '../api/problem.ts';
import {parseTimestamp} from '../api/quantities.ts';
import type {SearchStatus} from '../api/search-status.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';
import {durationText, spentOf} from './standing.ts';

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

const noTrials = {total: 0, running: 0, succeeded: 0, failed: 0, stopped: 0, duplicates: 0, skippedDuplicates: 0};

export function summarize({search, trials}: Snapshot, directory: string): Summary {
  const status = search.status ?? {};
  const {reason = '', message = ''} = status.conditions?.find(({type}) => type === 'Progressing') ?? {};
  const {total, succeeded, failed, stopped, skippedDuplicates} = status.trials ?? noTrials;
  return {
    kind: 'summary',
    phase: status.phase ?? 'Pending',
    reason,
    message,
    ...resultsOf(status),
    trials: {total, succeeded, failed, stopped, skippedDuplicates},
    gpuSeconds: (status.usage?.gpuMilliseconds ?? 0) / 1000,
    seconds: secondsOf(status),
    device: deviceOf(trials),
    directory,
  };
}

/** The device that the trials really ran on, as their runners tell. */
const deviceOf = (trials: Snapshot['trials']): string =>
  trials.map((trial) => trial.status?.device).find((device) => device !== undefined) ?? 'none';

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

/** What a person wants to know at the end, at most ten lines; the last one says where to read on. */
export function summaryLines(snapshot: Snapshot, directory: string, report?: string): string[] {
  const {search} = snapshot;
  const summary = summarize(snapshot, directory);
  return [
    `${search.metadata.name}: ${summary.phase} (${summary.reason}): ${summary.message}`,
    ...sidesOf(summary, snapshot),
    verdictOf(summary, search.status?.conditions?.find(({type}) => type === 'Compared')?.message),
    `  candidates ${countsOf(summary)}`,
    `  spent      ${spentOf(snapshot)} in ${durationText(summary.seconds)} on ${summary.device}`,
    `  run        ${directory}${contentsOf(snapshot, directory)}`,
    ...(report === undefined ? [] : [`  report     ${report}`]),
  ];
}

const countsOf = ({trials}: Summary): string =>
  `${String(trials.total)}: ${String(trials.succeeded)} succeeded, ${String(trials.failed)} failed, ` +
  `${String(trials.stopped)} stopped early; ${String(trials.skippedDuplicates)} ${trials.skippedDuplicates === 1 ? 'duplicate' : 'duplicates'} skipped`;

function contentsOf({search, trials}: Snapshot, directory: string): string {
  const model = existsSync(join(directory, 'winner', 'model.json'));
  const failed = trials.filter(({status}) => status?.phase === 'Failed').length;
  const parts = [
    ...(model && search.status?.comparison ? ['the model is in winner/, for tf.loadLayersModel'] : []),
    ...(failed === 0 ? [] : [`the logs of ${String(failed)} failed ${failed === 1 ? 'trial' : 'trials'} in failed/`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

/** The winner with its architecture, and the baseline. */
function sidesOf({best, baseline}: Summary, {search, trials}: Snapshot): string[] {
  const [{metric}] = objectivesOf(search.spec);
  const side = (test: Metrics | undefined, validation: Metrics): string =>
    [
      ...(test === undefined ? [] : [`test ${metricsOf(metric, test)}`]),
      `validation ${metricsOf(metric, validation)}`,
    ].join('; ');
  const winner = trials.find((trial) => trial.metadata.name === best?.trial);
  const space = openSpace(search.spec);
  return [
    ...(best === undefined
      ? []
      : [`  best       ${best.trial}: ${side(best.test, best.validation)}${sizeOf(best.validation)}`]),
    ...(winner === undefined ? [] : [`             ${space.describe(space.parse(winner.spec.architecture.genotype))}`]),
    ...(baseline === undefined
      ? []
      : [
          `  baseline   ${search.spec.baseline?.type ?? ''} ${baseline.trial}: ${side(baseline.test, baseline.validation)}`,
        ]),
  ];
}

/** Accuracy flatters whoever always answers the largest class, so that the mean over classes stands beside it. */
const besides: Readonly<Record<string, string>> = {accuracy: 'balancedAccuracy', balancedAccuracy: 'accuracy'};

function metricsOf(metric: string, values: Metrics): string {
  const beside = besides[metric] ?? '';
  const other = values[beside] === undefined ? '' : ` (${beside} ${figure(values[beside])})`;
  return `${metric} ${figure(values[metric])}${other}`;
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
