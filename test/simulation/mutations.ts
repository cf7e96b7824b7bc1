import type {Stored} from '../../api/meta.ts';
import type {Pod} from '../../api/pod.ts';
import {chainOf} from '../../operator/chain.ts';
import {admit} from '../../operator/ledger.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import {allRules, reservationOf, viewPod} from '../../operator/pod-view.ts';
import type {Key, KubernetesApi} from '../../operator/ports.ts';
import {consistentView} from '../../operator/view.ts';
import {aSearch, unsaved} from '../builders.ts';
import {controllerWith} from './operators.ts';
import type {Build} from './operators.ts';
import type {WorldOptions} from './world.ts';

/** A rule of the budget protocol taken out: what is built without it, what makes its race likely, and what the audit must find. */
export interface Mutation {
  readonly build: Build;
  readonly changes?: Partial<WorldOptions>;
  readonly violation: RegExp;
}

type Rule = typeof allRules extends ReadonlySet<infer Name> ? Name : never;
const without = (rule: Rule): Build => controllerWith(new Set([...allRules].filter((name) => name !== rule)));

const interference: Partial<WorldOptions> = {pressure: {podDeletions: 0.5, standstills: 0.5}};
/** Nodes that fall silent for so long that their Pods are given up, and come back. */
const silences: Partial<WorldOptions> = {pressure: {losses: 0.3, standstills: 0.5}};
/** They come back while an operator that has just given them up stands still, and another one has settled half of the chain. */
const returns: Partial<WorldOptions> = {pressure: {losses: 0.5, standstills: 1, crashes: 0.8}};
const budget: Partial<WorldOptions> = {budgets: {team: 10}};
const mirrors: Partial<WorldOptions> = {operators: ['Mirroring', 'Mirroring']};

const overriding = (api: KubernetesApi, methods: Partial<KubernetesApi>): KubernetesApi => ({
  get: (kind, key) => api.get(kind, key),
  list: (kind, namespace) => api.list(kind, namespace),
  create: (kind, object) => api.create(kind, object),
  dryRun: (kind, object) => api.dryRun(kind, object),
  update: (kind, object) => api.update(kind, object),
  patch: (kind, key, patch, precondition) => api.patch(kind, key, patch, precondition),
  patchStatus: (kind, key, status, precondition) => api.patchStatus(kind, key, status, precondition),
  delete: (kind, key, precondition) => api.delete(kind, key, precondition),
  watch: (kind, onEvent) => api.watch(kind, onEvent),
  ...methods,
});

/** Two searches that contend for one budget. */
const rivals: Partial<WorldOptions> = {
  searches: ['first', 'second'].map((name) => {
    const search = aSearch({metadata: {name}});
    const limits = {...search.spec.limits, trials: 8, parallelTrials: 3};
    return unsaved({...search, spec: {...search.spec, limits}});
  }),
};

/** A ledger is written whatever was written into it since it was read. */
const lastWriterWins: Build = (parts) => {
  const {api} = parts;
  const update: KubernetesApi['update'] = async (kind, object) => {
    const {namespace = '', name} = object.metadata;
    const current = kind === 'GpuLedger' ? await api.get(kind, {namespace, name}) : undefined;
    const {resourceVersion} = (current ?? object).metadata;
    return api.update(kind, {...object, metadata: {...object.metadata, resourceVersion}});
  };
  return controllerWith(allRules)({...parts, api: overriding(api, {update})});
};

/**
 * The first draft's mistake: a Pod behind its gate is tried in each ledger of its chain in turn, and when one has no room, what it holds in
 * the others is given back while it lives.
 */
const givingBack: Build = (parts) => {
  const {clock} = parts;
  const api = patient(parts.api);
  const controller = controllerWith(allRules)({...parts, api});
  const look = parts.view ?? consistentView(api);
  return {
    async reconcile(key) {
      const {pods} = await look(key);
      for (const pod of pods)
        if (viewPod(pod, clock.now()).kind === 'gated' && !(await isLetIn(api, pod)))
          for (const ledger of chainOf(pod)) await giveBack(api, ledger, pod);
      return controller.reconcile(key);
    },
  };
};

async function isLetIn(api: KubernetesApi, pod: Stored<Pod>): Promise<boolean> {
  for (const key of chainOf(pod)) {
    const ledger = await api.get('GpuLedger', key);
    if (ledger === undefined || !(await isStillGated(api, pod))) return true;
    const spec = admit(ledger.spec, pod.metadata.uid, reservationOf(pod));
    if (spec === undefined) return false;
    if (spec !== ledger.spec) await api.update('GpuLedger', {...ledger, spec});
  }
  return true;
}

/** As carefully as it can be done: the ledger as it is, then the Pod, which still waits. */
async function giveBack(api: KubernetesApi, key: Key, pod: Stored<Pod>): Promise<void> {
  const ledger = await api.get('GpuLedger', key);
  if (ledger?.spec.open[pod.metadata.uid] === undefined || !(await isStillGated(api, pod))) return;
  const {[pod.metadata.uid]: _reservation, ...open} = ledger.spec.open;
  await api.update('GpuLedger', {...ledger, spec: {...ledger.spec, open}});
}

async function isStillGated(api: KubernetesApi, {metadata}: Stored<Pod>): Promise<boolean> {
  const pod = await api.get('Pod', keyOf(metadata));
  const gated = (pod?.spec.schedulingGates ?? []).length > 0;
  return pod?.metadata.uid === metadata.uid && pod.metadata.deletionTimestamp === undefined && gated;
}

/** Pods behind their gates wait for room, and are never deleted for want of it. */
const patient = (api: KubernetesApi): KubernetesApi =>
  overriding(api, {
    delete: async (kind, key, precondition) => {
      const pod = kind === 'Pod' ? await api.get('Pod', key) : undefined;
      if ((pod?.spec.schedulingGates ?? []).length === 0) await api.delete(kind, key, precondition);
    },
  });

/** Each rule by its name in the model, then those that the model takes for granted. */
export const mutations: Readonly<Record<string, Mutation>> = {
  order: {
    build: without('order'),
    changes: interference,
    violation: /is admitted again after it was charged|is admitted though its Pod is gone/,
  },
  bump: {
    build: without('bump'),
    changes: interference,
    violation: /is admitted though its Pod is gone|though its Pod left the regular way/,
  },
  uid: {
    build: without('uid'),
    changes: interference,
    violation: /is bound without a reservation|though its Pod left the regular way/,
  },
  report: {build: without('report'), changes: silences, violation: /used \d+, charged \d+/},
  mark: {build: without('mark'), changes: {...silences, ...budget}, violation: /charged unequally/},
  markrv: {build: without('markrv'), changes: {...returns, ...mirrors, ...budget}, violation: /charged unequally/},
  release: {
    build: givingBack,
    changes: {pressure: {standstills: 1, edits: 0.5}, ...rivals, budgets: {organisation: 10, team: 0.1}},
    violation: /is bound without a reservation in/,
  },
  unbound: {build: without('unbound'), changes: interference, violation: /used \d+, charged \d+/},
  everywhere: {
    build: without('everywhere'),
    changes: {...interference, ...budget},
    violation: /is bound without a reservation in/,
  },
  settled: {build: without('settled'), violation: /though its Pod left the regular way/},
  gone: {
    build: without('gone'),
    changes: {...interference, ...mirrors},
    violation: /charged \d+, used \d+|admitted again/,
  },
  swap: {
    build: lastWriterWins,
    changes: interference,
    violation: /is charged twice|charged for no reservation|admitted again/,
  },
};
