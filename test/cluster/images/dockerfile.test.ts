import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {promisify} from 'node:util';
import {images, installImages, onContainerd} from '../cluster.ts';
import {namespaceOfSuite} from '../namespace.ts';
import {ImageArchive} from './archive.ts';

// The Dockerfile itself, built by a builder that knows nothing of scripts/image-build.sh, gives the same image.

describe('the operator’s image, built from the Dockerfile by buildah', () => {
  const namespace = namespaceOfSuite('dockerfile', {'pod-security.kubernetes.io/enforce': 'restricted'});
  const folder = mkdtempSync(join(images, 'dockerfile-'));
  const built = new ImageArchive(join(folder, 'operator.tar'));
  before(async () => {
    // npm fetches packages, which the cluster's network has no way to.
    const outside = ['--net', '--target', process.env['ARCHSEARCH_CLUSTER_OUTSIDE'] ?? '1'];
    await promisify(execFile)('nsenter', [...outside, join(import.meta.dirname, 'dockerfile.sh'), 'operator', folder]);
  });
  after(() => {
    rmSync(folder, {recursive: true, force: true});
  });

  test('holds the same files as the one that the nodes got', async () => {
    await installImages();
    const [expected, found] = await Promise.all([ImageArchive.of('operator').files(), built.files()]);
    assert.ok(expected.length > 1000, String(expected.length));
    assert.deepEqual([...found].sort(), [...expected].sort());
  });

  test('is configured like it, but for the revision, which nobody gave', async () => {
    const {Labels: labels, ...expected} = await ImageArchive.of('operator').configuration();
    const {Labels: found, ...rest} = await built.configuration();
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(rest[name], value, name);
    const revision = 'org.opencontainers.image.revision';
    assert.deepEqual({...labels, [revision]: 'unknown'}, Object.fromEntries(Object.entries(found).filter(ofOci)));
  });

  test('runs in a Pod', async () => {
    await onContainerd('node-a', ['images', 'import', join(folder, 'operator.tar')]);
    const container = {
      name: 'operator',
      image: 'archsearch/operator:dockerfile',
      imagePullPolicy: 'Never',
      args: ['validate', '/app/examples/digits.yaml'],
      securityContext: {
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: {drop: ['ALL']},
        seccompProfile: {type: 'RuntimeDefault'},
      },
    };
    await namespace().create('validate', {spec: {nodeName: 'node-a', containers: [container]}});
    const pod = await namespace().untilEnded('validate');
    assert.equal(pod.status?.phase, 'Succeeded', await namespace().log('validate'));
  });
});

/** The builder adds labels of its own. */
const ofOci = ([name]: readonly [string, string]): boolean => name.startsWith('org.opencontainers.');
