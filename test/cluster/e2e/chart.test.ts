import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import type {KubernetesObject, Stored} from '../../../api/meta.ts';
import {packageVersion} from '../../../cli/package.ts';
import {agreed, call, kubectl, onContainerd, waitFor} from '../cluster.ts';
import {helm} from '../helm.ts';
import {TestNamespace} from '../namespace.ts';
import {helmInstall, prepare, systemNamespace, uninstall} from './installation.ts';
import {apply, listOf, searchOf, shellSearch, untilOver} from './searches.ts';
import {Witness} from './witness.ts';

// The chart's life on a cluster: installed, upgraded and uninstalled while searches run, and installed again.

const restricted = {'pod-security.kubernetes.io/enforce': 'restricted'};
const lease = `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases/archsearch-operator`;

/** Trials that run for so long and end with a result, or at once when they are told to. */
const manifest = (name: string, trials: number, seconds: number, probes = ''): string =>
  shellSearch({
    name,
    script:
      `trap 'exit 1' TERM; sleep ${String(seconds)} & wait $!; accuracy=0.5; ${probes} ` +
      `printf '{"version":1,"state":"Succeeded","values":{"accuracy":'$accuracy'},"epoch":1,"epochs":1,"device":"none"}' > /dev/termination-log`,
    limits: `trials: ${String(trials)}, parallelTrials: 2`,
    trialDuration: '5m',
  });

interface Pod {
  readonly metadata: {readonly name: string; readonly uid: string};
  readonly spec: {readonly nodeName?: string};
}
async function operatorPods(): Promise<readonly Pod[]> {
  const selector = 'labelSelector=app.kubernetes.io/component=operator';
  const list = await agreed(call('GET', `/api/v1/namespaces/${systemNamespace}/pods?${selector}`));
  return (list as {readonly items: readonly Pod[]}).items;
}
async function leader(): Promise<string> {
  const {object} = await call('GET', lease);
  return (object as {readonly spec?: {readonly holderIdentity?: string}} | undefined)?.spec?.holderIdentity ?? '';
}

/** A tag of its own for the images of this tree. */
async function tagImages(tag: string): Promise<void> {
  for (const node of ['node-a', 'node-b'] as const)
    for (const image of ['operator', 'trial-runner']) {
      const name = `docker.io/archsearch/${image}`;
      await onContainerd(node, ['images', 'tag', '--force', `${name}:${packageVersion}`, `${name}:${tag}`]);
    }
}

const heldOf = (objects: readonly Stored<KubernetesObject>[]): string[] =>
  objects
    .filter(({metadata}) => (metadata.finalizers ?? []).some((name) => name.startsWith('archsearch.dev/')))
    .map(({kind, metadata}) => `${kind} ${metadata.name}`);

async function heldIn(namespace: string): Promise<string[]> {
  const pods = await agreed(call('GET', `/api/v1/namespaces/${namespace}/pods`));
  return heldOf([
    ...(await listOf(namespace, 'architecturesearches')),
    ...(await listOf(namespace, 'trials')),
    ...(await listOf(namespace, 'gpuledgers')),
    ...(pods as {readonly items: readonly Stored<KubernetesObject>[]}).items,
  ]);
}

/** Why a search goes on, or does not. */
async function reasonOf(namespace: string, name: string): Promise<string | undefined> {
  const {status} = await searchOf(namespace, name);
  return status?.conditions?.find(({type}) => type === 'Progressing')?.reason;
}

const untilRunning = (namespace: string, search: string): Promise<true> =>
  waitFor(`a Pod of ${search} runs`, 120, async () => {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=archsearch.dev/search=${search}`;
    const {items} = (await agreed(call('GET', `${path}&fieldSelector=status.phase=Running`))) as {
      items: readonly Pod[];
    };
    return items.length > 0 ? true : undefined;
  });

/** Who may do what in a team's namespace: a role of the cluster's own, and the answers for its verbs. */
type Rights = readonly (readonly [verb: string, resource: string, view: boolean, edit: boolean])[];
const rights: Rights = [
  ['get', 'architecturesearches', true, true],
  ['watch', 'trials', true, true],
  ['list', 'gpuledgers', true, true],
  ['create', 'architecturesearches', false, true],
  ['patch', 'architecturesearches', false, true],
  ['delete', 'architecturesearches', false, true],
  ['delete', 'trials', false, true],
  ['create', 'trials', false, false],
  ['patch', 'trials', false, false],
  ['update', 'gpuledgers', false, false],
  ['delete', 'gpuledgers', false, false],
  ['patch', 'architecturesearches/status', false, false],
  ['patch', 'trials/status', false, false],
];

async function mayDo(user: string, namespace: string, verb: string, path: string): Promise<boolean> {
  const [resource, subresource] = path.split('/');
  const resourceAttributes = {namespace, verb, group: 'archsearch.dev', resource, ...(subresource && {subresource})};
  const review = {spec: {user, groups: ['system:authenticated'], resourceAttributes}};
  const {status} = (await agreed(call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review))) as {
    readonly status: {readonly allowed: boolean};
  };
  return status.allowed;
}

/** A disk of node-a, for whoever asks for the class `by-hand`. */
const diskAt = (path: string): unknown => ({
  metadata: {name: 'archsearch-disk'},
  spec: {
    capacity: {storage: '10Gi'},
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'by-hand',
    local: {path},
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{matchExpressions: [{key: 'kubernetes.io/hostname', operator: 'In', values: ['node-a']}]}],
      },
    },
  },
});

describe('the chart', {concurrency: false}, () => {
  const held = new Map<string, TestNamespace>();
  const disk = mkdtempSync(join(tmpdir(), 'archsearch-disk-'));
  const named = (name: 'team' | 'other'): string => held.get(name)?.name ?? assert.fail(`no ${name}`);
  const values = (): string[] => [`searchNamespaces={${named('team')},${named('other')}}`, 'operator.replicas=2'];
  before(async () => {
    await prepare();
    for (const name of ['team', 'other']) held.set(name, await TestNamespace.create(name, restricted));
    await call('POST', '/api/v1/namespaces', {metadata: {name: systemNamespace}});
    await kubectl([
      'label',
      '--overwrite',
      'namespace',
      systemNamespace,
      'pod-security.kubernetes.io/enforce=restricted',
    ]);
    await tagImages('next');
  });
  after(async () => {
    for (const namespace of held.values()) await namespace.remove();
    await kubectl(['delete', 'pvc', '--all', '--namespace', systemNamespace]);
    await kubectl(['delete', 'pv', 'archsearch-disk', '--ignore-not-found']);
    rmSync(disk, {recursive: true});
    await uninstall();
  });

  test('is installed where Pods must be restricted, with replicas on two nodes', async () => {
    await helmInstall({values: values()});
    const nodes = (await operatorPods()).map(({spec}) => spec.nodeName);
    assert.deepEqual(nodes.toSorted(), ['node-a', 'node-b']);
  });

  test('is found to work by helm test', async () => {
    assert.match(
      await helm('test', 'archsearch', '--namespace', systemNamespace, '--timeout=120s'),
      /Phase: +Succeeded/,
    );
  });

  test('leaves room in the Secret that helm keeps of it, which holds 1 MiB', async () => {
    const {stdout} = await kubectl(['get', 'secrets', '-n', systemNamespace, '-l', 'owner=helm', '-o', 'json']);
    const {items} = JSON.parse(stdout) as {readonly items: readonly {readonly data: {readonly release: string}}[]};
    assert.ok(items.length > 0);
    for (const {data} of items) assert.ok(data.release.length < 500_000, String(data.release.length));
  });

  for (const [at, role] of (['view', 'edit'] as const).entries())
    test(`lets people with the cluster’s role ${role} do what is theirs, and write no log and no account`, async () => {
      const user = `${role}er`;
      const bound = ['--clusterrole', role, '--user', user, '--namespace', named('team')];
      await kubectl(['create', 'rolebinding', user, ...bound]);
      await waitFor('the role has them in it', 30, async () =>
        (await mayDo(user, named('team'), 'get', 'trials')) ? true : undefined,
      );
      for (const [verb, resource, ...expected] of rights)
        assert.equal(await mayDo(user, named('team'), verb, resource), expected[at], `${verb} ${resource}`);
      assert.equal(await mayDo(user, named('other'), 'get', 'trials'), false, 'elsewhere');
    });

  test('keeps trials to DNS and NATS, and NATS to trials and operator', async () => {
    const reach = (host: string, port: number, thousandths: number): string =>
      `nc -w 3 ${host} ${String(port)} < /dev/null > /dev/null && sum=$((sum + ${String(thousandths)}));`;
    const [operator] = await operatorPods();
    const {status} = (await agreed(
      call('GET', `/api/v1/namespaces/${systemNamespace}/pods/${operator?.metadata.name ?? ''}`),
    )) as {readonly status: {readonly podIP: string}};
    const probes = [
      'sum=100;',
      reach(`archsearch-nats.${systemNamespace}`, 4222, 400),
      reach('kubernetes.default', 443, 20),
      reach(status.podIP, 8081, 3),
      'accuracy=0.$sum;',
    ].join(' ');
    await apply(named('other'), manifest('probing', 1, 1, probes));
    const search = await untilOver(named('other'), 180, 'probing');
    assert.equal(search.status?.best?.values['accuracy'], 0.5, JSON.stringify(search.status));
    const stranger = held.get('team') ?? assert.fail();
    const script = `nc -w 3 archsearch-nats.${systemNamespace} 4222 < /dev/null && exit 1; nc -w 3 kubernetes.default 443 < /dev/null`;
    const container = {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}};
    const security = {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: 'RuntimeDefault'}};
    await stranger.createFrom({
      metadata: {name: 'stranger'},
      spec: {
        restartPolicy: 'Never',
        securityContext: security,
        containers: [
          {name: 'probe', image: 'registry.local/busybox:1', command: ['sh', '-c', script], securityContext: container},
        ],
      },
    });
    assert.equal(
      (await stranger.untilEnded('stranger')).status?.phase,
      'Succeeded',
      'NATS is not for it, and others are',
    );
  });

  test('goes on when the leader is killed, and when it is upgraded: nothing is lost, no trial starts twice', async () => {
    const witness = new Witness(named('team'), 'under-way');
    witness.start();
    await apply(named('team'), manifest('under-way', 8, 6));
    await untilRunning(named('team'), 'under-way');
    const first = await leader();
    const pod = (await operatorPods()).find(({metadata}) => first.startsWith(metadata.name)) ?? assert.fail(first);
    await call('DELETE', `/api/v1/namespaces/${systemNamespace}/pods/${pod.metadata.name}`, {gracePeriodSeconds: 0});
    await waitFor('the other one leads', 60, async () => {
      const now = await leader();
      return now !== '' && now !== first && !now.startsWith(pod.metadata.name) ? true : undefined;
    });
    await helmInstall({
      values: [...values(), 'image.tag=next', 'trialImage.tag=next', 'operator.workers=2', 'operator.logLevel=info'],
    });
    const search = await untilOver(named('team'), 240, 'under-way');
    await witness.stop();
    assert.deepEqual([search.status?.phase, search.status?.trials?.succeeded], ['Succeeded', 8]);
    const pods = [...witness.seen.values()].map(({name}) => name);
    const once = Array.from({length: 8}, (_, at) => `under-way-c${String(at + 1)}-1`);
    assert.deepEqual(pods.toSorted(), once);
  });

  test('is uninstalled with a search under way: it is settled, said and let go, and stays to be read', async () => {
    for (const namespace of [named('team'), named('other')]) {
      await apply(namespace, manifest('left', 2, 15));
      await untilRunning(namespace, 'left');
    }
    await helm('uninstall', 'archsearch', '--namespace', systemNamespace, '--wait', '--timeout=180s');
    for (const namespace of [named('team'), named('other')]) {
      assert.deepEqual(await heldIn(namespace), []);
      const {stdout} = await kubectl(['get', 'archs,trials', '--namespace', namespace]);
      assert.match(stdout, /architecturesearch\.archsearch\.dev\/left +Suspended/);
      assert.match(stdout, /trial\.archsearch\.dev\/left-c1 /);
      const ledgers = await listOf(namespace, 'gpuledgers');
      const {spec} = ledgers.find(({metadata}) => metadata.name === 'left') ?? assert.fail('no account');
      assert.deepEqual(spec.open, {}, 'nothing is promised any more');
      assert.ok(spec.wasted.gpuMilliseconds > 0, 'what ran was charged');
    }
    assert.equal(await reasonOf(named('team'), 'left'), 'Uninstalled');
    assert.equal((await searchOf(named('team'), 'under-way')).status?.phase, 'Succeeded');
    await waitFor('nothing of it is left but what searches are', 60, async () => {
      const {stdout} = await kubectl(['get', 'all,sa,cm,netpol', '-n', systemNamespace, '-o', 'name']);
      return stdout.includes('archsearch') ? undefined : true;
    });
  });

  test('leaves namespaces that go when they are deleted, with nobody to look after them', async () => {
    await kubectl(['delete', 'namespace', named('other'), '--timeout=90s']);
    assert.equal((await call('GET', `/api/v1/namespaces/${named('other')}`)).code, 404);
  });

  test('is installed again, with NATS on a volume: the search that was under way is held again and comes to its end', async () => {
    await agreed(call('POST', '/api/v1/persistentvolumes', diskAt(disk)));
    await helmInstall({
      values: [`searchNamespaces={${named('team')}}`, 'nats.storage.type=Claim', 'nats.storage.className=by-hand'],
    });
    await waitFor('it is held again', 60, async () =>
      (await heldIn(named('team'))).includes('GpuLedger left') ? true : undefined,
    );
    const search = await untilOver(named('team'), 240, 'left');
    assert.deepEqual([search.status?.phase, search.status?.trials?.succeeded], ['Succeeded', 2]);
    const [first] = (await listOf(named('team'), 'trials')).filter(({metadata}) => metadata.name === 'left-c1');
    assert.deepEqual(
      first?.status?.attempts?.map(({reason}) => reason),
      ['Interrupted', 'Completed'],
    );
    assert.ok(existsSync(join(disk, 'jetstream')), 'NATS keeps its messages on the volume');
  });

  test('leaves the volume when it is uninstalled', async () => {
    await helm('uninstall', 'archsearch', '--namespace', systemNamespace, '--wait', '--timeout=180s');
    const {stdout} = await kubectl(['get', 'pvc', '-n', systemNamespace, '-o', 'jsonpath={.items[*].status.phase}']);
    assert.equal(stdout, 'Bound');
  });
});
