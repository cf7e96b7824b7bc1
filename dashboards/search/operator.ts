import {lines, numbers} from '../panels.ts';
import {ofOperators, operatorQuantile, operatorRate, orNone} from '../promql.ts';

const good = {value: null, color: 'green'};

export const operator = [
  numbers({
    title: 'Who leads',
    description:
      'One process leads and tells of searches; the others stand by. If none leads, nothing starts: look at the Pods of the operator.',
    width: 4,
    unit: 'bool_yes_no',
    colours: [
      {value: null, color: 'text'},
      {value: 1, color: 'green'},
    ],
    nothing: 'No operator is scraped',
    queries: [{expression: ofOperators('archsearch_operator_leader'), legend: '{{pod}}'}],
  }),
  numbers({
    title: 'Ready',
    description: 'Whether /readyz says so: what the process knows of the cluster is complete and fresh.',
    width: 4,
    unit: 'bool_yes_no',
    colours: [
      {value: null, color: 'red'},
      {value: 1, color: 'green'},
    ],
    nothing: 'No operator is scraped',
    queries: [{expression: ofOperators('archsearch_operator_ready'), legend: '{{pod}}'}],
  }),
  numbers({
    title: 'Oldest watch',
    description:
      'How long the most silent watch has said nothing; the API server speaks once a minute. After three minutes something is wrong.',
    width: 4,
    unit: 's',
    decimals: 0,
    colours: [good, {value: 120, color: 'orange'}, {value: 180, color: 'red'}],
    queries: [{expression: ofOperators('archsearch_operator_watch_age_seconds'), legend: '{{pod}}'}],
  }),
  lines({
    title: 'Rounds of looking after a search, 95%',
    description:
      'Nineteen of twenty rounds are quicker. Planning is the part that decides; asking a strategy may take a thread of its own.',
    width: 12,
    unit: 's',
    queries: [
      {expression: operatorQuantile(0.95, 'archsearch_operator_reconcile_duration_seconds'), legend: '{{pod}}: round'},
      {expression: operatorQuantile(0.95, 'archsearch_operator_plan_duration_seconds'), legend: '{{pod}}: planning'},
      {expression: operatorQuantile(0.95, 'archsearch_operator_ask_duration_seconds'), legend: '{{pod}}: asking'},
      {expression: operatorQuantile(0.95, 'archsearch_operator_fold_duration_seconds'), legend: '{{pod}}: folding'},
    ],
  }),
  lines({
    title: 'Searches that wait for a round',
    description:
      'Depth of the queue, and searches that are being looked at. A queue that stays long: raise operator.workers.',
    width: 8,
    unit: 'short',
    decimals: 0,
    queries: [
      {expression: ofOperators('archsearch_operator_queue_depth'), legend: '{{pod}}: waiting'},
      {expression: ofOperators('archsearch_operator_reconciles_running'), legend: '{{pod}}: under way'},
    ],
  }),
  lines({
    title: 'Requests to the API server',
    description: 'By verb and answer; code 0: no answer came.',
    width: 8,
    unit: 'reqps',
    queries: [
      {
        expression: operatorRate('archsearch_operator_api_requests_total', ['verb', 'code']),
        legend: '{{verb}} {{code}}',
      },
    ],
  }),
  lines({
    title: 'What went wrong and is tried again',
    description:
      'By activity, and writes that lost against another writer (409). Single ones are normal; the log says what.',
    width: 8,
    unit: 'ops',
    queries: [
      {
        expression: orNone(operatorRate('archsearch_operator_failures_total', ['activity']), 'activity'),
        legend: '{{activity}}',
      },
      {expression: operatorRate('archsearch_operator_api_conflicts_total'), legend: 'conflicts'},
    ],
  }),
  lines({
    title: 'Silence of the longest round',
    description: 'How long a round has gone without a sign of progress. After two minutes something hangs.',
    width: 8,
    unit: 's',
    queries: [{expression: ofOperators('archsearch_operator_reconcile_silence_seconds'), legend: '{{pod}}'}],
  }),
  lines({
    title: 'Delay of the event loop, 99%',
    description:
      'How late timers fire. More than a second: something computes for too long, or the container’s processor is too small.',
    width: 8,
    unit: 's',
    queries: [{expression: operatorQuantile(0.99, 'archsearch_operator_event_loop_delay_seconds'), legend: '{{pod}}'}],
  }),
  lines({
    title: 'Actions',
    description: 'What the operators carry out, by kind.',
    width: 8,
    unit: 'ops',
    queries: [{expression: operatorRate('archsearch_operator_actions_total', ['action']), legend: '{{action}}'}],
  }),
];
