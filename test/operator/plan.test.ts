import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {Stored} from '../../api/meta.ts';
import {annotations, searchFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import {instant} from '../../api/quantities.ts';
import type {ArchitectureSearch, SearchSpec, SearchStatus} from '../../api/search.ts';
import type {Trial, TrialStatus} from '../../api/trial.ts';
import type {Action} from '../../operator/actions.ts';
import {limitsOf} from '../../operator/ledger.ts';
import type {Observed} from '../../operator/observed.ts';
import {plan} from '../../operator/plan.ts';
import type {PodAnswer} from '../../operator/pod-answers.ts';
import {localPodSettings} from '../../operator/pod-settings.ts';
import {allRules} from '../../operator/pod-view.ts';
import {aLedger, aPod, aSearch, aTrial} from '../builders.ts';

const seconds = (count: number) => instant(Date.parse('2026-01-01T00:00:00Z') + count * 1000);
const time = (count: number): string => new Date(seconds(count)).toISOString();

const accepted: SearchStatus = {
  phase: 'Running',
  startedAt: time(0),
  frozen: {strategy: {type: 'Random'}, strategyVersion: 1},
};
const searchOf = (spec: Partial<SearchSpec> = {}, status: SearchStatus = accepted): Stored<ArchitectureSearch> =>
  aSearch({metadata: {finalizers: [searchFinalizer]}, spec, status});

const genotype = {widths: [64], activation: 'relu', dropout: 0, normalization: 'Identity', residual: false};
const trialOf = (index: number, status?: TrialStatus, parts: Partial<Trial['spec']> = {}): Stored<Trial> =>
  aTrial({
    metadata: {name: `search-c${String(index)}`, finalizers: [trialFinalizer]},
    spec: {
      index,
      identity: `identity-${String(index)}`,
      architecture: {family: 'SearchSpace', type: 'Tabular', genotype},
      ...parts,
    },
    ...(status && {status}),
  });
const succeeded = (accuracy: number): TrialStatus => ({
  phase: 'Succeeded',
  reason: 'Completed',
  values: {accuracy},
  epochs: 4,
  finishedAt: time(50),
  attempts: [],
});
const failed: TrialStatus = {phase: 'Failed', reason: 'NotANumber', message: 'loss is NaN', finishedAt: time(50)};

/** The Pod of a trial's first attempt. */
const podOf = (index: number, parts: Partial<Pick<Pod, 'spec' | 'status'>> = {}, deletedAt?: string): Stored<Pod> =>
  aPod({
    metadata: {
      name: `search-c${String(index)}-1`,
      annotations: {[annotations.trial]: `search-c${String(index)}`, [annotations.share]: 'Candidates'},
      ...(deletedAt && {deletionTimestamp: deletedAt}),
    },
    ...parts,
  });
const running: Partial<Pick<Pod, 'spec' | 'status'>> = {
  spec: {...aPod().spec, schedulingGates: [], nodeName: 'node-a'},
  status: {
    phase: 'Running',
    startTime: time(10),
    containerStatuses: [{name: 'trial', state: {running: {startedAt: time(10)}}}],
  },
};

interface Case {
  readonly search?: Stored<ArchitectureSearch>;
  readonly trials?: readonly Stored<Trial>[];
  readonly pods?: readonly Stored<Pod>[];
  readonly ledger?: Observed['ledger'] | null;
  readonly now?: number;
  readonly hints?: ReadonlyMap<string, readonly CurvePoint[]>;
  readonly podSettings?: Observed['podSettings'];
  readonly answers?: Readonly<Record<string, PodAnswer>>;
}
function planOf({
  search = searchOf(),
  trials = [],
  pods = [],
  ledger,
  now = 60,
  hints = new Map(),
  podSettings = localPodSettings,
  answers = {'search-dry-run': {kind: 'Taken'}},
}: Case): readonly Action[] {
  const account = ledger === undefined ? aLedger({spec: limitsOf(search)}) : (ledger ?? undefined);
  const told = new Map(Object.entries(answers));
  const seen = {search, ledger: account, pods, trials, hints, answers: told};
  return plan({now: seconds(now), ...seen, rules: allRules, podSettings}).actions;
}
const kinds = (actions: readonly Action[]): string[] => actions.map(({kind}) => kind);
const writes = (actions: readonly Action[]): string[] => kinds(actions).filter((kind) => kind !== 'WriteSearchStatus');
function statusOf(actions: readonly Action[]): SearchStatus {
  const written = actions.flatMap((action) => (action.kind === 'WriteSearchStatus' ? [action.status] : []));
  return written.at(-1) ?? {};
}
const reasonOf = (actions: readonly Action[]): string | undefined =>
  statusOf(actions).conditions?.find(({type}) => type === 'Progressing')?.reason;

/** Each row: what is, and the writes that come next (the search's own status apart). */
const next: readonly (Case & {readonly name: string; readonly expected: readonly string[]})[] = [
  {name: 'a new search is first held by its finalizer', search: aSearch(), ledger: null, expected: ['HoldSearch']},
  {name: 'a search without a ledger gets one before anything else', ledger: null, expected: ['CreateLedger']},
  {
    name: 'an edited limit goes into the ledger before anything else',
    search: searchOf({limits: {trials: 6, parallelTrials: 2, failedTrials: 10, gpuHours: 3}}),
    ledger: aLedger(),
    expected: ['SetLimits'],
  },
  {name: 'an accepted search proposes one trial', expected: ['CreateTrial']},
  {
    name: 'a trial gets its Pod, and the next proposal follows',
    trials: [trialOf(1)],
    expected: ['CreatePod', 'CreateTrial'],
  },
  {
    name: 'no more Pods than parallelTrials',
    trials: [trialOf(1), trialOf(2), trialOf(3)],
    pods: [podOf(1), podOf(2)],
    expected: ['Admit'],
  },
  {
    name: 'no proposal without a place',
    trials: [trialOf(1), trialOf(2)],
    pods: [podOf(1, running), podOf(2, running)],
    expected: ['WriteTrialStatus', 'WriteTrialStatus'],
  },
  {
    name: 'a suspended search proposes nothing and starts nothing',
    search: searchOf({suspend: true}),
    trials: [trialOf(1)],
    expected: [],
  },
  {
    name: 'the gated Pods of a suspended search are taken back',
    search: searchOf({suspend: true}),
    trials: [trialOf(1)],
    pods: [podOf(1)],
    expected: ['DeletePod'],
  },
  {
    name: 'a Pod that nothing waits for is deleted',
    trials: [trialOf(1, succeeded(0.9)), ...[2, 3, 4, 5, 6].map((index) => trialOf(index, succeeded(0.9)))],
    pods: [podOf(1)],
    expected: ['DeletePod'],
  },
  {
    name: 'a gated Pod that has no room any more is deleted, for it cannot be admitted',
    search: searchOf({limits: {trials: 1, parallelTrials: 2, failedTrials: 10, gpuHours: 0.01}}),
    trials: [trialOf(1)],
    pods: [podOf(1)],
    expected: ['DeletePod'],
  },
  {
    name: 'a trial that was deleted is cancelled: its Pod goes first',
    search: searchOf({limits: {trials: 1, parallelTrials: 2, failedTrials: 10, gpuHours: 1}}),
    trials: [{...trialOf(1), metadata: {...trialOf(1).metadata, deletionTimestamp: time(55)}}],
    pods: [podOf(1, running)],
    expected: ['DeletePod', 'WriteTrialStatus'],
  },
  {
    name: 'a duplicate gets its twin’s result without a Pod',
    search: searchOf({limits: {trials: 2, parallelTrials: 2, failedTrials: 10, gpuHours: 1}}),
    trials: [trialOf(1, succeeded(0.9)), trialOf(2, undefined, {duplicateOf: 'search-c1'})],
    expected: ['WriteTrialStatus'],
  },
  {
    name: 'a reservation whose Pod was taken by force is swept',
    search: searchOf({suspend: true}),
    ledger: aLedger({
      spec: {
        ...limitsOf(searchOf()),
        open: {gone: {gpuMilliseconds: 5, microDollars: 0, pod: 'p', trial: 't', share: 'Candidates'}},
      },
    }),
    expected: ['Sweep'],
  },
  {
    name: 'a search that is deleted ends its Pods before it lets go',
    search: {...searchOf(), metadata: {...searchOf().metadata, deletionTimestamp: time(55)}},
    trials: [trialOf(1)],
    pods: [podOf(1, running)],
    expected: ['DeletePod'],
  },
  {
    name: 'a search that is deleted and has no Pods lets its Trials go, then itself',
    search: {...searchOf(), metadata: {...searchOf().metadata, deletionTimestamp: time(55)}},
    trials: [trialOf(1)],
    expected: ['ReleaseTrial', 'ReleaseLedger', 'ReleaseSearch'],
  },
  {
    name: 'a finished search lets its Trials go',
    search: searchOf({}, {...accepted, phase: 'Succeeded'}),
    trials: [trialOf(1, succeeded(0.9))],
    expected: ['ReleaseTrial'],
  },
];
for (const {name, expected, ...situation} of next)
  test(name, () => {
    assert.deepEqual(writes(planOf(situation)), expected);
  });

test('a Pod that is over is settled, told, deleted and released, in this order', () => {
  const ended = podOf(1, {
    ...running,
    status: {
      phase: 'Succeeded',
      startTime: time(10),
      containerStatuses: [
        {
          name: 'trial',
          state: {
            terminated: {
              exitCode: 0,
              finishedAt: time(40),
              message: JSON.stringify({version: 1, state: 'Succeeded', values: {accuracy: 0.9}}),
            },
          },
        },
      ],
    },
  });
  const actions = planOf({trials: [trialOf(1)], pods: [ended]});
  assert.deepEqual(kinds(actions).slice(0, 4), ['Settle', 'WriteTrialStatus', 'DeletePod', 'ReleasePod']);
  const [settle, write] = actions;
  assert.deepEqual(settle?.kind === 'Settle' && settle.settlements, [
    {uid: ended.metadata.uid, charge: {gpuMilliseconds: 31_000, microDollars: 0}, outcome: 'Useful', day: '2026-01-01'},
  ]);
  assert.equal(write?.kind === 'WriteTrialStatus' && write.status.attempts?.[0]?.gpuMilliseconds, 31_000);
});

const interrupted = {...running.status, phase: 'Failed', reason: 'Interrupted'} as const;
const evicted = {...running.status, phase: 'Failed', reason: 'Evicted'} as const;
const attempts = (count: number, reason: 'Evicted' | 'Interrupted') =>
  Array.from({length: count}, (_, at) => ({
    pod: `search-c1-${String(at + 1)}`,
    uid: `uid-${String(at)}`,
    reason,
    message: '',
    finishedAt: time(5),
    gpuMilliseconds: 1,
    microDollars: 0,
    wasted: true,
  }));
const retries: readonly {
  readonly name: string;
  readonly status: NonNullable<Pod['status']>;
  readonly before: TrialStatus['attempts'];
  readonly phase: string;
}[] = [
  {name: 'an eviction is tried again', status: evicted, before: [], phase: 'Pending'},
  {name: 'the third eviction ends the trial', status: evicted, before: attempts(2, 'Evicted'), phase: 'Failed'},
  {
    name: 'interruptions are tried again for ever',
    status: interrupted,
    before: attempts(20, 'Interrupted'),
    phase: 'Pending',
  },
  {
    name: 'interruptions do not count against evictions',
    status: evicted,
    before: attempts(9, 'Interrupted'),
    phase: 'Pending',
  },
];
for (const {name, status, before = [], phase} of retries)
  test(name, () => {
    const pod = podOf(1, {
      ...running,
      status: {
        ...status,
        containerStatuses: [{name: 'trial', state: {terminated: {exitCode: 137, finishedAt: time(40)}}}],
      },
    });
    const named = {...pod, metadata: {...pod.metadata, name: `search-c1-${String(before.length + 1)}`}};
    const actions = planOf({trials: [trialOf(1, {phase: 'Running', attempts: before})], pods: [named]});
    const write = actions.find((action) => action.kind === 'WriteTrialStatus');
    assert.equal(write?.status.phase, phase);
  });

const many = (count: number, status: TrialStatus): Stored<Trial>[] =>
  Array.from({length: count}, (_, at) => trialOf(at + 1, status));
const limits = {trials: 6, parallelTrials: 2, failedTrials: 10, gpuHours: 1};
const ends: readonly (Case & {readonly name: string; readonly phase: string; readonly reason: string})[] = [
  {name: 'limits.trials', trials: many(6, succeeded(0.9)), phase: 'Selecting', reason: 'TrialsLimitReached'},
  {
    name: 'limits.failedTrials',
    search: searchOf({limits: {...limits, failedTrials: 3}}),
    trials: many(3, failed),
    phase: 'Failed',
    reason: 'FailedTrialsLimitReached',
  },
  {
    name: 'limits.target',
    search: searchOf({limits: {...limits, target: 0.95}}),
    trials: many(2, succeeded(0.96)),
    phase: 'Selecting',
    reason: 'TargetReached',
  },
  {
    name: 'limits.duration',
    search: searchOf({limits: {...limits, duration: '10m'}}),
    trials: many(2, succeeded(0.9)),
    now: 601,
    phase: 'Selecting',
    reason: 'DurationLimitReached',
  },
  {
    name: 'limits.gpuHours',
    search: searchOf({limits: {...limits, gpuHours: 0.05}}),
    trials: many(2, succeeded(0.9)),
    ledger: aLedger({
      spec: {
        ...limitsOf(searchOf({limits: {...limits, gpuHours: 0.05}})),
        used: {'2026-01-01': {gpuMilliseconds: 100_000, microDollars: 0}},
      },
    }),
    phase: 'Selecting',
    reason: 'GpuHoursLimitReached',
  },
  {
    name: 'limits.cost',
    search: searchOf({limits: {...limits, cost: '0.05'}, template: {gpus: 1, threads: 1, pricePerGpuHour: '3.6'}}),
    trials: many(2, succeeded(0.9)),
    phase: 'Selecting',
    reason: 'CostLimitReached',
  },
  {name: 'no candidate that succeeded', trials: many(6, failed), phase: 'Failed', reason: 'NoSuccessfulTrial'},
];
for (const {name, phase, reason, ...situation} of ends)
  test(`a search ends by ${name}`, () => {
    const actions = planOf(situation);
    const conditions = statusOf(actions).conditions ?? [];
    assert.deepEqual(writes(actions), []);
    assert.equal(statusOf(actions).phase, phase);
    assert.ok(
      conditions.some((condition) => condition.reason === reason),
      JSON.stringify(conditions),
    );
  });

test('a search waits for what is under way before it ends', () => {
  const trials = [...many(5, succeeded(0.9)), trialOf(6, {phase: 'Running'})];
  const actions = planOf({trials, pods: [podOf(6, running)]});
  assert.equal(statusOf(actions).phase, 'Running');
  assert.equal(reasonOf(actions), 'Searching');
});

test('cancelled trials are not failures', () => {
  const cancelled: TrialStatus = {...failed, reason: 'Cancelled'};
  const actions = planOf({search: searchOf({limits: {...limits, failedTrials: 1}}), trials: many(2, cancelled)});
  assert.deepEqual(writes(actions), ['CreateTrial']);
});

test('a trial that waits for room which can never come ends with that reason', () => {
  const search = searchOf({limits: {...limits, gpuHours: 0.05}});
  const used = {'2026-01-01': {gpuMilliseconds: 100_000, microDollars: 0}};
  const ledger = aLedger({spec: {...limitsOf(search), used}});
  const [write] = planOf({search, trials: [trialOf(1)], ledger});
  assert.equal(write?.kind === 'WriteTrialStatus' && write.status.reason, 'BudgetExhausted');
});

test('shares that cannot hold their trials are refused with the arithmetic, and nothing starts', () => {
  const search = searchOf({selection: {retrain: 3, seeds: 3, share: 0.1}}, {});
  const actions = planOf({search});
  const condition = statusOf(actions).conditions?.find(({type}) => type === 'Accepted');
  assert.deepEqual([condition?.status, condition?.reason], ['False', 'SharesTooSmall']);
  assert.match(condition?.message ?? '', /spec\.selection\.share.*GPU-hours/);
  assert.deepEqual(writes(actions), []);
});

test('reports are recorded with the proposal that follows them, once', () => {
  const create = (trials: readonly Stored<Trial>[]): Trial | undefined => {
    const action = planOf({trials}).find(({kind}) => kind === 'CreateTrial');
    return action?.kind === 'CreateTrial' ? action.trial : undefined;
  };
  const first = [trialOf(1, succeeded(0.9)), trialOf(2, failed)];
  const third = create(first);
  assert.deepEqual(
    third?.spec.after.map(({index, kind}) => [index, kind]),
    [
      [1, 'scored'],
      [2, 'failed'],
    ],
  );
  const recorded = trialOf(3, succeeded(0.8), {after: third.spec.after});
  assert.deepEqual(
    create([...first, recorded])?.spec.after.map(({index}) => index),
    [3],
  );
});

test('the plan is the same with and without a memory of the fold', () => {
  const trials = [trialOf(1, succeeded(0.9)), trialOf(2, succeeded(0.8))];
  const observed: Observed = {
    now: seconds(60),
    search: searchOf(),
    ledger: aLedger({spec: limitsOf(searchOf())}),
    pods: [],
    trials: trials.slice(0, 1),
    hints: new Map(),
    rules: allRules,
    podSettings: localPodSettings,
    answers: new Map(),
  };
  const {memory} = plan(observed);
  const later = {...observed, trials};
  assert.deepEqual(plan(later, memory).actions, plan(later).actions);
});

/** A variable, since the type of a union names no members of its own. */
const median = {type: 'Median', median: {minEpochs: 1, minTrials: 1}};

test('early stopping is written into the Trial before it is sent', () => {
  const spec: Partial<SearchSpec> = {
    estimation: {
      maxEpochs: 4,
      trialDuration: '1m',
      earlyStopping: [median],
    },
    limits: {...limits, trials: 2},
  };
  const curve = [1, 2].map((epoch) => ({epoch, values: {accuracy: 0.9}}));
  const trials = [trialOf(1, {...succeeded(0.9), curve}), trialOf(2, {phase: 'Running'})];
  const pod = podOf(2, running);
  const hints = new Map([[pod.metadata.uid, [1, 2].map((epoch) => ({epoch, values: {accuracy: 0.2}}))]]);
  const [decision] = planOf({search: searchOf(spec), trials, pods: [pod], hints});
  assert.ok(decision?.kind === 'WriteTrialStatus' && decision.status.stop !== undefined);
  const decided = trialOf(2, decision.status);
  const sent = planOf({search: searchOf(spec), trials: [trials[0] ?? decided, decided], pods: [pod], hints});
  assert.deepEqual(sent.map(({kind}) => kind).slice(0, 1), ['SendStop']);
});

test('an index is never used again, and a log that lacks a trial says so', () => {
  const actions = planOf({trials: [trialOf(1, succeeded(0.9)), trialOf(3, succeeded(0.8))]});
  const created = actions.find((action) => action.kind === 'CreateTrial');
  assert.equal(created?.trial.metadata.name, 'search-c4');
  const incomplete = statusOf(actions).conditions?.find(({reason}) => reason === 'LogIncomplete');
  assert.match(incomplete?.message ?? '', /: 2;/);
});

test('a search that was accepted by another version of its strategy goes on and says so', () => {
  const status: SearchStatus = {...accepted, frozen: {strategy: {type: 'Random'}, strategyVersion: 99}};
  const actions = planOf({search: searchOf({}, status)});
  assert.deepEqual(writes(actions), ['CreateTrial']);
  assert.ok(statusOf(actions).conditions?.some(({reason}) => reason === 'StrategyVersionChanged'));
});
