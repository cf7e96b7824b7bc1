import {lines, numbers} from '../panels.ts';
import {sumOf, underWay} from '../promql.ts';

const hour = 3600;
const used = `${sumOf('archsearch_search_used_gpu_seconds_total')} + ${sumOf('archsearch_search_running_gpu_seconds')}`;
const cost = `${sumOf('archsearch_search_used_cost_dollars_total')} + ${sumOf('archsearch_search_running_cost_dollars')}`;
const wasted = sumOf('archsearch_search_used_gpu_seconds_total', [], {outcome: '=~"Failed|Preempted"'});
const settled = sumOf('archsearch_search_used_gpu_seconds_total');
const burnGpus = sumOf('archsearch_search_burn_gpus');
const burnMoney = sumOf('archsearch_search_burn_cost_dollars_per_second');

const good = {value: null, color: 'green'};

export const spending = [
  lines({
    title: 'GPU-hours against the limit',
    description:
      'Settled in the ledger, with what runs have used so far and with what is reserved for them; limits.gpuHours, which is never passed; and what Preflight expected.',
    width: 12,
    unit: 'suffix: GPU-h',
    queries: [
      {expression: `(${used}) / ${hour}`, legend: '{{search}}: used'},
      {
        expression: `(${settled} + ${sumOf('archsearch_search_reserved_gpu_seconds')}) / ${hour}`,
        legend: '{{search}}: used and reserved',
      },
      {expression: `${sumOf('archsearch_search_limit_gpu_seconds')} / ${hour}`, legend: '{{search}}: limit'},
      {expression: `${sumOf('archsearch_search_estimated_gpu_seconds')} / ${hour}`, legend: '{{search}}: expected'},
    ],
  }),
  lines({
    title: 'Cost against the limit',
    description:
      'In the currency of template.pricePerGpuHour: settled, with what runs have cost so far and with what is reserved for them; and limits.cost, which is never passed.',
    width: 12,
    unit: 'currencyUSD',
    nothing: 'No price is given',
    queries: [
      {expression: cost, legend: '{{search}}: spent'},
      {
        expression: `${sumOf('archsearch_search_used_cost_dollars_total')} + ${sumOf('archsearch_search_reserved_cost_dollars')}`,
        legend: '{{search}}: spent and reserved',
      },
      {expression: sumOf('archsearch_search_limit_cost_dollars'), legend: '{{search}}: limit'},
    ],
  }),
  lines({
    title: 'GPUs at work',
    description: 'Burn rate: GPUs of Pods that have started and not ended. Each is a GPU-hour an hour.',
    width: 8,
    unit: 'suffix: GPUs',
    decimals: 0,
    queries: [{expression: burnGpus, legend: '{{search}}'}],
  }),
  lines({
    title: 'Cost an hour',
    description: 'Burn rate in money: what an hour costs with the Pods that run.',
    width: 8,
    unit: 'currencyUSD',
    nothing: 'No price is given',
    queries: [{expression: `${burnMoney} * ${hour}`, legend: '{{search}}'}],
  }),
  numbers({
    title: 'Limits are reached in',
    description:
      'When GPU-hours and cost are used up, at the present rate, and when limits.duration has passed. Whichever comes first ends the search for candidates; the shares of baseline and selection are kept back.',
    width: 8,
    unit: 's',
    decimals: 0,
    colours: [
      {value: null, color: 'red'},
      {value: hour / 2, color: 'orange'},
      {value: 2 * hour, color: 'green'},
    ],
    nothing: 'Nothing runs, or there is no limit',
    queries: [
      {
        expression: `${sumOf('archsearch_search_remaining_gpu_seconds')} / (${burnGpus} > 0)`,
        legend: '{{search}}: GPU-hours',
      },
      {
        expression: `${sumOf('archsearch_search_remaining_cost_dollars')} / (${burnMoney} > 0)`,
        legend: '{{search}}: cost',
      },
      {
        expression:
          `${sumOf('archsearch_search_limit_duration_seconds')} - (time() - ${sumOf('archsearch_search_started_timestamp_seconds')})` +
          ` and on(namespace, search) ${underWay()}`,
        legend: '{{search}}: duration',
      },
    ],
  }),
  lines({
    title: 'GPU-hours by outcome',
    description: 'Settled GPU-hours. Useful and StoppedEarly brought a result; Failed and Preempted are waste.',
    width: 12,
    unit: 'suffix: GPU-h',
    stacked: true,
    queries: [
      {
        expression: `${sumOf('archsearch_search_used_gpu_seconds_total', ['outcome'])} / ${hour}`,
        legend: '{{search}}: {{outcome}}',
      },
    ],
  }),
  numbers({
    title: 'Wasted',
    description:
      'Part of the settled GPU-hours that brought no result. More than a tenth is worth a look at the reasons of the trials.',
    width: 4,
    unit: 'percentunit',
    decimals: 1,
    most: 1,
    colours: [good, {value: 0.1, color: 'orange'}, {value: 0.3, color: 'red'}],
    queries: [{expression: `${wasted} / (${settled} > 0)`, legend: '{{search}}'}],
  }),
  numbers({
    title: 'Saved by early stops',
    description: 'Estimated: epochs that were not trained, at the measured GPU-hours of those that were.',
    width: 4,
    unit: 'suffix: GPU-h',
    decimals: 2,
    queries: [
      {expression: `${sumOf('archsearch_search_early_stops_saved_gpu_seconds_total')} / ${hour}`, legend: '{{search}}'},
    ],
  }),
  numbers({
    title: 'Overrun',
    description:
      'What Pods used beyond their reservations. It is 0 where kubelets keep their deadlines and the policies on grace periods are installed.',
    width: 4,
    unit: 'suffix: GPU-h',
    decimals: 2,
    colours: [good, {value: 0.001, color: 'red'}],
    queries: [{expression: `${sumOf('archsearch_search_overrun_gpu_seconds_total')} / ${hour}`, legend: '{{search}}'}],
  }),
];
