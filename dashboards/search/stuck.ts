import {lines, table, text} from '../panels.ts';
import {quantileOf, sumOf} from '../promql.ts';
import {reasons} from '../reasons.ts';

const since = sumOf('archsearch_search_problem_start_timestamp_seconds', ['condition', 'reason']);

export const stuck = [
  table({
    title: 'What is stuck, and why',
    description:
      'Each condition of a search that is not well. `kubectl describe archs` shows its message, with the details.',
    width: 10,
    nothing: 'Nothing is stuck.',
    labels: {namespace: 'Namespace', search: 'Search', condition: 'Condition', reason: 'Reason'},
    facts: [],
    values: [{name: 'For', unit: 's', expression: `time() - ${since}`}],
  }),
  text(
    {title: 'Reasons', description: 'What each reason means, and what to do, as the documentation has it.', width: 14},
    reasons(),
  ),
  lines({
    title: 'Problems',
    description: 'Conditions that were not well, by reason: when it began, and whether it comes and goes.',
    width: 8,
    unit: 'short',
    decimals: 0,
    nothing: 'There were none.',
    queries: [
      {
        expression: sumOf('archsearch_search_problem', ['condition', 'reason']),
        legend: '{{search}}: {{reason}} ({{condition}})',
      },
    ],
  }),
  lines({
    title: 'Pods by state',
    description:
      'Gated waits for budget, Unscheduled for a node, Starting for its image and volumes, Ended to be settled; Lost ones are on nodes that are silent.',
    width: 8,
    unit: 'short',
    decimals: 0,
    stacked: true,
    queries: [{expression: sumOf('archsearch_search_pods', ['state']), legend: '{{search}}: {{state}}'}],
  }),
  lines({
    title: 'How long attempts wait, 95%',
    description:
      'Nineteen of twenty attempts were quicker. Admission: for budget. Scheduling: for a node. Starting: for image and volumes. FirstStep: for TensorFlow, the data and the first epoch.',
    width: 8,
    unit: 's',
    queries: [
      {
        expression: quantileOf(0.95, 'archsearch_search_pod_stage_duration_seconds', ['stage']),
        legend: '{{search}}: {{stage}}',
      },
    ],
  }),
];
