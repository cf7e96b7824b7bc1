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
import {ImageArchive} from './archive.ts';

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

  /** What an image does in a Pod, and how it ends. */
  async function outcome(
    name: string,
    image: string,
    how: {readonly args?: readonly string[]; readonly command?: readonly string[]},
  ) {
    const container = {name: 'main', image: `archsearch/${image}:${version}`, ...how, securityContext: restricted};
    await namespace().create(name, {spec: {containers: [container]}});
    const pod = await namespace().untilEnded(name);
    return {phase: pod.status?.phase, log: await namespace().log(name)};
  }

  const operator = (name: string, args: readonly string[]) => outcome(name, 'operator', {args});

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

  test('the trial runner’s passes its self-test: no library is missing', async () => {
    const command = ['node', '/app/trial-runner/self-test.js'];
    const {phase, log} = await outcome('self-test', 'trial-runner', {command});
    assert.equal(phase, 'Succeeded', log);
    assert.match(log, /TensorFlow multiplies on cpu/);
  });

  test('the operator’s is less than 120 MB in a registry', async () => {
    const bytes = await ImageArchive.of('operator').compressed();
    assert.ok(bytes < 120e6, `${(bytes / 1e6).toFixed(0)} MB`);
  });

  for (const image of ['operator', 'trial-runner']) {
    const archive = () => ImageArchive.of(image);

    test(`${image}: runs as nobody in particular and can write to no file of its own`, async () => {
      const script = `try { require('fs').writeFileSync('/app/package.json', ''); } catch (error) { console.log(process.getuid(), error.code); }`;
      const {log} = await outcome(`writes-${image}`, image, {command: ['node', '-e', script]});
      assert.equal(log, '65532 EROFS\n');
    });

    test(`${image}: has no shell`, async () => {
      const shells = (await archive().files()).filter((path) => /\/bin\/(ba|da|z)?sh$/.test(path));
      assert.deepEqual(shells, []);
    });

    test(`${image}: carries the version of package.json as its label`, async () => {
      assert.equal((await archive().configuration()).Labels['org.opencontainers.image.version'], version);
    });

    test(`${image}: its bill names each npm package and each library in it, and no other`, async () => {
      const {components} = await archive().bill();
      const manifests = [...(await archive().texts('*/node_modules/*/package.json'))].filter(([path]) =>
        ofPackage.test(path),
      );
      const held = manifests.map(([, text]) => JSON.parse(text) as {readonly name: string; readonly version: string});
      const purls = components.flatMap(({purl = ''}) =>
        purl.startsWith('pkg:npm/') ? [decodeURIComponent(purl)] : [],
      );
      const expected = held.map(({name, version: at}) => `pkg:npm/${name}@${at}`);
      assert.ok(expected.length > 100, String(expected.length));
      assert.deepEqual([...new Set(purls)].sort(), [...new Set(expected)].sort());
      const located = components.flatMap(({evidence}) => evidence?.occurrences.map(({location}) => location) ?? []);
      const files = await archive().files();
      const native = files.filter((path) => /\.so(\.[\d.]+)?$/.test(path) || path === '/usr/bin/node');
      assert.deepEqual(
        native.filter((path) => !located.includes(path)),
        [],
      );
      assert.deepEqual(
        located.filter((path) => !files.includes(path)),
        [],
      );
    });
  }
});

/** Other manifests, deeper in a package, only say how the files beside them are read, or are fixtures of its tests. */
const ofPackage = /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/;
