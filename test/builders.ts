import type {GpuLedger, LedgerSpec} from '../api/ledger.ts';
import {apiVersion} from '../api/meta.ts';
import type {KubernetesObject, ObjectMeta, Stored} from '../api/meta.ts';
import {accountFinalizer, budgetGate, labels, ledgerFinalizer} from '../api/pod.ts';
import type {Pod, PodSpec, PodStatus} from '../api/pod.ts';
import type {ArchitectureSearch, SearchSpec, SearchStatus} from '../api/search.ts';
import type {Trial, TrialSpecification, TrialStatus} from '../api/trial.ts';

/** What a test says about an object; the builder supplies the rest. Members of `spec` replace whole members. */
interface Overrides<Spec, Status> {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Partial<Spec>;
  readonly status?: Status;
}

export const testNamespace = 'team';

const metadata = (name: string, overrides: Partial<ObjectMeta> | undefined): Stored<KubernetesObject>['metadata'] => {
  const merged = {
    name,
    namespace: testNamespace,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...overrides,
  };
  return {uid: `uid-of-${merged.name}`, ...merged};
};

const statusOf = <Status>(status: Status | undefined): {readonly status?: Status} =>
  status === undefined ? {} : {status};

/** A search of six random candidates on a small table, two at a time, without preflight, baseline or selection. */
export const aSearch = (overrides: Overrides<SearchSpec, SearchStatus> = {}): Stored<ArchitectureSearch> => ({
  apiVersion,
  kind: 'ArchitectureSearch',
  metadata: metadata('search', overrides.metadata),
  spec: {
    task: 'TabularClassification',
    dataset: {builtin: 'breastCancer', split: {validation: 0.2, test: 0.2}, seed: 0},
    objectives: [{metric: 'accuracy', goal: 'Maximize'}],
    searchSpace: {type: 'Tabular'},
    training: {
      optimizer: {value: 'Adam'},
      learningRate: {value: 0.003},
      schedule: {value: 'Cosine'},
      weightDecay: {value: 0},
      batchSize: {value: 64},
      labelSmoothing: {value: 0},
      augmentation: {value: 'Identity'},
    },
    strategy: {type: 'Random'},
    estimation: {maxEpochs: 4, trialDuration: '1m', earlyStopping: []},
    limits: {trials: 6, parallelTrials: 2, failedTrials: 10, gpuHours: 1},
    preflight: {mode: 'Disabled', trials: 2, dataFraction: 0.1, gpuHours: 0.5},
    template: {gpus: 1, threads: 1},
    randomSeed: 1,
    suspend: false,
    ...overrides.spec,
  },
  ...statusOf(overrides.status),
});

/** The first candidate of `aSearch()`, not started. */
export const aTrial = (overrides: Overrides<TrialSpecification, TrialStatus> = {}): Stored<Trial> => ({
  apiVersion,
  kind: 'Trial',
  metadata: metadata('search-c1', overrides.metadata),
  spec: {
    search: 'search',
    purpose: 'Candidate',
    share: 'Candidates',
    index: 1,
    architecture: {family: 'SearchSpace', type: 'Tabular', settings: {}, genotype: {layers: []}},
    canonical: 'canonical-1',
    identity: 'identity-1',
    training: {optimizer: 'Adam', learningRate: 0.003, batchSize: 64},
    epochs: 4,
    seed: 1,
    dataFraction: 1,
    deadlineSeconds: 60,
    why: 'drawn at random',
    skipped: 0,
    after: [],
    ...overrides.spec,
  },
  ...statusOf(overrides.status),
});

/** The first attempt of `aTrial()`, waiting behind its gate. */
export const aPod = (overrides: Overrides<PodSpec, PodStatus> = {}): Stored<Pod> => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata('search-c1-a1', {
    finalizers: [ledgerFinalizer],
    labels: {
      [labels.search]: 'search',
      [labels.searchUid]: 'uid-of-search',
      [labels.trial]: 'search-c1',
      [labels.purpose]: 'Candidate',
    },
    ...overrides.metadata,
  }),
  spec: {
    schedulingGates: [{name: budgetGate}],
    restartPolicy: 'Never',
    activeDeadlineSeconds: 60,
    terminationGracePeriodSeconds: 30,
    containers: [{name: 'trial', image: 'archsearch', resources: {limits: {'nvidia.com/gpu': '1'}}}],
    ...overrides.spec,
  },
  status: overrides.status ?? {phase: 'Pending'},
});

/** The empty account of `aSearch()`: one GPU-hour. */
export const aLedger = (overrides: Omit<Overrides<LedgerSpec, never>, 'status'> = {}): Stored<GpuLedger> => ({
  apiVersion,
  kind: 'GpuLedger',
  metadata: metadata('search', {finalizers: [accountFinalizer], ...overrides.metadata}),
  spec: {
    account: {kind: 'Search', name: 'search', uid: 'uid-of-search'},
    limit: {gpuMilliseconds: 3_600_000},
    caps: {},
    open: {},
    used: {},
    usedByShare: {},
    wasted: {gpuMilliseconds: 0, microDollars: 0},
    overrun: {gpuMilliseconds: 0, microDollars: 0},
    settledCount: 0,
    ...overrides.spec,
  },
});

/** The object as a client sends it for creation: without what the API server assigns. */
export const unsaved = <T extends KubernetesObject>(object: Stored<T>): T => {
  const {
    uid: _uid,
    resourceVersion: _version,
    generation: _generation,
    creationTimestamp: _at,
    ...kept
  } = object.metadata;
  return {...object, metadata: kept};
};
