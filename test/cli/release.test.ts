import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {ClusterDouble, ok, refused} from './cluster-double.ts';

// `archsearch release` where it cannot do its work; that it does it is seen on a real cluster.

const scale = '/apis/apps/v1/namespaces/system/deployments/archsearch-operator/scale';
const lease = '/apis/coordination.k8s.io/v1/namespaces/system/leases/archsearch-operator';
const held = ok({
  metadata: {name: 'archsearch-operator', namespace: 'system', resourceVersion: '1'},
  spec: {holderIdentity: 'somebody', leaseDurationSeconds: 60, leaseTransitions: 1},
});

describe('archsearch release', () => {
  const cluster = new ClusterDouble();
  before(() => cluster.start());
  after(() => {
    cluster.stop();
  });

  const release = (...options: readonly string[]) => {
    const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
    const env = {...process.env, KUBECONFIG: cluster.kubeconfig};
    const child = spawn(process.execPath, [main, 'release', '--lease-namespace=system', ...options], {env});
    let words = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (words += chunk.toString()));
    return {child, ended: once(child, 'exit') as Promise<[number | null]>, words: () => words};
  };
  const scalings = (): string[] => cluster.asked.filter((request) => request.startsWith(`PATCH ${scale}`));

  test('says which right it lacks', async () => {
    cluster.replies = {[scale]: refused(403, 'jane cannot get deployments/scale')};
    const {ended, words} = release();
    const [code] = await ended;
    assert.equal(code, 1);
    assert.match(words(), /Deployment system\/archsearch-operator could not be scaled to 0: .*jane cannot get/);
    assert.match(words(), /it takes get and patch on deployments\/scale/);
  });

  const endings: readonly {
    readonly name: string;
    readonly found: number;
    readonly options: readonly string[];
    readonly left: number;
  }[] = [
    {name: 'leaves as many operators as it found', found: 2, options: [], left: 2},
    {
      name: 'leaves as many as there should be when an attempt before it died and left none',
      found: 0,
      options: ['--replicas=2'],
      left: 2,
    },
  ];
  for (const {name, found, options, left} of endings)
    test(`${name}, when it is told to end before it is done`, async () => {
      cluster.asked.length = 0;
      cluster.replies = {[scale]: ok({spec: {replicas: found}}), [lease]: held};
      const {child, ended, words} = release(...options);
      while (!cluster.asked.some((request) => request === `GET ${lease}`)) await pause(20);
      child.kill('SIGTERM');
      const [code] = await ended;
      assert.equal(code, 1);
      assert.match(words(), /ended by SIGTERM/);
      const to = (replicas: number): string => `PATCH ${scale} {"spec":{"replicas":${String(replicas)}}}`;
      assert.deepEqual(scalings(), [to(0), to(left)]);
    });

  test('says what is wrong with a number of operators, and asks nothing of the cluster', async () => {
    cluster.asked.length = 0;
    const {ended, words} = release('--replicas=none');
    const [code] = await ended;
    assert.equal(code, 2);
    assert.match(words(), /--replicas none is not a whole number above 0/);
    assert.deepEqual(cluster.asked, []);
  });
});
