import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {agreed, call, installResources, kubectl, waitFor} from '../cluster.ts';
import {applyTemplate} from '../helm.ts';
import type {Ended} from '../cluster.ts';
import {namespaceOfSuite} from '../namespace.ts';

// Trials read what their search names with the operator's rights: nobody names what they may not read themselves.

const user = 'ada';

interface Naming {
  readonly what: string;
  readonly kind: 'Secret' | 'PersistentVolumeClaim' | 'ConfigMap';
  readonly resource: 'secrets' | 'persistentvolumeclaims' | 'configmaps';
  readonly dataset?: string;
  /** What that data is for; a table if left out. */
  readonly work?: {readonly task: string; readonly space: string};
  /** Of the podTemplate's spec. */
  readonly pod?: string;
}

const inContainer = (fields: string): string => `{containers: [{name: trial, ${fields}}]}`;
const reference = '{name: theirs, key: k}';
const secret = {kind: 'Secret', resource: 'secrets'} as const;
const claim = {kind: 'PersistentVolumeClaim', resource: 'persistentvolumeclaims'} as const;
const configMap = {kind: 'ConfigMap', resource: 'configmaps'} as const;
const namings: readonly Naming[] = [
  {...secret, what: 'to pull an image', pod: '{imagePullSecrets: [{name: theirs}]}'},
  {...secret, what: 'as a volume', pod: '{volumes: [{name: v, secret: {secretName: theirs}}]}'},
  {...secret, what: 'as a variable', pod: inContainer(`env: [{name: A, valueFrom: {secretKeyRef: ${reference}}}]`)},
  {...secret, what: 'as all variables', pod: inContainer('envFrom: [{secretRef: {name: theirs}}]')},
  {...claim, what: 'as its data', dataset: '{csv: {volume: {claim: theirs, path: a.csv}, target: label}}'},
  {
    ...claim,
    what: 'as its pictures',
    dataset: '{imageFolder: {volume: {claim: theirs, path: pets}}}',
    work: {task: 'ImageClassification', space: 'NasBench201'},
  },
  {...claim, what: 'as a volume', pod: '{volumes: [{name: v, persistentVolumeClaim: {claimName: theirs}}]}'},
  {...configMap, what: 'as a volume', pod: '{volumes: [{name: v, configMap: {name: theirs}}]}'},
  {
    ...configMap,
    what: 'as a variable',
    pod: inContainer(`env: [{name: A, valueFrom: {configMapKeyRef: ${reference}}}]`),
  },
  {...configMap, what: 'as all variables', pod: inContainer('envFrom: [{configMapRef: {name: theirs}}]')},
];

type Named = Pick<Naming, 'dataset' | 'pod' | 'work'>;
const table = {task: 'TabularClassification', space: 'Tabular'};

const manifest = ({dataset = '{builtin: breastCancer}', pod, work: {task, space} = table}: Named): string => `
apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: naming}
spec:
  task: ${task}
  dataset: ${dataset}
  objectives: [{metric: accuracy, goal: Maximize}]
  searchSpace: {type: ${space}}
  strategy: {type: Random}
  estimation: {maxEpochs: 2, trialDuration: 1m}
  limits: {trials: 1, gpuHours: 1}
  preflight: {mode: Disabled}
  template: {podTemplate: {spec: ${pod ?? '{}'}}}
`;

describe('the policy on named objects', () => {
  const namespace = namespaceOfSuite('naming');
  /** As a user who may make searches, and read what the test says. */
  const create = (naming: Named): Promise<Ended> => {
    const options = ['--dry-run=server', '--validate=strict', `--as=${user}`, '-n', namespace().name];
    return kubectl(['create', ...options, '-f', '-'], manifest(naming));
  };
  const allow = async (name: string, rule: object): Promise<void> => {
    const rights = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace().name}`;
    await agreed(call('POST', `${rights}/roles`, {metadata: {name}, rules: [rule]}));
    const roleRef = {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name};
    await agreed(
      call('POST', `${rights}/rolebindings`, {metadata: {name}, roleRef, subjects: [{kind: 'User', name: user}]}),
    );
  };

  before(async () => {
    await installResources();
    await applyTemplate('named-objects-policy.yaml');
    await allow('searcher', {apiGroups: ['archsearch.dev'], resources: ['architecturesearches'], verbs: ['create']});
    await waitFor('the policy is in effect', 60, async () => {
      const {stderr} = await create(namings[0] ?? assert.fail());
      return stderr.includes('may not get') ? true : undefined;
    });
  });

  test('lets a search that names nothing be made', async () => {
    assert.equal((await create({})).code, 0);
  });

  for (const naming of namings)
    test(`${naming.kind} ${naming.what}: refused to who may not get it`, async () => {
      const {code, stderr} = await create(naming);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`spec names ${naming.kind} theirs, which ${user} may not get: name another`));
    });

  test('whoever may get them may name them', async () => {
    for (const resource of ['secrets', 'persistentvolumeclaims', 'configmaps'])
      await allow(resource, {apiGroups: [''], resources: [resource], resourceNames: ['theirs'], verbs: ['get']});
    for (const naming of namings) {
      const {code, stderr} = await create(naming);
      assert.equal(code, 0, `${naming.kind} ${naming.what}: ${stderr}`);
    }
  });

  test('many names are refused rather than looked at in part', async () => {
    const volumes = Array.from({length: 9}, (_, at) => `{name: v${String(at)}, configMap: {name: theirs}}`);
    const {stderr} = await create({pod: `{volumes: [${volumes.join(', ')}]}`});
    assert.match(stderr, /spec names a ConfigMap in 9 places, and 8 are looked at/);
  });
});
