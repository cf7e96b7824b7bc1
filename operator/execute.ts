import {
  accountFinalizer,
  annotations,
  labels,
  ledgerFinalizer,
  lostMark,
  searchFinalizer,
  trialFinalizer,
} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import {timestamp} from '../api/quantities.ts';
import type {ObjectMeta, Stored} from '../api/meta.ts';
import type {GpuLedger, LedgerSpec} from '../api/ledger.ts';
import type {Action, PodRef} from './actions.ts';
import type {Questions} from './asking/questions.ts';
import {chainWithin, isSameChain} from './chain.ts';
import {comparisonStatus} from './compare.ts';
import {keyOf} from './key.ts';
import {admit, settle} from './ledger.ts';
import {reservationOf, viewPod} from './pod-view.ts';
import type {ProtocolRules} from './pod-view.ts';
import {ApiRefusal} from './ports.ts';
import type {Bus, Clock, Key, Kind, KubernetesApi, LogKeeper} from './ports.ts';

export interface Ports {
  readonly api: KubernetesApi;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly rules: ProtocolRules;
  /** Where there is one; in local mode logs stay where they are written. */
  readonly logs?: LogKeeper;
  /** To heavy strategies. */
  readonly questions: Pick<Questions, 'put'>;
}

type Handlers = {readonly [K in Action['kind']]: (ports: Ports, action: Extract<Action, {kind: K}>) => Promise<void>};

/** Carries out one action. A refusal (`ApiRefusal`) means that the world has moved on: observe and plan again. */
export function execute(ports: Ports, action: Action): Promise<void> {
  const handler = handlers[action.kind] as (ports: Ports, action: Action) => Promise<void>;
  return handler(ports, action);
}

const handlers: Handlers = {
  CreateLedger: ({api}, {ledger}) => unlessThere(api.create('GpuLedger', ledger)),
  CreateTrial: ({api}, {trial}) => unlessThere(api.create('Trial', trial)),
  Ask: ({questions}, {question}) => {
    questions.put(question);
    return Promise.resolve();
  },
  CreatePod: ({api}, {pod}) => unlessThere(api.create('Pod', pod)),
  DryRunPod: ({api}, {pod}) => unlessThere(api.dryRun('Pod', pod)),
  SetLimits: (ports, {ledger, limits}) => swap(ports, ledger, (spec) => ({...spec, ...limits})),
  Admit: admitPods,
  OpenGate: (ports, {pod}) => {
    const metadata = {annotations: {[annotations.admittedAt]: new Date(ports.clock.now()).toISOString()}};
    return patchPod(ports, pod, {metadata, spec: {schedulingGates: null}});
  },
  MarkLost: async ({api, clock, rules}, {pod, resourceVersion}) => {
    const patch = {metadata: {annotations: {[lostMark]: timestamp(clock.now())}}};
    await api.patch('Pod', pod.key, patch, {uid: pod.uid, ...(rules.has('markrv') && {resourceVersion})});
  },
  Settle: async (ports, {chain, settlements}) => {
    const all = (spec: LedgerSpec): LedgerSpec => settlements.reduce(settle, spec);
    const open = (spec: LedgerSpec): boolean => settlements.some(({uid}) => spec.open[uid] !== undefined);
    for (const ledger of chain) await swap(ports, ledger, all, (spec) => ports.rules.has('bump') || open(spec));
  },
  Sweep: sweep,
  WriteTrialStatus: async ({api, logs}, {trial, status, attempt}) => {
    // first: whoever finds the attempt written down lets its Pod go, and the log with it
    if (attempt?.wasted === true) await logs?.keep(trial, attempt);
    const {resourceVersion} = trial.metadata;
    const gone = Object.keys(trial.status ?? {}).filter((name) => !(name in status));
    const cleared = Object.fromEntries(gone.map((name) => [name, null]));
    await api.patchStatus('Trial', keyOf(trial), {...cleared, ...status}, {resourceVersion});
  },
  DeletePod: ({api}, {pod}) => api.delete('Pod', pod.key, {uid: pod.uid}),
  ReleasePod: (ports, {pod}) => release(ports, 'Pod', pod, ledgerFinalizer),
  SendStop: ({bus}, {podUid, why}) => bus.stop(podUid, why),
  Compare: async ({api, bus, clock}, {search, resourceVersion, comparison}) => {
    const current = await api.get('ArchitectureSearch', search);
    if (current?.metadata.resourceVersion !== resourceVersion)
      throw new ApiRefusal('Conflict', 'the search has changed');
    const status = await comparisonStatus({bus, now: clock.now()}, current, comparison);
    await api.patchStatus('ArchitectureSearch', search, status, {resourceVersion});
  },
  WriteSearchStatus: async ({api}, {search, status}) => {
    const {resourceVersion} = search.metadata;
    await api.patchStatus('ArchitectureSearch', keyOf(search), status, {resourceVersion});
  },
  DeleteTrial: ({api}, {key, uid}) => api.delete('Trial', key, {uid}),
  DeleteLedger: ({api}, {key, uid}) => api.delete('GpuLedger', key, {uid}),
  ReleaseLedger: async ({api}, {key, uid}) => {
    const ledger = await api.get('GpuLedger', key);
    if (ledger?.metadata.uid !== uid) return;
    const finalizers = without(ledger.metadata, accountFinalizer);
    await api.update('GpuLedger', {...ledger, metadata: {...ledger.metadata, finalizers}});
  },
  ReleaseTrial: (ports, {key, uid}) => release(ports, 'Trial', {key, uid}, trialFinalizer),
  ReleaseSearch: (ports, {key, uid}) => release(ports, 'ArchitectureSearch', {key, uid}, searchFinalizer),
  HoldSearch: (ports, held) => hold(ports, 'ArchitectureSearch', held, searchFinalizer),
  HoldTrial: (ports, held) => hold(ports, 'Trial', held, trialFinalizer),
  // written in the way that all else of a ledger is written
  HoldLedger: async ({api}, {key, uid}) => {
    const ledger = await api.get('GpuLedger', key);
    if (ledger?.metadata.uid !== uid) return;
    const finalizers = [...without(ledger.metadata, accountFinalizer), accountFinalizer];
    await api.update('GpuLedger', {...ledger, metadata: {...ledger.metadata, finalizers}});
  },
};

/** Names are derived: who finds the object there has been overtaken, and that is success. */
async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.refusal === 'AlreadyExists')) throw error;
  }
}

/** Read, change, compare-and-swap: a ledger is written in no other way. A ledger that is gone has nothing to be kept. */
async function swap(
  {api}: Ports,
  key: Key,
  change: (spec: LedgerSpec) => LedgerSpec,
  worthWriting: (spec: LedgerSpec) => boolean = () => true,
): Promise<void> {
  const ledger = await api.get('GpuLedger', key);
  if (ledger === undefined || !worthWriting(ledger.spec)) return;
  await api.update('GpuLedger', {...ledger, spec: change(ledger.spec)});
}

/** Outermost first; what found no room in one ledger is not reserved in those within it. */
async function admitPods(ports: Ports, {chain, pods, refs, places}: Extract<Action, {kind: 'Admit'}>): Promise<void> {
  let entering = refs;
  for (const key of chain) {
    const ledger = await ports.api.get('GpuLedger', key);
    if (ledger === undefined) return;
    // the chain ends with the search's own ledger: the others hold the Pods of many searches
    const own = key === chain.at(-1);
    if (own && !isSameChain(chainWithin(key, ledger.spec), chain)) return;
    const admitted = (await gatedPods(ports, pods, entering)).filter((pod) => !own || isOfAccount(pod, ledger.spec));
    const spec = await reserve(ports, ledger, admitted, own ? places : Infinity);
    entering = entering.filter(({uid}) => spec.open[uid] !== undefined);
  }
}

/** An account may have been made anew for another search of the name. */
const isOfAccount = ({metadata}: Pod, {account}: LedgerSpec): boolean =>
  metadata.labels?.[labels.searchUid] === account.uid;

/**
 * The Pods as they are now, after the ledger was read: one that is settled after this read raises the ledger's version, so that the swap
 * fails. Without the rule `order` the observation's older read is trusted.
 */
async function gatedPods(ports: Ports, pods: readonly Pod[], refs: readonly PodRef[]): Promise<Stored<Pod>[]> {
  const known = pods as Stored<Pod>[];
  if (!ports.rules.has('order')) return known.filter(({metadata}) => refs.some(({uid}) => uid === metadata.uid));
  const current: Stored<Pod>[] = [];
  for (const {key, uid} of refs) {
    const pod = await ports.api.get('Pod', key);
    if (pod?.metadata.uid === uid && viewPod(pod, ports.clock.now(), ports.rules).kind === 'gated') current.push(pod);
  }
  return current;
}

/** What has room and a place. Both are judged on the version that is swapped, so that two operators cannot both take the last one. */
async function reserve(
  {api}: Ports,
  ledger: Stored<GpuLedger>,
  pods: readonly Stored<Pod>[],
  places: number,
): Promise<LedgerSpec> {
  const enter = (account: LedgerSpec, pod: Stored<Pod>): LedgerSpec => {
    const full = Object.keys(account.open).length >= places;
    return full ? account : (admit(account, pod.metadata.uid, reservationOf(pod)) ?? account);
  };
  const spec = pods.reduce(enter, ledger.spec);
  if (spec !== ledger.spec) await api.update('GpuLedger', {...ledger, spec});
  return spec;
}

/** A Pod that is gone while its uid is open was taken by force: the ledger is read first, then the Pod. */
async function sweep(ports: Ports, {ledger: key, pod, day}: Extract<Action, {kind: 'Sweep'}>): Promise<void> {
  const ledger = await ports.api.get('GpuLedger', key);
  if (ledger?.spec.open[pod.uid] === undefined) return;
  const current = ports.rules.has('gone') ? await ports.api.get('Pod', pod.key) : undefined;
  if (current?.metadata.uid === pod.uid) return;
  const spec = settle(ledger.spec, {uid: pod.uid, charge: 'Full', outcome: 'Failed', day});
  await ports.api.update('GpuLedger', {...ledger, spec});
}

/** A name can recur: only the uid ties a write to one Pod. */
async function patchPod({api, rules}: Ports, pod: PodRef, patch: Readonly<Record<string, unknown>>): Promise<void> {
  await api.patch('Pod', pod.key, patch, rules.has('uid') ? {uid: pod.uid} : {});
}

const without = (metadata: ObjectMeta, finalizer: string): string[] =>
  (metadata.finalizers ?? []).filter((name) => name !== finalizer);

/** Puts our finalizer on beside those of others. */
async function hold({api}: Ports, kind: Kind, {key, uid}: PodRef, finalizer: string): Promise<void> {
  const current = await api.get(kind, key);
  if (current?.metadata.uid !== uid) return;
  const finalizers = [...without(current.metadata, finalizer), finalizer];
  const {resourceVersion} = current.metadata;
  await api.patch(kind, key, {metadata: {finalizers}}, {uid, resourceVersion});
}

/** Takes our finalizer off; somebody else's stays. What is gone already has been released. */
async function release(ports: Ports, kind: Kind, {key, uid}: PodRef, finalizer: string): Promise<void> {
  const current = await ports.api.get(kind, key);
  if (current === undefined) return;
  if (ports.rules.has('uid') && current.metadata.uid !== uid) return;
  if (current.metadata.finalizers?.includes(finalizer) !== true) return;
  const patch = {metadata: {finalizers: without(current.metadata, finalizer)}};
  const {uid: found, resourceVersion} = current.metadata;
  await ports.api.patch(kind, key, patch, {uid: found, resourceVersion});
}
