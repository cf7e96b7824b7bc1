import {graceSeconds, shortestPreflightSeconds, slackSeconds} from '../api/arithmetic.ts';
import type {GpuLedger} from '../api/ledger.ts';
import {apiVersion} from '../api/meta.ts';
import type {ObjectMeta, Stored} from '../api/meta.ts';
import {datasetClaim} from '../api/named-objects.ts';
import {natsAudience} from '../api/permissions.ts';
import {annotations, budgetGate, labels, ledgerFinalizer} from '../api/pod.ts';
import type {Container, Pod, PodSpec} from '../api/pod.ts';
import {parsePodTemplate} from '../api/pod-template-check.ts';
import type {PodTemplate} from '../api/pod-template.ts';
import {environment, protocolVersion} from '../api/protocol.ts';
import type {TrialAssignment} from '../api/protocol.ts';
import {openSpace, openStrategy} from '../api/problem.ts';
import {fromMoney} from '../api/quantities.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {Trial} from '../api/trial.ts';
import {outerAnnotation} from './chain.ts';
import {attemptsOf, podName} from './observed.ts';
import type {PodSettings} from './pod-settings.ts';

/** What a trial's Pod is made from, besides the trial. */
export interface PodSources {
  readonly search: Stored<ArchitectureSearch>;
  readonly podSettings: PodSettings;
  /** The account of the search: it says which budgets are around it. */
  readonly ledger?: Stored<GpuLedger> | undefined;
  /** The search's trials: a trial may go on from others, or score them. */
  readonly byName: ReadonlyMap<string, Stored<Trial>>;
}

/** Where things lie in the container. */
const paths = {
  assignment: '/archsearch/assignment',
  data: '/archsearch/data',
  nats: '/archsearch/nats',
  work: '/archsearch/work',
} as const;
const assignmentFile = 'trial.json';
const tokenFile = 'token';
/** The API server gives no token for less. */
const shortestTokenSeconds = 600;
/** Nobody's user and group: the image's files are read by everybody. */
const nobody = 65532;
/** Asked for where the podTemplate says nothing: TensorFlow and a small data set. */
const memoryRequest = '1Gi';

/** What the runner is told. */
function assignmentOf({search, byName}: PodSources, trial: Stored<Trial>, pod: string): TrialAssignment {
  const {purpose, architecture, training, epochs, seed, dataFraction, resumeFrom, score} = trial.spec;
  const inheritance = inheritanceOf({search, byName}, trial);
  const others = [resumeFrom, inheritance.inherit?.trial, ...(score ?? [])].filter((name) => name !== undefined);
  const uids = others.flatMap((name) => {
    const uid = byName.get(name)?.metadata.uid;
    return uid === undefined ? [] : [[name, uid] as const];
  });
  return {
    version: protocolVersion,
    search: {name: search.metadata.name, namespace: search.metadata.namespace ?? 'default', uid: search.metadata.uid},
    trial: {name: trial.metadata.name, uid: trial.metadata.uid},
    pod: {name: pod},
    task: search.spec.task,
    dataset: search.spec.dataset,
    objectives: search.spec.objectives,
    spec: {
      purpose,
      architecture,
      training,
      epochs,
      seed,
      dataFraction,
      deadlineSeconds: attemptSeconds(search, trial),
      ...(resumeFrom === undefined ? {} : {resumeFrom}),
      ...(score === undefined ? {} : {score}),
    },
    ...inheritance,
    threads: search.spec.template.threads,
    ...(uids.length === 0 ? {} : {trials: Object.fromEntries(uids)}),
  };
}

/** With a strategy that grows networks out of trained ones, candidates keep their weights, and children are told whose to begin with. */
function inheritanceOf(
  {search, byName}: Pick<PodSources, 'search' | 'byName'>,
  {spec}: Trial,
): Pick<TrialAssignment, 'inherit' | 'keepModel'> {
  const grows = openStrategy(search.spec).row.inherits === true && openSpace(search.spec).morphs !== undefined;
  if (!grows || spec.purpose !== 'Candidate') return {};
  const parent = byName.get(spec.parent ?? '')?.spec;
  if (spec.parent === undefined || parent === undefined) return {keepModel: true};
  // a duplicate was not trained: its twin's weights are of the same network
  return {
    keepModel: true,
    inherit: {trial: parent.duplicateOf ?? spec.parent, genotype: parent.architecture.genotype},
  };
}

/**
 * The Pod of a trial's next attempt: behind the budget gate, held by the ledger's finalizer, with the deadline that its reservation
 * is computed from. Its name derives from trial and attempt, so that creating it twice creates it once. What the podTemplate says comes
 * first and the operator's own fields last, so that nothing can take their place. The Pod meets the Pod Security Standard "restricted".
 */
export function buildPod(sources: PodSources, trial: Stored<Trial>): Pod {
  const template = parsePodTemplate(sources.search.spec.template.podTemplate);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(sources, trial, template),
    spec: specOf(sources, trial, template),
  };
}

function metadataOf(sources: PodSources, trial: Stored<Trial>, {metadata = {}}: PodTemplate): ObjectMeta {
  const {search} = sources;
  const name = podName(trial);
  const {pricePerGpuHour} = search.spec.template;
  return {
    name,
    namespace: search.metadata.namespace ?? 'default',
    labels: {
      ...metadata.labels,
      [labels.search]: search.metadata.name,
      [labels.searchUid]: search.metadata.uid,
      [labels.trial]: trial.metadata.name,
      [labels.purpose]: trial.spec.purpose,
    },
    annotations: {
      ...metadata.annotations,
      [annotations.trial]: trial.metadata.name,
      [annotations.share]: trial.spec.share,
      [annotations.price]: String(pricePerGpuHour === undefined ? 0 : fromMoney(pricePerGpuHour)),
      ...outerAnnotation(sources.ledger?.spec),
      [annotations.assignment]: JSON.stringify(assignmentOf(sources, trial, name)),
    },
    finalizers: [ledgerFinalizer],
    ownerReferences: [
      {apiVersion, kind: 'Trial', name: trial.metadata.name, uid: trial.metadata.uid, controller: true},
    ],
  };
}

/**
 * Deadline of the next attempt. The trials of Preflight divide its share among them to the last second, so that what earlier attempts took
 * of it (an interruption, say) is missing from the next: it gets what is left, or it would find no room. All others get their full time.
 */
function attemptSeconds({spec}: ArchitectureSearch, trial: Trial): number {
  const {purpose, deadlineSeconds} = trial.spec;
  if (purpose !== 'Preflight') return deadlineSeconds;
  const taken = attemptsOf(trial).reduce((sum, {gpuMilliseconds}) => sum + gpuMilliseconds, 0);
  const left = deadlineSeconds - Math.ceil(taken / (1000 * spec.template.gpus));
  return Math.max(Math.min(deadlineSeconds, shortestPreflightSeconds), left);
}

function specOf({search, podSettings}: PodSources, trial: Stored<Trial>, {spec = {}}: PodTemplate): PodSpec {
  const {runtimeClassName, serviceAccountName} = podSettings;
  return {
    ...spec,
    schedulingGates: [{name: budgetGate}],
    restartPolicy: 'Never',
    activeDeadlineSeconds: attemptSeconds(search, trial),
    terminationGracePeriodSeconds: graceSeconds,
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(runtimeClassName === undefined ? {} : {runtimeClassName}),
    securityContext: {
      runAsUser: nobody,
      runAsGroup: nobody,
      ...spec.securityContext,
      runAsNonRoot: true,
      seccompProfile: {type: 'RuntimeDefault'},
    },
    volumes: [
      ...(spec.volumes ?? []),
      ...ownVolumes(search),
      ...tokenVolumes(podSettings, attemptSeconds(search, trial)),
    ],
    containers: [containerOf(search, podSettings, spec)],
  };
}

type TemplateSpec = NonNullable<PodTemplate['spec']>;

function containerOf(search: ArchitectureSearch, settings: PodSettings, spec: TemplateSpec): Container {
  const given = spec.containers?.[0];
  return {
    ...(settings.imagePullPolicy === undefined ? {} : {imagePullPolicy: settings.imagePullPolicy}),
    ...given,
    name: 'trial',
    image: given?.image ?? settings.image,
    env: [{name: 'HOME', value: paths.work}, ...(given?.env ?? []), ...ownVariables(search, settings)],
    resources: resourcesOf(search, given?.resources),
    volumeMounts: [...(given?.volumeMounts ?? []), ...ownMounts(search), ...tokenMounts(settings)],
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: {drop: ['ALL']},
    },
    terminationMessagePath: '/dev/termination-log',
    // a container that is not ours may know nothing of the record: the end of its log says why it failed
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

type Amounts = Readonly<Record<string, string | number>>;
type Resources = NonNullable<NonNullable<TemplateSpec['containers']>[number]['resources']>;

function resourcesOf(search: ArchitectureSearch, given: Resources = {}): NonNullable<Container['resources']> {
  const {gpus, threads} = search.spec.template;
  // where only a limit is given, the API server makes it the request too
  const unlimited = (name: 'cpu' | 'memory', value: string): Amounts =>
    given.limits?.[name] === undefined ? {[name]: value} : {};
  return {
    limits: amountsOf({...given.limits, 'nvidia.com/gpu': gpus}),
    requests: amountsOf({
      ...unlimited('cpu', String(threads)),
      ...unlimited('memory', memoryRequest),
      ...given.requests,
      'nvidia.com/gpu': gpus,
    }),
  };
}

const amountsOf = (amounts: Readonly<Record<string, string | number | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(amounts).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
  );

function ownVariables(search: ArchitectureSearch, settings: PodSettings): NonNullable<Container['env']> {
  const {natsUrl, natsCa} = settings;
  const claim = datasetClaim(search.spec)?.name;
  return [
    {name: environment.trial, value: `${paths.assignment}/${assignmentFile}`},
    {name: environment.terminationLog, value: '/dev/termination-log'},
    {name: environment.mounts, value: JSON.stringify(claim === undefined ? {} : {[claim]: paths.data})},
    {name: environment.podUid, valueFrom: {fieldRef: {fieldPath: 'metadata.uid'}}},
    ...(natsUrl === undefined ? [] : [{name: environment.nats, value: natsUrl}]),
    ...(showsToken(settings) ? [{name: environment.natsToken, value: `${paths.nats}/${tokenFile}`}] : []),
    ...(natsCa === undefined ? [] : [{name: environment.natsCa, value: natsCa}]),
  ];
}

const volumes = {
  assignment: 'archsearch-assignment',
  work: 'archsearch-work',
  temporary: 'archsearch-tmp',
  data: 'archsearch-data',
  nats: 'archsearch-nats',
} as const;

const showsToken = ({natsUrl, natsIdentity}: PodSettings): boolean => natsUrl !== undefined && natsIdentity === 'Token';

/** A token that says which Pod it is, and opens nothing but NATS; the kubelet renews it while the Pod runs. */
function tokenVolumes(settings: PodSettings, deadlineSeconds: number): object[] {
  if (!showsToken(settings)) return [];
  const expirationSeconds = Math.max(shortestTokenSeconds, deadlineSeconds + graceSeconds + slackSeconds);
  const serviceAccountToken = {audience: natsAudience, expirationSeconds, path: tokenFile};
  return [{name: volumes.nats, projected: {sources: [{serviceAccountToken}]}}];
}

const tokenMounts = (settings: PodSettings): object[] =>
  showsToken(settings) ? [{name: volumes.nats, mountPath: paths.nats, readOnly: true}] : [];

function ownVolumes({spec}: ArchitectureSearch): object[] {
  const claim = datasetClaim(spec)?.name;
  const fieldPath = `metadata.annotations['${annotations.assignment}']`;
  return [
    {name: volumes.assignment, downwardAPI: {items: [{path: assignmentFile, fieldRef: {fieldPath}}]}},
    {name: volumes.work, emptyDir: {}},
    {name: volumes.temporary, emptyDir: {}},
    ...(claim === undefined ? [] : [{name: volumes.data, persistentVolumeClaim: {claimName: claim, readOnly: true}}]),
  ];
}

function ownMounts({spec}: ArchitectureSearch): object[] {
  const claim = datasetClaim(spec)?.name;
  return [
    {name: volumes.assignment, mountPath: paths.assignment, readOnly: true},
    {name: volumes.work, mountPath: paths.work},
    {name: volumes.temporary, mountPath: '/tmp'},
    ...(claim === undefined ? [] : [{name: volumes.data, mountPath: paths.data, readOnly: true}]),
  ];
}
