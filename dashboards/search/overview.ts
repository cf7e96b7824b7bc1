import {numbers, table} from '../panels.ts';
import {sumOf, underWay} from '../promql.ts';

/** Trials that have ended, with whatever result. */
const ended = sumOf('archsearch_search_trials', [], {phase: '=~"Succeeded|Stopped|Failed"'});
const planned = sumOf('archsearch_search_planned_trials');
const progress = `${ended} / ${planned}`;
const elapsed = `(time() - ${sumOf('archsearch_search_started_timestamp_seconds')})`;
/** At the pace of all trials until now. */
const timeLeft = `${elapsed} * (${planned} - ${ended}) / (${ended} > 0) and on(namespace, search) ${underWay()}`;
const gpuSeconds = `(${sumOf('archsearch_search_used_gpu_seconds_total')} + ${sumOf('archsearch_search_running_gpu_seconds')})`;
const cost = `${sumOf('archsearch_search_used_cost_dollars_total')} + ${sumOf('archsearch_search_running_cost_dollars')}`;
const problems = sumOf('archsearch_search_problem');
/** Every search that is chosen, with 0. */
const nothing = `0 * ${sumOf('archsearch_search_info')}`;
/** The objective that ranks candidates. */
const first = sumOf('archsearch_search_info', ['objective']);
const ofFirst = (name: 'archsearch_search_best_objective' | 'archsearch_search_baseline_objective'): string =>
  `${sumOf(name, ['objective'])} and on(namespace, search, objective) ${first}`;

const [best, baseline] = [ofFirst('archsearch_search_best_objective'), ofFirst('archsearch_search_baseline_objective')];
const withGoal = (goal: 'Maximize' | 'Minimize'): string =>
  `on(namespace, search) ${sumOf('archsearch_search_info', [], {goal: `="${goal}"`})}`;
const gain = `((${best}) - (${baseline}) and ${withGoal('Maximize')}) or ((${baseline}) - (${best}) and ${withGoal('Minimize')})`;

const legend = '{{namespace}}/{{search}}';
const good = {value: null, color: 'green'};

export const overview = [
  table({
    title: 'Searches',
    description:
      'One row for each search that is chosen above. Time left is told from the pace of the trials until now; a search may end earlier, at any of its limits. Best and baseline are validation values of the first objective.',
    width: 24,
    height: 7,
    nothing: 'There is no search in these namespaces.',
    labels: {namespace: 'Namespace', search: 'Search', phase: 'Phase', objective: 'Objective'},
    facts: [`${sumOf('archsearch_search_phase', ['phase'])} == 1`],
    values: [
      {
        name: 'Progress',
        unit: 'percentunit',
        expression: progress,
        properties: [
          {id: 'max', value: 1},
          {id: 'custom.cellOptions', value: {type: 'gauge', mode: 'basic'}},
        ],
      },
      {name: 'Time left', unit: 's', expression: timeLeft},
      {name: 'Best', unit: 'short', expression: best},
      {name: 'Baseline', unit: 'short', expression: baseline},
      {name: 'GPU-hours', unit: 'suffix: GPU-h', expression: `${gpuSeconds} / 3600`},
      {name: 'Cost', unit: 'currencyUSD', expression: cost},
      {
        name: 'Problems',
        unit: 'short',
        expression: `${problems} or ${nothing}`,
        properties: [
          {id: 'custom.cellOptions', value: {type: 'color-text'}},
          {id: 'thresholds', value: {mode: 'absolute', steps: [good, {value: 1, color: 'red'}]}},
        ],
      },
    ],
  }),
  numbers({
    title: 'Phase',
    description:
      'The phase that each search is in: Pending, Preflight, Running, Selecting, Suspended, Succeeded or Failed.',
    width: 4,
    height: 4,
    unit: 'none',
    names: true,
    queries: [{expression: `${sumOf('archsearch_search_phase', ['phase'])} == 1`, legend: '{{phase}} {{search}}'}],
  }),
  numbers({
    title: 'Progress',
    description:
      'Trials that have ended, of those that there will be at most. Nothing is shown where no limit says how many.',
    width: 4,
    height: 4,
    unit: 'percentunit',
    decimals: 0,
    most: 1,
    queries: [{expression: progress, legend}],
  }),
  numbers({
    title: 'Time left',
    description:
      'At the pace of the trials until now, how long until all of them have ended. A search may end earlier: when it reaches its target, its GPU-hours, its cost or its duration.',
    width: 4,
    height: 4,
    unit: 's',
    decimals: 0,
    nothing: 'Over',
    queries: [{expression: timeLeft, legend}],
  }),
  numbers({
    title: 'Better than the baseline by',
    description:
      'The best candidate’s validation value of the first objective less that of the tuned baseline, so that more is better; for an objective that is minimized, the other way round. The test score is told at the end of a search.',
    width: 4,
    height: 4,
    unit: 'short',
    decimals: 4,
    signed: true,
    nothing: 'No comparison yet',
    queries: [{expression: gain, legend}],
  }),
  numbers({
    title: 'Problems',
    description: 'Conditions that are not well. The next section tells which, since when, and what to do.',
    width: 4,
    height: 4,
    unit: 'short',
    colours: [good, {value: 1, color: 'red'}],
    queries: [{expression: `${problems} or ${nothing}`, legend}],
  }),
  numbers({
    title: 'Of the GPU-hours used up',
    description:
      'What is settled and what runs have used so far, of limits.gpuHours. A search never uses more than all of it.',
    width: 4,
    height: 4,
    unit: 'percentunit',
    decimals: 0,
    most: 1,
    colours: [good, {value: 0.9, color: 'orange'}],
    nothing: 'No limit',
    queries: [{expression: `${gpuSeconds} / ${sumOf('archsearch_search_limit_gpu_seconds')}`, legend}],
  }),
];
