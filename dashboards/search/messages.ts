import {lines, numbers} from '../panels.ts';
import {ofOperators, operatorRate, orNone} from '../promql.ts';

export const messages = [
  numbers({
    title: 'Connected to NATS',
    description:
      'Processes of the operator with a connection. Without one, results come from the Pods themselves: no live curves, no early stops, no models.',
    width: 4,
    unit: 'bool_yes_no',
    colours: [
      {value: null, color: 'red'},
      {value: 1, color: 'green'},
    ],
    nothing: 'Without NATS',
    queries: [{expression: ofOperators('archsearch_operator_nats_connected'), legend: '{{pod}}'}],
  }),
  lines({
    title: 'Messages received',
    description: 'Epochs and results of trials that were taken off NATS.',
    width: 6,
    unit: 'mps',
    queries: [{expression: operatorRate('archsearch_operator_nats_messages_received_total'), legend: 'received'}],
  }),
  lines({
    title: 'Messages that did not count',
    description:
      'By cause. Repeats are harmless; anything else points to a trial that is not what it says, or to one that has ended.',
    width: 6,
    unit: 'mps',
    queries: [
      {
        expression: orNone(operatorRate('archsearch_operator_nats_messages_dropped_total', ['cause']), 'cause'),
        legend: '{{cause}}',
      },
    ],
  }),
  lines({
    title: 'Refused by NATS',
    description:
      'What somebody tried without a right to it, by reason: another trial’s subjects, a token of a Pod that has ended, too much. The search has an event about it.',
    width: 8,
    unit: 'ops',
    queries: [
      {
        expression: orNone(operatorRate('archsearch_operator_nats_refusals_total', ['reason']), 'reason'),
        legend: '{{reason}}',
      },
    ],
  }),
];
