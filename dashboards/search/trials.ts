import {lines} from '../panels.ts';
import {sumOf} from '../promql.ts';

export const trials = [
  lines({
    title: 'Trials by phase',
    description:
      'All trials, those of Preflight, baseline and selection included. Stopped: by an early-stopping rule or a limit, with a result.',
    width: 8,
    unit: 'short',
    decimals: 0,
    stacked: true,
    queries: [{expression: sumOf('archsearch_search_trials', ['phase']), legend: '{{search}}: {{phase}}'}],
  }),
  lines({
    title: 'Trials that have ended, by reason',
    description:
      'Why trials ended. What is neither Completed nor StoppedEarly is worth a look: `kubectl get trials` has their messages.',
    width: 8,
    unit: 'short',
    decimals: 0,
    stacked: true,
    queries: [
      {expression: sumOf('archsearch_search_trials', ['reason'], {reason: '!=""'}), legend: '{{search}}: {{reason}}'},
    ],
  }),
  lines({
    title: 'Attempts by reason',
    description: 'A trial may need several attempts: preempted, evicted and lost ones are tried again, and charged.',
    width: 8,
    unit: 'short',
    decimals: 0,
    stacked: true,
    queries: [{expression: sumOf('archsearch_search_attempts', ['reason']), legend: '{{search}}: {{reason}}'}],
  }),
  lines({
    title: 'Pods at once',
    description: 'Pods that run, and limits.parallelTrials, which is never exceeded.',
    width: 8,
    unit: 'short',
    decimals: 0,
    queries: [
      {expression: sumOf('archsearch_search_pods', [], {state: '="Running"'}), legend: '{{search}}: running'},
      {expression: sumOf('archsearch_search_parallel_trials'), legend: '{{search}}: limit'},
    ],
  }),
  lines({
    title: 'Epochs',
    description: 'Epochs trained by trials that have ended, and those that running Pods have reported.',
    width: 8,
    unit: 'short',
    decimals: 0,
    queries: [
      {
        expression: `${sumOf('archsearch_search_epochs_total')} + ${sumOf('archsearch_search_running_epochs')}`,
        legend: '{{search}}',
      },
    ],
  }),
  lines({
    title: 'What was not trained',
    description:
      'Proposals passed over as duplicates or as infeasible, and trials that an early-stopping rule has ended.',
    width: 8,
    unit: 'short',
    decimals: 0,
    queries: [
      {expression: sumOf('archsearch_search_skipped_duplicates_total'), legend: '{{search}}: passed over'},
      {expression: sumOf('archsearch_search_early_stops_total'), legend: '{{search}}: stopped early'},
    ],
  }),
];
