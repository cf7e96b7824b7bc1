import type {Stored} from '../api/meta.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {Attempt, Trial, TrialStatus} from '../api/trial.ts';
import type {GpuLedger, LedgerSpec} from '../api/ledger.ts';
import type {Pod} from '../api/pod.ts';
import type {SearchStatus} from '../api/search.ts';
import type {Question} from './asking/question.ts';
import type {Settlement} from './ledger.ts';
import type {Key} from './ports.ts';

/** A Pod by name and identity: every write to a Pod names the uid, since a name can recur. */
export interface PodRef {
  readonly key: Key;
  readonly uid: string;
}

/**
 * What the operator may do. Each is one logical write that is safe to repeat: created names are derived, ledger entries are keyed by
 * Pod UID, status writes are compare-and-swap.
 */
export type Action =
  | {readonly kind: 'CreateLedger'; readonly ledger: GpuLedger}
  | {readonly kind: 'SetLimits'; readonly ledger: Key; readonly limits: Pick<LedgerSpec, 'limit' | 'caps'>}
  | {readonly kind: 'CreateTrial'; readonly trial: Trial}
  /** Nothing is written: the answer is seen in a later round. */
  | {readonly kind: 'Ask'; readonly question: Question}
  | {readonly kind: 'CreatePod'; readonly pod: Pod}
  /** Would the API server take this Pod? Nothing is stored. */
  | {readonly kind: 'DryRunPod'; readonly pod: Pod}
  | {
      readonly kind: 'Admit';
      /** Outermost first; the last is the search's own. */
      readonly chain: readonly Key[];
      readonly pods: readonly Pod[];
      readonly refs: readonly PodRef[];
      /** Pods that the search's own ledger may hold open at once: limits.parallelTrials. */
      readonly places: number;
    }
  | {readonly kind: 'DeleteTrial'; readonly key: Key; readonly uid: string}
  | {readonly kind: 'OpenGate'; readonly pod: PodRef}
  | {readonly kind: 'MarkLost'; readonly pod: PodRef; readonly resourceVersion: string}
  | {readonly kind: 'Settle'; readonly chain: readonly Key[]; readonly settlements: readonly Settlement[]}
  | {readonly kind: 'Sweep'; readonly ledger: Key; readonly pod: PodRef; readonly day: string}
  | {
      readonly kind: 'WriteTrialStatus';
      /** At the version that was judged. */
      readonly trial: Stored<Trial>;
      readonly status: TrialStatus;
      readonly attempt?: Attempt;
    }
  | {readonly kind: 'DeletePod'; readonly pod: PodRef; readonly why: string}
  | {readonly kind: 'ReleasePod'; readonly pod: PodRef}
  | {readonly kind: 'SendStop'; readonly podUid: string; readonly why: string}
  | {
      readonly kind: 'Compare';
      readonly search: Key;
      readonly resourceVersion: string;
      readonly comparison: ComparisonRequest;
    }
  | {
      readonly kind: 'WriteSearchStatus';
      /** At the version that was judged. */
      readonly search: Stored<ArchitectureSearch>;
      readonly status: SearchStatus;
    }
  | {readonly kind: 'ReleaseTrial'; readonly key: Key; readonly uid: string}
  | {readonly kind: 'DeleteLedger'; readonly key: Key; readonly uid: string}
  | {readonly kind: 'ReleaseLedger'; readonly key: Key; readonly uid: string}
  | {readonly kind: 'ReleaseSearch'; readonly key: Key; readonly uid: string}
  | {readonly kind: 'HoldTrial'; readonly key: Key; readonly uid: string}
  | {readonly kind: 'HoldLedger'; readonly key: Key; readonly uid: string}
  | {readonly kind: 'HoldSearch'; readonly key: Key; readonly uid: string};

/** The winner's and the baseline's scoring trials, whose per-example scores are to be compared. */
export interface ComparisonRequest {
  readonly seed: number;
  readonly winnerTrial: string;
  readonly baselineTrial?: string;
  readonly comparison: Omit<NonNullable<SearchStatus['comparison']>, 'difference'>;
}
