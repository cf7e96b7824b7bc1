import type {KubernetesObject} from './meta.ts';

export const budgetGate = 'archsearch.dev/budget';
export const ledgerFinalizer = 'archsearch.dev/ledger';
export const trialFinalizer = 'archsearch.dev/trial';
/** On a GpuLedger: it is there for as long as its search is, whoever deletes it. */
export const accountFinalizer = 'archsearch.dev/account';
export const searchFinalizer = 'archsearch.dev/search';
/** Annotation on a Pod that was given up as lost; from then on everybody charges the full reservation. */
export const lostMark = 'archsearch.dev/lost';
/** Annotations that a Pod carries from its birth. */
export const annotations = {
  /** TrialAssignment (JSON). */
  assignment: 'archsearch.dev/assignment',
  trial: 'archsearch.dev/trial',
  /** Part of the budget that the Pod is charged to. */
  share: 'archsearch.dev/share',
  /** Micro-dollars per GPU-hour: the highest price among the nodes that it may use. */
  price: 'archsearch.dev/price-per-gpu-hour',
  /** Ledgers of the budgets around its search, `namespace/name`, outermost first. */
  ledgers: 'archsearch.dev/ledgers',
  /** When its gate was opened, RFC 3339 with milliseconds; the API server keeps no such time. */
  admittedAt: 'archsearch.dev/admitted-at',
  /** Why NATS lets this Pod in no more; its trial goes on. Not there at birth. */
  cutOff: 'archsearch.dev/cut-off',
} as const;
export const labels = {
  search: 'archsearch.dev/search',
  searchUid: 'archsearch.dev/search-uid',
  trial: 'archsearch.dev/trial',
  purpose: 'archsearch.dev/purpose',
} as const;

/** The part of a Pod that archsearch reads and writes. Times are RFC 3339 strings in whole seconds. */
export interface Pod extends KubernetesObject {
  readonly kind: 'Pod';
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

export interface PodSpec {
  readonly schedulingGates?: readonly {readonly name: string}[];
  readonly nodeName?: string;
  readonly restartPolicy: 'Never';
  readonly activeDeadlineSeconds: number;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly Container[];
  /** Whatever else the search's podTemplate asks for. */
  readonly [other: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly {readonly name: string; readonly value?: string | undefined; readonly valueFrom?: unknown}[];
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>;
    readonly requests?: Readonly<Record<string, string>>;
  };
  readonly [other: string]: unknown;
}

export interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly startTime?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly lastTransitionTime?: string;
  }[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: {readonly reason?: string; readonly message?: string};
    readonly running?: {readonly startedAt?: string};
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
      readonly startedAt?: string;
      readonly finishedAt?: string;
    };
  };
}
