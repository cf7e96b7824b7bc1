import type {Families, Family} from './family.ts';

const ofSearch = ['namespace', 'search'] as const;

const gauge = (help: string, ...labels: readonly string[]): Family => ({
  type: 'gauge',
  help,
  labels: [...ofSearch, ...labels],
});
const counter = (help: string, ...labels: readonly string[]): Family => ({
  type: 'counter',
  help,
  labels: [...ofSearch, ...labels],
});

/** From a fraction of a second to the ten minutes after which a Pod that does not start is given up, and an hour in a queue. */
const stageSeconds = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

/**
 * What there is to tell of each search, read off its objects by whoever leads: none of it is counted in the process, so that a restart
 * changes nothing.
 */
export const searchFamilies = {
  archsearch_search_info: gauge(
    '1 for each search, with what it searches. objective is the first one; goal is Maximize or Minimize.',
    'task',
    'search_space',
    'strategy',
    'objective',
    'goal',
  ),
  archsearch_search_phase: gauge('1 for the phase that the search is in.', 'phase'),
  archsearch_search_created_timestamp_seconds: gauge('When the search was made, as Unix time.'),
  archsearch_search_started_timestamp_seconds: gauge('When its first trial was made, as Unix time.'),
  archsearch_search_finished_timestamp_seconds: gauge('When it ended, as Unix time.'),
  archsearch_search_problem: gauge(
    '1 for each condition that is not well: what is stuck, and why.',
    'condition',
    'reason',
  ),
  archsearch_search_problem_start_timestamp_seconds: gauge(
    'Since when a condition is not well, as Unix time.',
    'condition',
    'reason',
  ),
  archsearch_search_trials: gauge(
    'Trials by purpose, phase and reason: what ended them or why they wait, and empty otherwise.',
    'purpose',
    'phase',
    'reason',
  ),
  archsearch_search_planned_trials: gauge(
    'Trials that there will be at most, where the limits say so: what is done of them is the progress.',
    'purpose',
  ),
  archsearch_search_parallel_trials: gauge('limits.parallelTrials: Pods at once.'),
  archsearch_search_limit_duration_seconds: gauge('limits.duration, from the first trial on; absent without it.'),
  archsearch_search_estimated_duration_seconds: gauge('What Preflight expects the whole search to take.'),
  archsearch_search_estimated_gpu_seconds: gauge('What Preflight expects the whole search to use.'),
  archsearch_search_pods: gauge(
    'Pods by state: Gated (waits for budget), Unscheduled (waits for a node), Starting, Running, Ended (waits to be settled), Lost.',
    'state',
  ),
  archsearch_search_attempts: gauge(
    'Ended attempts that Trials record (the newest 64 of each), by reason.',
    'purpose',
    'reason',
  ),
  archsearch_search_pod_stage_duration_seconds: {
    type: 'histogram',
    help:
      'How long attempts took: Admission (trial made, or its last attempt ended, to budget admitted), Scheduling (to a node), ' +
      'Starting (to its container running), FirstStep (to its first epoch).',
    labels: [...ofSearch, 'stage'],
    buckets: stageSeconds,
  },
  archsearch_search_epochs_total: counter('Epochs trained by trials that have ended.'),
  archsearch_search_running_epochs: gauge(
    'Epochs that Pods have reported over NATS that are not settled yet: to be added to those of ended trials.',
  ),
  archsearch_search_skipped_duplicates_total: counter(
    'Proposals that the strategy passed over, as duplicates of earlier ones or as infeasible.',
  ),
  archsearch_search_early_stops_total: counter('Trials that an early-stopping rule has ended.'),
  archsearch_search_early_stops_saved_gpu_seconds_total: counter(
    'GPU-seconds that early stops saved, estimated: epochs that were not trained, at the measured GPU-seconds of those that were.',
  ),
  archsearch_search_best_objective: gauge('Validation value of the best candidate, by objective.', 'objective'),
  archsearch_search_baseline_objective: gauge(
    'Validation value of the best tuned baseline, by objective.',
    'objective',
  ),
  archsearch_search_pareto_trials: gauge('Candidates on the Pareto front; with more than one objective only.'),
  archsearch_search_pareto_hypervolume: gauge(
    'Volume that the Pareto front dominates, up to each objective’s limit or, without one, the worst of the first ten candidates. ' +
      'With more than one objective only, and with more than two up to 400 trials on the front.',
  ),
  archsearch_search_used_gpu_seconds_total: counter(
    'GPU-seconds settled in the ledger, by outcome: Useful, StoppedEarly (both with a result), Failed, Preempted (wasted); ' +
      'Unknown is what a version without outcomes has settled.',
    'outcome',
  ),
  archsearch_search_used_cost_dollars_total: counter(
    'Cost settled in the ledger, by outcome, in the currency of template.pricePerGpuHour.',
    'outcome',
  ),
  archsearch_search_overrun_gpu_seconds_total: counter('GPU-seconds that Pods used beyond their reservations.'),
  archsearch_search_limit_gpu_seconds: gauge('limits.gpuHours; absent without it.'),
  archsearch_search_limit_cost_dollars: gauge('limits.cost; absent without it.'),
  archsearch_search_reserved_gpu_seconds: gauge('GPU-seconds held for Pods that are admitted.'),
  archsearch_search_reserved_cost_dollars: gauge('Cost held for Pods that are admitted.'),
  archsearch_search_remaining_gpu_seconds: gauge('The limit less what is used and reserved; absent without a limit.'),
  archsearch_search_remaining_cost_dollars: gauge('The limit less what is used and reserved; absent without a limit.'),
  archsearch_search_running_gpu_seconds: gauge(
    'GPU-seconds so far of Pods that are not settled yet: to be added to what is used.',
  ),
  archsearch_search_running_cost_dollars: gauge('Cost so far of Pods that are not settled yet.'),
  archsearch_search_burn_gpus: gauge(
    'Burn rate: GPUs of Pods that have started and not ended, each a GPU-second a second.',
  ),
  archsearch_search_burn_cost_dollars_per_second: gauge('Burn rate in money.'),
} as const satisfies Families;

const ofBudget = ['namespace', 'budget'];
const account = (type: 'counter' | 'gauge', help: string, ...labels: readonly string[]): Family => ({
  type,
  help,
  labels: [...ofBudget, ...labels],
});

/** The same of each budget around searches. */
export const budgetFamilies = {
  archsearch_budget_used_gpu_seconds_total: account(
    'counter',
    'GPU-seconds settled in the budget, by outcome.',
    'outcome',
  ),
  archsearch_budget_used_cost_dollars_total: account('counter', 'Cost settled in the budget, by outcome.', 'outcome'),
  archsearch_budget_overrun_gpu_seconds_total: account(
    'counter',
    'GPU-seconds that Pods used beyond their reservations.',
  ),
  archsearch_budget_limit_gpu_seconds: account(
    'gauge',
    'GPU-seconds that may be used; absent where they are not limited.',
  ),
  archsearch_budget_limit_cost_dollars: account('gauge', 'Cost that may be spent; absent where it is not limited.'),
  archsearch_budget_reserved_gpu_seconds: account('gauge', 'GPU-seconds held for Pods that are admitted.'),
  archsearch_budget_reserved_cost_dollars: account('gauge', 'Cost held for Pods that are admitted.'),
  archsearch_budget_remaining_gpu_seconds: account(
    'gauge',
    'The limit less what is used and reserved; absent without a limit.',
  ),
  archsearch_budget_remaining_cost_dollars: account(
    'gauge',
    'The limit less what is used and reserved; absent without a limit.',
  ),
} as const satisfies Families;
