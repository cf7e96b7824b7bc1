import {isFinished} from '../../api/trial.ts';
import type {Attempt, Trial} from '../../api/trial.ts';
import type {Labels, Sample} from './sample.ts';

type Waited = NonNullable<Attempt['waited']>;

const stages: readonly (readonly [part: keyof Waited, stage: string])[] = [
  ['admission', 'Admission'],
  ['scheduling', 'Scheduling'],
  ['starting', 'Starting'],
];

/** What the Trials of a search tell: counts, how long their attempts took to start, what early stopping did. */
export function trialSamples(labels: Labels, trials: readonly Trial[], gpus: number): Sample[] {
  const ended = trials.filter(isFinished);
  const stopped = ended.filter(({status}) => status?.reason === 'StoppedEarly');
  const total = (of: readonly Trial[], amount: (trial: Trial) => number): number =>
    of.reduce((sum, trial) => sum + amount(trial), 0);
  return [
    ...counted('archsearch_search_trials', labels, trials.map(stateOf)),
    ...counted('archsearch_search_attempts', labels, trials.flatMap(attemptStates)),
    ...trials.flatMap((trial) => stagesOf(labels, trial)),
    {name: 'archsearch_search_epochs_total', labels, value: total(ended, epochsOf)},
    {name: 'archsearch_search_skipped_duplicates_total', labels, value: total(trials, ({spec}) => spec.skipped)},
    {name: 'archsearch_search_early_stops_total', labels, value: stopped.length},
    {
      name: 'archsearch_search_early_stops_saved_gpu_seconds_total',
      labels,
      value: total(stopped, (trial) => savedBy(trial, gpus)),
    },
  ];
}

const stateOf = ({spec, status}: Trial): Labels => ({
  purpose: spec.purpose,
  phase: status?.phase ?? 'Pending',
  reason: status?.reason ?? '',
});

const attemptStates = ({spec, status}: Trial): Labels[] =>
  (status?.attempts ?? []).map(({reason}) => ({purpose: spec.purpose, reason}));

function counted(name: Sample['name'], labels: Labels, states: readonly Labels[]): Sample[] {
  const groups = Map.groupBy(states, (state) => JSON.stringify(state));
  return [...groups.values()].map((group) => ({name, labels: {...labels, ...group[0]}, value: group.length}));
}

/** A duplicate has the epochs of its twin, and trained none. */
const epochsOf = ({spec, status}: Trial): number => (spec.duplicateOf === undefined ? (status?.epochs ?? 0) : 0);

function stagesOf(labels: Labels, {spec, status}: Trial): Sample[] {
  const waits = (status?.attempts ?? []).flatMap(({waited = {}}) =>
    stages.map(([part, stage]) => ({stage, seconds: waited[part]})),
  );
  const own = spec.duplicateOf === undefined ? status?.timing?.startSeconds : undefined;
  return [...waits, {stage: 'FirstStep', seconds: own}].flatMap(({stage, seconds}) =>
    seconds === undefined
      ? []
      : [{name: 'archsearch_search_pod_stage_duration_seconds', labels: {...labels, stage}, value: seconds}],
  );
}

/** The epochs that it was not trained for, at the GPU-seconds that each of the others took. */
const savedBy = (trial: Trial, gpus: number): number =>
  Math.max(0, trial.spec.epochs - (trial.status?.epochs ?? 0)) * epochGpuSeconds(trial, gpus);

/** As the runner measured it; where it did not say, what the attempt was charged. */
function epochGpuSeconds({status}: Trial, gpus: number): number {
  if (status?.timing !== undefined) return status.timing.epochSeconds * gpus;
  const {epochs = 0, attempts = []} = status ?? {};
  const charged = (attempts.at(-1)?.gpuMilliseconds ?? 0) / 1000;
  return epochs === 0 ? 0 : charged / epochs;
}
