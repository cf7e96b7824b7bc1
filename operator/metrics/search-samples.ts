import {baselineTrials} from '../../api/arithmetic.ts';
import type {GpuLedger} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import {parseTimestamp, seconds} from '../../api/quantities.ts';
import {objectivesOf} from '../../api/problem.ts';
import type {ArchitectureSearch, SearchSpec} from '../../api/search.ts';
import type {Purpose, Trial} from '../../api/trial.ts';
import {accountSamples} from './account-samples.ts';
import {problemsOf} from './problems.ts';
import {resultSamples} from './result-samples.ts';
import type {Labels, Sample} from './sample.ts';
import {trialSamples} from './trial-samples.ts';

/** The objects of a search that its series are read off. */
export interface SearchObjects {
  readonly search: Stored<ArchitectureSearch>;
  readonly ledger: Stored<GpuLedger> | undefined;
  readonly trials: readonly Stored<Trial>[];
}

export const searchLabels = ({metadata}: ArchitectureSearch): Labels => ({
  namespace: metadata.namespace ?? 'default',
  search: metadata.name,
});

/** All that follows from the objects of a search alone: the same objects give the same samples, whoever reads them and when. */
export function searchSamples({search, ledger, trials}: SearchObjects): Sample[] {
  const labels = searchLabels(search);
  return [
    ...identity(labels, search),
    ...times(labels, search),
    ...problems(labels, search),
    ...plans(labels, search.spec),
    ...estimates(labels, search),
    ...trialSamples(labels, trials, search.spec.template.gpus),
    ...resultSamples(labels, search, trials),
    ...(ledger === undefined ? [] : accountSamples('search', labels, ledger.spec)),
  ];
}

function identity(labels: Labels, {spec, status}: ArchitectureSearch): Sample[] {
  const [{metric, goal}] = objectivesOf(spec);
  const {task, searchSpace, strategy} = spec;
  const what = {task, search_space: searchSpace.type, strategy: strategy.type, objective: metric, goal};
  return [
    {name: 'archsearch_search_info', labels: {...labels, ...what}, value: 1},
    {name: 'archsearch_search_phase', labels: {...labels, phase: status?.phase ?? 'Pending'}, value: 1},
  ];
}

/** Seconds since the epoch of each time that is known. */
const timeSample = (name: Sample['name'], labels: Labels, time: string | undefined): Sample[] =>
  time === undefined ? [] : [{name, labels, value: parseTimestamp(time) / 1000}];

const times = (labels: Labels, {metadata, status}: Stored<ArchitectureSearch>): Sample[] => [
  ...timeSample('archsearch_search_created_timestamp_seconds', labels, metadata.creationTimestamp),
  ...timeSample('archsearch_search_started_timestamp_seconds', labels, status?.startedAt),
  ...timeSample('archsearch_search_finished_timestamp_seconds', labels, status?.finishedAt),
];

const problems = (labels: Labels, {status = {}}: ArchitectureSearch): Sample[] =>
  problemsOf(status).flatMap(({type, reason, lastTransitionTime}) => {
    const at = {...labels, condition: type, reason};
    return [
      {name: 'archsearch_search_problem', labels: at, value: 1} as const,
      ...timeSample('archsearch_search_problem_start_timestamp_seconds', at, lastTransitionTime),
    ];
  });

/** Retrainings with every seed, and one trial that scores each finalist. */
function finalTrials({selection, baseline}: SearchSpec): number {
  if (selection === undefined) return 0;
  const baselines = baseline === undefined ? 0 : 1;
  return (selection.retrain + baselines) * selection.seeds + 1 + baselines;
}

function plans(labels: Labels, spec: SearchSpec): Sample[] {
  const {limits, preflight} = spec;
  const planned: Readonly<Record<Purpose, number | undefined>> = {
    Preflight: preflight.mode === 'Enabled' ? preflight.trials : 0,
    Baseline: baselineTrials(spec),
    Candidate: limits.trials,
    Final: finalTrials(spec),
  };
  const {duration, parallelTrials} = limits;
  return [
    ...Object.entries(planned).flatMap(([purpose, value]): Sample[] =>
      value === undefined ? [] : [{name: 'archsearch_search_planned_trials', labels: {...labels, purpose}, value}],
    ),
    {name: 'archsearch_search_parallel_trials', labels, value: parallelTrials},
    ...(duration === undefined
      ? []
      : [{name: 'archsearch_search_limit_duration_seconds', labels, value: seconds(duration)} as const]),
  ];
}

function estimates(labels: Labels, {status}: ArchitectureSearch): Sample[] {
  if (status?.preflight === undefined) return [];
  const {estimatedSeconds, estimatedGpuHours} = status.preflight;
  return [
    {name: 'archsearch_search_estimated_duration_seconds', labels, value: estimatedSeconds},
    {name: 'archsearch_search_estimated_gpu_seconds', labels, value: estimatedGpuHours * 3600},
  ];
}
