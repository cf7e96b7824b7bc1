import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ArchitectureSearch} from '../../../api/search.ts';
import type {TrialStatus} from '../../../api/trial.ts';
import {families} from '../../../operator/metrics/families.ts';
import {podSamples} from '../../../operator/metrics/pod-samples.ts';
import {mostOfFront} from '../../../operator/metrics/result-samples.ts';
import {searchSamples} from '../../../operator/metrics/search-samples.ts';
import {instant} from '../../../api/quantities.ts';
import {annotations} from '../../../api/pod.ts';
import type {PodSpec, PodStatus} from '../../../api/pod.ts';
import {aLedger, aPod, aSearch, aTrial} from '../../builders.ts';
import {valuesOf} from './samples.ts';

const labels = {namespace: 'team', search: 'search'};
const values = (accuracy: number, parameters: number) => ({accuracy, parameters});
const succeeded = (accuracy: number, parameters: number): TrialStatus => ({
  phase: 'Succeeded',
  reason: 'Completed',
  values: values(accuracy, parameters),
});
const status: ArchitectureSearch['status'] = {
  phase: 'Running',
  startedAt: '2026-01-01T00:00:10Z',
  preflight: {secondsPerTrial: 10, estimatedSeconds: 600, estimatedGpuHours: 2},
  best: {trial: 'search-c1', values: values(0.9, 100)},
  baseline: {trial: 'search-b1', values: values(0.8, 50)},
};
const twoObjectives: ArchitectureSearch['spec']['objectives'] = [
  {metric: 'accuracy', goal: 'Maximize'},
  {metric: 'parameters', goal: 'Minimize', limit: 200},
];

test('every sample has the labels that its family names, and no others', () => {
  const search = aSearch({
    spec: {objectives: twoObjectives, limits: {trials: 6, parallelTrials: 2, failedTrials: 10, duration: '1h'}},
    status: {
      ...status,
      conditions: [
        {
          type: 'Accepted',
          status: 'False',
          reason: 'InvalidSpec',
          message: '',
          observedGeneration: 1,
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  });
  const ledger = aLedger();
  const samples = [
    ...searchSamples({search, ledger, trials: [aTrial({status: succeeded(0.9, 100)})]}),
    ...podSamples(labels, {now: instant(0), pods: [aPod()], ledger: ledger.spec, hints: new Map()}),
  ];
  for (const {name, labels: found} of samples)
    assert.deepEqual(Object.keys(found).toSorted(), [...families[name].labels].toSorted(), name);
});

test('what there will be at most is told where the limits say so', () => {
  const search = aSearch({
    spec: {
      preflight: {mode: 'Enabled', trials: 2, dataFraction: 0.1, gpuHours: 0.5},
      baseline: {type: 'ResNet', share: 0.5},
      selection: {retrain: 3, seeds: 2, share: 0.2},
    },
  });
  const planned = valuesOf(searchSamples({search, ledger: undefined, trials: []}), 'archsearch_search_planned_trials');
  assert.deepEqual(planned, {Preflight: 2, Baseline: 3, Candidate: 6, Final: 10});
  const endless = aSearch({spec: {limits: {parallelTrials: 2, failedTrials: 10, gpuHours: 1}}});
  const unknown = valuesOf(
    searchSamples({search: endless, ledger: undefined, trials: []}),
    'archsearch_search_planned_trials',
  );
  assert.deepEqual(unknown, {Preflight: 0, Baseline: 0, Final: 0});
});

test('best and baseline are told by objective, and what Preflight expects', () => {
  const samples = searchSamples({
    search: aSearch({spec: {objectives: twoObjectives}, status}),
    ledger: undefined,
    trials: [],
  });
  assert.deepEqual(valuesOf(samples, 'archsearch_search_best_objective'), values(0.9, 100));
  assert.deepEqual(valuesOf(samples, 'archsearch_search_baseline_objective'), values(0.8, 50));
  assert.deepEqual(valuesOf(samples, 'archsearch_search_estimated_gpu_seconds'), {'': 7200});
});

test('the hypervolume reaches from the limit, or from the worst of the first candidates, to the front', () => {
  const trials = [succeeded(0.5, 150), succeeded(0.75, 100), succeeded(0.7, 180), succeeded(1, 300)].map((found, at) =>
    aTrial({metadata: {name: `search-c${String(at + 1)}`}, spec: {index: at + 1}, status: found}),
  );
  const samples = searchSamples({search: aSearch({spec: {objectives: twoObjectives}}), ledger: undefined, trials});
  // the last one is the most accurate, but larger than the limit allows
  assert.deepEqual(valuesOf(samples, 'archsearch_search_pareto_trials'), {'': 1});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_pareto_hypervolume'), {'': 0.25 * 100});
});

test('of many trials on a front of three objectives the size is told alone', () => {
  const objectives = [...twoObjectives, {metric: 'latencyMilliseconds', goal: 'Minimize'}] as const;
  const front = (count: number) => {
    const trials = Array.from({length: count}, (_, at) =>
      aTrial({
        metadata: {name: `search-c${String(at + 1)}`},
        spec: {index: at + 1},
        status: {
          phase: 'Succeeded',
          values: {accuracy: 1 - at / 1000, parameters: 150 - at / 10, latencyMilliseconds: 9},
        },
      }),
    );
    const samples = searchSamples({search: aSearch({spec: {objectives: [...objectives]}}), ledger: undefined, trials});
    return [
      valuesOf(samples, 'archsearch_search_pareto_trials')[''],
      Object.keys(valuesOf(samples, 'archsearch_search_pareto_hypervolume')).length,
    ];
  };
  assert.deepEqual(front(mostOfFront), [mostOfFront, 1]);
  assert.deepEqual(front(mostOfFront + 1), [mostOfFront + 1, 0]);
});

test('with one objective there is no front', () => {
  const samples = searchSamples({search: aSearch(), ledger: undefined, trials: [aTrial({status: succeeded(0.9, 1)})]});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_pareto_trials'), {});
});

const bound: Partial<PodSpec> = {schedulingGates: [], nodeName: 'node-a'};
const startTime = '2026-01-01T00:00:10Z';
const running = {name: 'trial', state: {running: {startedAt: '2026-01-01T00:00:12Z'}}};
const ended = {name: 'trial', state: {terminated: {exitCode: 0, finishedAt: '2026-01-01T00:00:30Z'}}};
const pods: readonly (readonly [state: string, spec: Partial<PodSpec>, status: PodStatus])[] = [
  ['Gated', {}, {phase: 'Pending'}],
  ['Unscheduled', {schedulingGates: []}, {phase: 'Pending'}],
  ['Starting', bound, {phase: 'Pending', startTime}],
  ['Running', bound, {phase: 'Running', startTime, containerStatuses: [running]}],
  ['Ended', bound, {phase: 'Succeeded', startTime, containerStatuses: [ended]}],
];
for (const [state, spec, podStatus] of pods)
  test(`a Pod is ${state}`, () => {
    const now = instant(Date.parse('2026-01-01T00:00:20Z'));
    const samples = podSamples(labels, {
      now,
      pods: [aPod({spec, status: podStatus})],
      ledger: undefined,
      hints: new Map(),
    });
    const counts = Object.entries(valuesOf(samples, 'archsearch_search_pods')).filter(([, count]) => count > 0);
    assert.deepEqual(counts, [[state, 1]]);
  });

test('what runs burns its GPUs and their price; what is settled is not counted a second time', () => {
  const price = {annotations: {[annotations.price]: '3600000'}};
  const pod = (uid: string) =>
    aPod({metadata: {...price, uid}, spec: bound, status: {phase: 'Running', startTime, containerStatuses: [running]}});
  const reserved = {gpuMilliseconds: 1, microDollars: 1, pod: 'pod', trial: 'trial', share: 'Candidates'} as const;
  const ledger = aLedger({spec: {open: {a: reserved, b: reserved}}}).spec;
  const hints = new Map([['a', [{epoch: 3, values: {accuracy: 0.5}}]]]);
  const now = instant(Date.parse('2026-01-01T00:00:20Z'));
  const samples = podSamples(labels, {now, pods: ['a', 'b', 'settled'].map(pod), ledger, hints});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_burn_gpus'), {'': 2});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_running_gpu_seconds'), {'': 20});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_burn_cost_dollars_per_second'), {'': 0.002});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_running_cost_dollars'), {'': 0.02});
  assert.deepEqual(valuesOf(samples, 'archsearch_search_running_epochs'), {'': 3});
});
