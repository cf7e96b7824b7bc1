import {lines} from '../panels.ts';
import {sumOf} from '../promql.ts';

const best = sumOf('archsearch_search_best_objective', ['objective']);
const baseline = sumOf('archsearch_search_baseline_objective', ['objective']);
/** The objectives of a search differ by orders of magnitude: the one that ranks has a scale of its own. */
const isFirst = `on(namespace, search, objective) ${sumOf('archsearch_search_info', ['objective'])}`;

export const results = [
  lines({
    title: 'Best against baseline',
    description:
      'Validation values of the first objective, which ranks: of the best candidate, and of the best tuned baseline. Selection trains the best again with several seeds, and the test score, told at the end, decides.',
    width: 8,
    unit: 'short',
    signed: true,
    queries: [
      {expression: `${best} and ${isFirst}`, legend: '{{search}}: best {{objective}}'},
      {expression: `${baseline} and ${isFirst}`, legend: '{{search}}: baseline {{objective}}'},
    ],
  }),
  lines({
    title: 'The other objectives',
    description:
      'Values that the same candidate and the same baseline have in the objectives that do not rank, such as size or latency. The limits of objectives are kept by every candidate that is called best.',
    width: 8,
    unit: 'short',
    signed: true,
    nothing: 'One objective',
    queries: [
      {expression: `${best} unless ${isFirst}`, legend: '{{search}}: best {{objective}}'},
      {expression: `${baseline} unless ${isFirst}`, legend: '{{search}}: baseline {{objective}}'},
    ],
  }),
  lines({
    title: 'Hypervolume of the Pareto front',
    description:
      'What the front dominates, from a corner that does not move: it grows while the search finds better trade-offs. With more than one objective only.',
    width: 4,
    unit: 'short',
    nothing: 'One objective',
    queries: [{expression: sumOf('archsearch_search_pareto_hypervolume'), legend: '{{search}}'}],
  }),
  lines({
    title: 'Trials on the Pareto front',
    description: 'Candidates that no other beats in every objective. With more than one objective only.',
    width: 4,
    unit: 'short',
    decimals: 0,
    nothing: 'One objective',
    queries: [{expression: sumOf('archsearch_search_pareto_trials'), legend: '{{search}}'}],
  }),
];
