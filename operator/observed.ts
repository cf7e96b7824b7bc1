import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import type {GpuLedger, LedgerSpec} from '../api/ledger.ts';
import type {Stored} from '../api/meta.ts';
import {annotations} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import type {Instant} from '../api/quantities.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import {isFinished} from '../api/trial.ts';
import type {Purpose, Trial} from '../api/trial.ts';
import type {Answer} from './asking/question.ts';
import type {LogPurpose} from './planning/logs.ts';
import type {BusState, Key} from './ports.ts';
import {reservationOf, viewPod} from './pod-view.ts';
import type {PodView, ProtocolRules} from './pod-view.ts';
import {chainOf, chainWithin} from './chain.ts';
import {keyOf, textOf} from './key.ts';
import {admitInChain, ledgerName} from './ledger.ts';
import type {PodAnswer} from './pod-answers.ts';
import type {PodSettings} from './pod-settings.ts';
import type {Timed} from './timed.ts';

/** How archsearch goes: it ends and settles all Pods first, or lets go of what could not be settled in time. */
export type Departure = 'Settling' | 'LettingGo';

/** Everything that a plan looks at, read in this order: ledger, Pods, Trials (a Pod leaves only after its Trial says so). */
export interface Observed {
  readonly now: Instant;
  readonly search: Stored<ArchitectureSearch>;
  readonly ledger: Stored<GpuLedger> | undefined;
  /** Ledgers of the budgets around the search, and of others that still hold something for it. */
  readonly outer?: readonly Stored<GpuLedger>[];
  readonly pods: readonly Stored<Pod>[];
  readonly trials: readonly Stored<Trial>[];
  /** Live curves by Pod UID. */
  readonly hints: ReadonlyMap<string, readonly CurvePoint[]>;
  /** Of the way that messages take, where there is one. */
  readonly bus?: BusState | undefined;
  /** Whether policies keep graces from being stretched; undefined where nobody knows, or nobody could. */
  readonly graceGuarded?: boolean | undefined;
  readonly timed?: Timed;
  /** Set while archsearch is taken off the cluster. */
  readonly departure?: Departure | undefined;
  readonly rules: ProtocolRules;
  readonly podSettings: PodSettings;
  /** What the API server said to Pods that it was asked to make, by name. */
  readonly answers: ReadonlyMap<string, PodAnswer>;
  /** What has come of the questions to heavy strategies. */
  readonly asked?: ReadonlyMap<LogPurpose, Answer>;
}

export interface ViewedPod {
  readonly pod: Stored<Pod>;
  readonly view: PodView;
  /** The trial that this Pod was made for, in whatever state it is. */
  readonly owner: Stored<Trial> | undefined;
  /** The unfinished trial whose current attempt this Pod is; undefined for a stray. */
  readonly trial: Stored<Trial> | undefined;
}

/** The observation, indexed once. */
export interface Situation extends Observed {
  readonly namespace: string;
  /** The ledgers that a Pod made now must fit into, outermost first; the last is the search's own. */
  readonly chain: readonly Key[];
  /** Every ledger that is seen, by `namespace/name`. */
  readonly ledgers: ReadonlyMap<string, Stored<GpuLedger>>;
  readonly viewed: readonly ViewedPod[];
  readonly byPurpose: Readonly<Record<Purpose, readonly Stored<Trial>[]>>;
  readonly byName: ReadonlyMap<string, Stored<Trial>>;
}

export const attemptsOf = (trial: Trial) => trial.status?.attempts ?? [];
export const podName = (trial: Trial): string => `${trial.metadata.name}-${String(attemptsOf(trial).length + 1)}`;
export const podRef = (pod: Stored<Pod>) => ({key: keyOf(pod), uid: pod.metadata.uid});

/** A trial that was forced away may have given its name to another one. */
const isOwnedBy = (pod: Pod, {metadata}: Stored<Trial>): boolean =>
  (pod.metadata.ownerReferences ?? []).every(({uid}) => uid === metadata.uid);

export function situate(observed: Observed): Situation {
  const namespace = observed.search.metadata.namespace ?? 'default';
  const byName = new Map(observed.trials.map((trial) => [trial.metadata.name, trial]));
  const of = (purpose: Purpose) =>
    observed.trials.filter((trial) => trial.spec.purpose === purpose).toSorted((a, b) => a.spec.index - b.spec.index);
  const viewed = observed.pods.map((pod): ViewedPod => {
    const named = byName.get(pod.metadata.annotations?.[annotations.trial] ?? '');
    const owner = named !== undefined && isOwnedBy(pod, named) ? named : undefined;
    const current = owner !== undefined && !isFinished(owner) && podName(owner) === pod.metadata.name;
    return {pod, view: viewPod(pod, observed.now, observed.rules), owner, trial: current ? owner : undefined};
  });
  const {ledger, outer = []} = observed;
  const seen = ledger === undefined ? outer : [...outer, ledger];
  return {
    ...observed,
    namespace,
    chain: chainWithin({namespace, name: ledgerName(observed.search)}, ledger?.spec),
    ledgers: new Map(seen.map((found) => [textOf(keyOf(found)), found])),
    viewed,
    byName,
    byPurpose: {Preflight: of('Preflight'), Baseline: of('Baseline'), Candidate: of('Candidate'), Final: of('Final')},
  };
}

/** Nothing more is asked for. */
export const isOver = ({search}: Situation): boolean =>
  search.status?.phase === 'Succeeded' || search.status?.phase === 'Failed';

/** Pods that hold a place among `parallelTrials`: everything that is not known to be over. */
export const livePods = (situation: Situation): readonly ViewedPod[] =>
  situation.viewed.filter(({view}) => view.kind !== 'dead');

/** The accounts of the chain, outermost first; undefined when one of them is not there: then nothing has room. */
export function accountsOf({chain, ledgers}: Situation): readonly LedgerSpec[] | undefined {
  const found = chain.map((key) => ledgers.get(textOf(key))?.spec).filter((spec) => spec !== undefined);
  return found.length === chain.length ? found : undefined;
}

/** The accounts as if every Pod that waits behind its gate had been admitted: what may still be promised. */
export function promised(situation: Situation): readonly LedgerSpec[] | undefined {
  const gated = situation.viewed.filter(({view, trial}) => view.kind === 'gated' && trial !== undefined);
  return gated.reduce(
    (accounts, {pod}) => accounts && (admitInChain(accounts, pod.metadata.uid, reservationOf(pod)) ?? accounts),
    accountsOf(situation),
  );
}

/** In which of the ledgers of its chain a Pod is reserved. */
export function holdings({ledgers}: Situation, pod: Stored<Pod>): readonly boolean[] {
  return chainOf(pod).map((key) => ledgers.get(textOf(key))?.spec.open[pod.metadata.uid] !== undefined);
}
