import {lines} from '../panels.ts';
import {sumOf} from '../promql.ts';

export const results = [
  lines({
    title: 'Best against baseline',
    description:
      'Validation values of the best candidate and of the best tuned baseline, for each objective. Selection trains the best again with several seeds, and the test score, told at the end, decides.',
    width: 12,
    unit: 'short',
    queries: [
      {expression: sumOf('archsearch_search_best_objective', ['objective']), legend: '{{search}}: best {{objective}}'},
      {
        expression: sumOf('archsearch_search_baseline_objective', ['objective']),
        legend: '{{search}}: baseline {{objective}}',
      },
    ],
  }),
  lines({
    title: 'Hypervolume of the Pareto front',
    description:
      'What the front dominates, from a corner that does not move: it grows while the search finds better trade-offs. With more than one objective only.',
    width: 6,
    unit: 'short',
    nothing: 'One objective',
    queries: [{expression: sumOf('archsearch_search_pareto_hypervolume'), legend: '{{search}}'}],
  }),
  lines({
    title: 'Trials on the Pareto front',
    description: 'Candidates that no other beats in every objective. With more than one objective only.',
    width: 6,
    unit: 'short',
    decimals: 0,
    nothing: 'One objective',
    queries: [{expression: sumOf('archsearch_search_pareto_trials'), legend: '{{search}}'}],
  }),
];
