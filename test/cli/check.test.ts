import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {ClusterDouble, ok, refused} from './cluster-double.ts';
import type {Reply} from './cluster-double.ts';

// `archsearch check` against servers that answer as a cluster does.

const group = '/apis/archsearch.dev/v1alpha1';
const kinds = (...names: readonly string[]) => ok({resources: names.map((name) => ({name}))});
const leaseOf = (holderIdentity: string, seconds: number): Reply =>
  ok({
    spec: {holderIdentity, leaseDurationSeconds: 15, renewTime: new Date(Date.now() - seconds * 1000).toISOString()},
  });

/** Path → reply, of a cluster on which all is well. */
const well: Readonly<Record<string, Reply>> = {
  [group]: kinds('architecturesearches', 'trials', 'gpuledgers'),
  '/apis/coordination.k8s.io/v1/namespaces/system/leases/archsearch-operator': leaseOf('operator-1', 3),
  '/readyz': ok('ok\n'),
  '/metrics': ok('# TYPE archsearch_operator_nats_connected gauge\narchsearch_operator_nats_connected 1\n'),
  [`${group}/namespaces/team/architecturesearches`]: {status: 201, body: {}},
};

const rows: readonly {
  readonly name: string;
  readonly changes: Readonly<Record<string, Reply>>;
  readonly says: RegExp;
}[] = [
  {
    name: 'the group is not served',
    changes: {[group]: refused(404, 'not found')},
    says: /are served: .*404.*apply crds/,
  },
  {
    name: 'a kind is not served',
    changes: {[group]: kinds('architecturesearches', 'trials')},
    says: /are served: gpuledgers are not served/,
  },
  {
    name: 'nobody holds the lease',
    changes: {'/apis/coordination.k8s.io/v1/namespaces/system/leases/archsearch-operator': leaseOf('', 1)},
    says: /holds the lease: it is free/,
  },
  {
    name: 'the lease is not renewed',
    changes: {'/apis/coordination.k8s.io/v1/namespaces/system/leases/archsearch-operator': leaseOf('operator-1', 90)},
    says: /holds the lease: operator-1 has not renewed it for \d+ s/,
  },
  {
    name: 'the operator is not ready',
    changes: {'/readyz': {status: 503, body: 'mirrors are not filled yet\n'}},
    says: /is ready: mirrors are not filled yet/,
  },
  {
    name: 'NATS is away',
    changes: {'/metrics': ok('archsearch_operator_nats_connected 0\n')},
    says: /keeps messages: the operator is not connected to JetStream/,
  },
  {
    name: 'a policy refuses searches',
    changes: {[`${group}/namespaces/team/architecturesearches`]: refused(403, 'not on Fridays')},
    says: /would be taken: the API server answered 403: not on Fridays/,
  },
];

describe('archsearch check', () => {
  const cluster = new ClusterDouble();
  let address = '';
  before(async () => {
    address = await cluster.start();
  });
  after(() => {
    cluster.stop();
  });

  const check = (): Promise<{readonly code: number; readonly stdout: string}> => {
    const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
    const where = ['--namespace=team', '--lease-namespace=system', `--health=${address}`, `--metrics=${address}`];
    const env = {...process.env, KUBECONFIG: cluster.kubeconfig};
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [main, 'check', ...where, '--seconds=1'], {env}, (error, stdout) => {
        resolve({code: typeof error?.code === 'number' ? error.code : 0, stdout});
      });
      child.stdin?.end();
    });
  };

  test('says of each demand that it is met, and makes nothing', async () => {
    cluster.replies = well;
    const {code, stdout} = await check();
    assert.equal(code, 0, stdout);
    assert.equal(stdout.match(/^ok /gm)?.length, 5);
    assert.deepEqual(
      cluster.asked.filter((request) => !request.startsWith('GET')).map((request) => request.split(' {')[0]),
      [`POST ${group}/namespaces/team/architecturesearches?dryRun=All`],
    );
  });

  for (const {name, changes, says} of rows)
    test(`says what is wrong when ${name}, and looks at the rest`, async () => {
      cluster.replies = {...well, ...changes};
      const {code, stdout} = await check();
      assert.equal(code, 1);
      assert.match(stdout, says);
      assert.equal(stdout.match(/^ok /gm)?.length, 4, stdout);
    });
});
