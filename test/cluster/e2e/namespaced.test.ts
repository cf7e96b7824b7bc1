import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {agreed, call, kubectl, waitFor} from '../cluster.ts';
import {helm} from '../helm.ts';
import {TestNamespace} from '../namespace.ts';
import {Walk, commandsOf, pageOf} from './guide.ts';
import type {Steps} from './guide.ts';
import {prepare, testOptions, uninstall} from './installation.ts';
import {apply as applyAsAdministrator, listOf, searchOf, shellSearch, untilOver} from './searches.ts';

// archsearch in one namespace, by somebody who has rights in that namespace alone.

const restricted = {'pod-security.kubernetes.io/enforce': 'restricted'};
const user = 'jane';
const own = 'team-sound';
const walk = new Walk();
const asUser = ['--kube-as-user', user, '--kube-as-group', 'system:authenticated'];

const manifest = (name: string): string =>
  shellSearch({
    name,
    script: `printf '{"version":1,"state":"Succeeded","values":{"accuracy":0.5},"epoch":1,"epochs":1,"device":"none"}' > /dev/termination-log`,
    limits: 'trials: 2, parallelTrials: 2',
    trialDuration: '1m',
  });
const naming = manifest('naming').replace(
  'command:',
  'env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: token, key: token}}}]\n            command:',
);

const byUser = (command: string): string => `${command} ${asUser.join(' ')}`;
const steps: Steps = [
  [
    'kubectl apply --server-side -f crds/',
    {as: (command) => `${command} --force-conflicts`, says: /serverside-applied/},
  ],
  ['kubectl create', {says: /created/}],
  [
    'helm upgrade --install',
    {as: (command) => `${byUser(command)} ${testOptions.join(' ')}`, says: /STATUS: deployed/},
  ],
  ['helm test', {as: byUser, says: /Phase: +Succeeded/}],
];

describe('archsearch in one namespace', {concurrency: false}, () => {
  const held: TestNamespace[] = [];
  const other = (): string => held[1]?.name ?? assert.fail();
  const apply = (namespace: string, text: string) =>
    kubectl(['apply', '--as', user, '--as-group', 'system:authenticated', '--namespace', namespace, '-f', '-'], text);
  before(async () => {
    await prepare();
    await agreed(call('POST', '/api/v1/namespaces', {metadata: {name: own, labels: restricted}}));
    held.push(new TestNamespace(own), await TestNamespace.create('other', restricted));
    await walk.begin();
    walk.write('archsearch.yaml', 'operator: {workers: 2}\n');
  });
  after(async () => {
    for (const namespace of held) await namespace.remove();
    await uninstall();
    walk.end();
  });

  for (const command of commandsOf(pageOf('operations.md', 'Within one namespace')))
    test(`is prepared by an administrator, and installed by somebody without rights in the cluster: ${command.slice(0, 60)}`, () =>
      walk.take(command, steps));

  test('runs searches, and says that no policy guards their graces', async () => {
    assert.equal((await apply(own, manifest('small'))).code, 0);
    const search = await untilOver(own, 180, 'small');
    assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
    const guarded = search.status.conditions?.find(({type}) => type === 'GraceGuarded');
    assert.deepEqual([guarded?.status, guarded?.reason], ['False', 'GraceUnguarded']);
  });

  test('takes no search that names a Secret: nobody could say whether its author may read it', async () => {
    assert.equal((await apply(own, naming)).code, 0);
    const search = await waitFor('it is refused', 60, async () => {
      const found = await searchOf(own, 'naming');
      return found.status?.phase === 'Failed' ? found : undefined;
    });
    assert.match(JSON.stringify(search.status?.conditions), /names Secret token, and no admission policy checks/);
  });

  test('sees nothing of other namespaces', async () => {
    await applyAsAdministrator(other(), manifest('elsewhere'));
    const account = `system:serviceaccount:${own}:archsearch-operator`;
    for (const [verb, kind] of [
      ['list', 'architecturesearches.archsearch.dev'],
      ['list', 'pods'],
      ['list', 'nodes'],
    ] as const) {
      const {stdout} = await kubectl(['auth', 'can-i', verb, kind, '--namespace', other(), '--as', account]);
      assert.equal(stdout.trim(), 'no', `${verb} ${kind}`);
    }
    assert.equal((await searchOf(other(), 'elsewhere')).status, undefined);
  });

  test('is uninstalled by the same person, and its searches stay', async () => {
    await helm('uninstall', 'archsearch', '--namespace', own, '--wait', '--timeout=180s', ...asUser);
    assert.deepEqual(
      (await listOf(own, 'architecturesearches')).map(({metadata}) => [metadata.name, metadata.finalizers]),
      [
        ['naming', undefined],
        ['small', undefined],
      ],
    );
  });
});
