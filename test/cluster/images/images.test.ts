import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {before, describe, test} from 'node:test';
import {parseTermination} from '../../../api/protocol.ts';
import {buildPod} from '../../../operator/pod.ts';
import {localPodSettings} from '../../../operator/pod-settings.ts';
import {aSearch, aTrial} from '../../builders.ts';
import {perceptron} from '../../trial-runner/child.ts';
import {agreed, call, installImages} from '../cluster.ts';
import {containerOf, namespaceOfSuite} from '../namespace.ts';

// The images that the Dockerfile describes, as ordinary Pods under the Pod Security Standard "restricted".

const {version} = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: {drop: ['ALL']},
  seccompProfile: {type: 'RuntimeDefault'},
};

describe('the images', () => {
  const namespace = namespaceOfSuite('images', {'pod-security.kubernetes.io/enforce': 'restricted'});
  before(installImages);

  /** What the operator's image does when it is called with these words, and how it ends. */
  async function operator(name: string, args: readonly string[]) {
    const image = `archsearch/operator:${version}`;
    const container = {name: 'operator', image, args, securityContext: restricted};
    await namespace().create(name, {spec: {containers: [container]}});
    const pod = await namespace().untilEnded(name);
    return {phase: pod.status?.phase, log: await namespace().log(name)};
  }

  test('the operator’s says its version', async () => {
    assert.deepEqual(await operator('version', ['--version']), {phase: 'Succeeded', log: `${version}\n`});
  });

  test('the operator’s checks a search', async () => {
    const {phase, log} = await operator('validate', ['validate', '/app/examples/digits.yaml']);
    assert.equal(phase, 'Succeeded', log);
  });

  test('the operator’s holds no TensorFlow', async () => {
    const {phase, log} = await operator('no-tensorflow', ['run', '/app/examples/digits.yaml']);
    assert.equal(phase, 'Failed');
    assert.match(log, /TensorFlow/);
  });

  test('the trial runner’s trains a trial in the Pod that the operator makes for it', async () => {
    const {name} = namespace();
    const search = aSearch({metadata: {namespace: name}});
    const trial = aTrial({
      metadata: {namespace: name},
      spec: {architecture: {...perceptron, family: 'Baseline'}, training: {}, epochs: 2, deadlineSeconds: 120},
    });
    const image = `archsearch/trial-runner:${version}`;
    const podSettings = {...localPodSettings, image, serviceAccountName: 'archsearch-trial'};
    await agreed(
      call('POST', `/api/v1/namespaces/${name}/serviceaccounts`, {metadata: {name: podSettings.serviceAccountName}}),
    );
    const {metadata, ...pod} = buildPod({search, podSettings, byName: new Map()}, trial);
    // Its owner exists in this test alone, so the garbage collector would take the Pod away.
    const {ownerReferences: _owner, ...kept} = metadata;
    await agreed(namespace().createFrom({...pod, metadata: kept}));
    await agreed(namespace().patch(metadata.name, {spec: {schedulingGates: []}}));
    const ended = await namespace().untilEnded(metadata.name, 120);
    const log = await namespace().log(metadata.name);
    assert.equal(ended.status?.phase, 'Succeeded', log);
    const record = parseTermination(containerOf(ended).state?.terminated?.message);
    assert.equal(record?.state, 'Succeeded', log);
    assert.ok((record.values?.['accuracy'] ?? 0) > 0.5, JSON.stringify(record));
  });
});
