import assert from 'node:assert/strict';
import {test} from 'node:test';
import {annotations, budgetGate, labels, ledgerFinalizer} from '../../api/pod.ts';
import {trialAssignment} from '../../api/protocol.ts';
import type {SearchSpec} from '../../api/search.ts';
import type {Trial} from '../../api/trial.ts';
import {buildPod} from '../../operator/pod.ts';
import type {PodSettings} from '../../operator/pod-settings.ts';
import {reservationOf} from '../../operator/pod-view.ts';
import {aSearch, aTrial} from '../builders.ts';

const podSettings: PodSettings = {
  image: 'archsearch/trial-runner:1',
  imagePullPolicy: 'IfNotPresent',
  natsUrl: 'nats://nats:4222',
  serviceAccountName: 'archsearch-trial',
  namedObjects: 'Checked',
};

function podOf(
  podTemplate: Record<string, unknown> = {},
  spec: Partial<SearchSpec> = {},
  trial: Partial<Trial['spec']> = {},
) {
  const search = aSearch({spec: {template: {gpus: 2, threads: 3, podTemplate}, ...spec}});
  const models = [aTrial({metadata: {name: 'search-f1', uid: 'uid-1'}})];
  const byName = new Map(models.map((model) => [model.metadata.name, model]));
  return buildPod({search, podSettings, byName}, aTrial({spec: trial}));
}
const containerOf = (pod: ReturnType<typeof podOf>) => {
  const [container, ...others] = pod.spec.containers;
  assert.ok(container !== undefined && others.length === 0);
  return container;
};
const variables = (pod: ReturnType<typeof podOf>) =>
  Object.fromEntries((containerOf(pod).env ?? []).map(({name, value, valueFrom}) => [name, value ?? valueFrom]));

test('a Pod is born behind the budget’s gate, held by the ledger, with the deadline and the grace of its reservation', () => {
  const {metadata, spec} = podOf();
  assert.deepEqual(metadata.finalizers, [ledgerFinalizer]);
  assert.deepEqual(spec.schedulingGates, [{name: budgetGate}]);
  assert.deepEqual(
    [spec.restartPolicy, spec.activeDeadlineSeconds, spec.terminationGracePeriodSeconds],
    ['Never', 60, 30],
  );
  assert.equal(reservationOf(podOf()).gpuMilliseconds, 2 * 121_000);
});

test('a Pod has no rights on its node, in its image or at the API server', () => {
  const pod = podOf({spec: {securityContext: {runAsUser: 1000, fsGroup: 2000}}});
  assert.deepEqual(pod.spec['securityContext'], {
    runAsUser: 1000,
    runAsGroup: 65532,
    fsGroup: 2000,
    runAsNonRoot: true,
    seccompProfile: {type: 'RuntimeDefault'},
  });
  assert.deepEqual(containerOf(pod)['securityContext'], {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities: {drop: ['ALL']},
  });
  assert.equal(pod.spec['serviceAccountName'], 'archsearch-trial');
  assert.equal(pod.spec['automountServiceAccountToken'], false);
});

test('GPUs come from the template, processors from its threads, unless the podTemplate asks for others or limits them', () => {
  const resources = (given: object) =>
    containerOf(podOf({spec: {containers: [{name: 'trial', resources: given}]}})).resources;
  assert.deepEqual(resources({}), {
    limits: {'nvidia.com/gpu': '2'},
    requests: {cpu: '3', memory: '1Gi', 'nvidia.com/gpu': '2'},
  });
  assert.deepEqual(resources({limits: {cpu: 1, memory: '512Mi'}, requests: {cpu: '500m'}}), {
    limits: {cpu: '1', memory: '512Mi', 'nvidia.com/gpu': '2'},
    requests: {cpu: '500m', 'nvidia.com/gpu': '2'},
  });
});

test('the assignment is a file out of an annotation, and names the uids of the models that are scored', () => {
  const pod = podOf({}, {}, {score: ['search-f1']});
  const {trials, pod: named} = trialAssignment.parse(
    JSON.parse(pod.metadata.annotations?.[annotations.assignment] ?? ''),
  );
  assert.deepEqual([trials, named.name], [{'search-f1': 'uid-1'}, pod.metadata.name]);
  const volumes = pod.spec['volumes'] as {name: string; downwardAPI?: {items: {path: string}[]}}[];
  const mounts = containerOf(pod)['volumeMounts'] as {name: string; mountPath: string}[];
  const volume = volumes.find(({downwardAPI}) => downwardAPI !== undefined);
  const mount = mounts.find(({name}) => name === volume?.name);
  assert.equal(
    variables(pod)['ARCHSEARCH_TRIAL'],
    `${mount?.mountPath ?? ''}/${volume?.downwardAPI?.items[0]?.path ?? ''}`,
  );
});

const growing: Partial<SearchSpec> = {strategy: {type: 'NetworkMorphism'}};
const genotype = {widths: [32]};
const architecture = {family: 'SearchSpace', type: 'Tabular', genotype} as const;
const grown = {trial: 'search-c1', genotype};
/** Each row: a search, one of its trials, whether that keeps its weights, and whose it is told to begin with. */
const lineages: readonly (readonly [
  name: string,
  search: Partial<SearchSpec>,
  trial: Partial<Trial['spec']>,
  told: {readonly keepModel?: boolean; readonly inherit?: object; readonly trials?: object},
])[] = [
  ['with a strategy that grows networks, candidates keep their weights', growing, {}, {keepModel: true}],
  [
    'and children are told whose to begin with, and where these lie',
    growing,
    {parent: 'search-c1'},
    {keepModel: true, inherit: grown, trials: {'search-c1': 'uid-c1'}},
  ],
  [
    'which are its twin’s when the parent was a duplicate',
    growing,
    {parent: 'search-c2'},
    {keepModel: true, inherit: grown, trials: {'search-c1': 'uid-c1'}},
  ],
  ['with another strategy a parent is nothing but an ancestor', {}, {parent: 'search-c1'}, {}],
  ['what is trained for good begins anew', growing, {purpose: 'Final', parent: 'search-c1'}, {}],
  [
    'a space without edits that keep the function has nothing to inherit',
    {...growing, searchSpace: {type: 'NasBench201'}},
    {parent: 'search-c1'},
    {},
  ],
];
for (const [name, spec, trial, told] of lineages)
  test(name, () => {
    const parents = [
      aTrial({metadata: {name: 'search-c1', uid: 'uid-c1'}, spec: {architecture}}),
      aTrial({metadata: {name: 'search-c2', uid: 'uid-c2'}, spec: {architecture, duplicateOf: 'search-c1'}}),
    ];
    const byName = new Map(parents.map((parent) => [parent.metadata.name, parent]));
    const pod = buildPod({search: aSearch({spec}), podSettings, byName}, aTrial({spec: trial}));
    const {keepModel, inherit, trials} = trialAssignment.parse(
      JSON.parse(pod.metadata.annotations?.[annotations.assignment] ?? ''),
    );
    assert.deepEqual(
      {keepModel, inherit, trials},
      {keepModel: undefined, inherit: undefined, trials: undefined, ...told},
    );
  });

test('the runner is told where to report to and where its record goes', () => {
  const pod = podOf();
  const {ARCHSEARCH_NATS, ARCHSEARCH_TERMINATION_LOG, ARCHSEARCH_POD_UID} = variables(pod);
  assert.equal(ARCHSEARCH_NATS, 'nats://nats:4222');
  assert.equal(ARCHSEARCH_TERMINATION_LOG, containerOf(pod)['terminationMessagePath']);
  assert.deepEqual(ARCHSEARCH_POD_UID, {fieldRef: {fieldPath: 'metadata.uid'}});
});

test('where NATS asks who somebody is, a Pod gets a token that opens NATS alone, for as long as it may run', () => {
  const settings = {...podSettings, natsIdentity: 'Token', natsCa: 'PEM'} as const;
  const trial = aTrial({spec: {deadlineSeconds: 7200}});
  const pod = buildPod({search: aSearch(), podSettings: settings, byName: new Map()}, trial);
  const volumes = pod.spec['volumes'] as {name: string; projected?: object}[];
  const volume = volumes.find(({projected}) => projected !== undefined);
  assert.deepEqual(volume?.projected, {
    sources: [{serviceAccountToken: {audience: 'archsearch-nats', expirationSeconds: 7260, path: 'token'}}],
  });
  const mounts = containerOf(pod)['volumeMounts'] as {name: string; mountPath: string; readOnly?: boolean}[];
  const mount = mounts.find(({name}) => name === volume.name);
  assert.equal(mount?.readOnly, true);
  const {ARCHSEARCH_NATS_TOKEN, ARCHSEARCH_NATS_CA} = variables(pod);
  assert.deepEqual([ARCHSEARCH_NATS_TOKEN, ARCHSEARCH_NATS_CA], [`${mount.mountPath}/token`, 'PEM']);
  assert.equal(pod.spec['automountServiceAccountToken'], false);
});

test('where it asks nobody, or there is none, a Pod gets no token', () => {
  const {natsUrl: _url, ...without} = podSettings;
  for (const settings of [podSettings, {...without, natsIdentity: 'Token'} as const]) {
    const pod = buildPod({search: aSearch(), podSettings: settings, byName: new Map()}, aTrial());
    assert.ok(!JSON.stringify(pod).includes('serviceAccountToken'));
    assert.equal(variables(pod)['ARCHSEARCH_NATS_TOKEN'], undefined);
  }
});

test('the data set’s claim is mounted to be read alone', () => {
  const volume = {claim: 'tables', path: 'a.csv'};
  const csv = {volume, target: 'y', delimiter: ',', decimalMark: 'Point' as const, ignore: []};
  const pod = podOf({}, {dataset: {csv, split: {validation: 0.2, test: 0.2}, seed: 0}});
  const mounts = JSON.parse(String(variables(pod)['ARCHSEARCH_MOUNTS'])) as Record<string, string>;
  const claims = (pod.spec['volumes'] as {name: string; persistentVolumeClaim?: object}[]).filter(
    ({persistentVolumeClaim}) => persistentVolumeClaim !== undefined,
  );
  assert.deepEqual(claims, [{name: 'archsearch-data', persistentVolumeClaim: {claimName: 'tables', readOnly: true}}]);
  const mounted = (containerOf(pod)['volumeMounts'] as object[]).filter(
    (mount) => 'name' in mount && mount.name === 'archsearch-data',
  );
  assert.deepEqual(mounted, [{name: 'archsearch-data', mountPath: mounts['tables'], readOnly: true}]);
});

test('what the podTemplate says is passed on beside the operator’s own fields', () => {
  const pod = podOf({
    metadata: {labels: {'kueue.x-k8s.io/queue-name': 'team'}, annotations: {'example.com/a': 'b'}},
    spec: {
      nodeSelector: {gpu: 'h100'},
      volumes: [{name: 'cache', emptyDir: {}}],
      containers: [
        {
          name: 'trial',
          image: 'mine:1',
          env: [{name: 'HOME', value: '/cache'}],
          volumeMounts: [{name: 'cache', mountPath: '/cache'}],
        },
      ],
    },
  });
  assert.equal(pod.metadata.labels?.['kueue.x-k8s.io/queue-name'], 'team');
  assert.equal(pod.metadata.labels[labels.trial], 'search-c1');
  assert.equal(pod.metadata.annotations?.['example.com/a'], 'b');
  assert.deepEqual(pod.spec['nodeSelector'], {gpu: 'h100'});
  assert.equal(containerOf(pod).image, 'mine:1');
  // of two variables of a name the last one counts
  assert.equal(variables(pod)['HOME'], '/cache');
  const names = (list: unknown) => (list as {name: string}[]).map(({name}) => name);
  assert.deepEqual(names(pod.spec['volumes']), names(containerOf(pod)['volumeMounts']));
});

test('no Pod is made from a podTemplate that asks for what is not allowed', () => {
  assert.throws(() => podOf({spec: {hostNetwork: true}}));
});

/** Two GPUs; each row: a trial's deadline, the GPU-milliseconds that its earlier attempts took, and its next attempt's deadline. */
const deadlines: readonly (readonly [
  name: string,
  purpose: Trial['spec']['purpose'],
  taken: number,
  seconds: number,
])[] = [
  ['a first attempt has its trial’s deadline', 'Preflight', 0, 60],
  [
    'a Preflight trial’s next attempt gets what the earlier ones left, so that it fits into its share',
    'Preflight',
    41_000,
    39,
  ],
  ['but never less than it needs to load its data', 'Preflight', 200_000, 10],
  ['all other trials get their full time again', 'Candidate', 41_000, 60],
];
for (const [name, purpose, taken, seconds] of deadlines)
  test(name, () => {
    const attempt = {
      pod: 'search-p1-1',
      uid: 'uid-1',
      reason: 'Interrupted',
      message: '',
      finishedAt: '2026-01-01T00:00:00Z',
      gpuMilliseconds: taken,
      microDollars: 0,
      wasted: true,
    } as const;
    const search = aSearch({spec: {template: {gpus: 2, threads: 1}}});
    const trial = aTrial({spec: {purpose}, status: {phase: 'Pending', attempts: taken === 0 ? [] : [attempt]}});
    const pod = buildPod({search, podSettings, byName: new Map()}, trial);
    const told = JSON.parse(pod.metadata.annotations?.[annotations.assignment] ?? '{}') as {
      spec: {deadlineSeconds: number};
    };
    assert.deepEqual([pod.spec.activeDeadlineSeconds, told.spec.deadlineSeconds], [seconds, seconds]);
  });
