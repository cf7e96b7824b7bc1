import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {parse} from 'yaml';
import {root} from '../../helm/chart.ts';
import {agreed, call, kubectl, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {Prometheus} from '../prometheus.ts';
import type {ScrapeConfiguration} from '../prometheus.ts';
import {Walk, commandsOf, fileOf, pageOf} from './guide.ts';
import type {Steps} from './guide.ts';
import {prepare, systemNamespace, testOptions, uninstall} from './installation.ts';
import {apply} from './searches.ts';

// docs/operations.md, from its first command to its last but for those within one namespace, by an administrator in a checkout.

const page = pageOf('operations.md');
const within = new Set(commandsOf(pageOf('operations.md', 'Within one namespace')));
const commands = commandsOf(page).filter((command) => !within.has(command));
const team = 'team-vision';
const walk = new Walk();
const withoutRegistry = (text: string): string => text.replaceAll('registry.example.com/', '');
const asHere = (command: string): string => `${command} ${testOptions.join(' ')} --set operator.replicas=2`;

const namespaceCode = async (): Promise<number> => (await call('GET', `/api/v1/namespaces/${team}`)).code;
const runningPods = [
  'get',
  'pods',
  '--namespace',
  team,
  '--field-selector',
  'status.phase=Running',
  '--output',
  'name',
];
const untilPodRuns = () =>
  waitFor('a Pod runs', 240, async () => ((await kubectl(runningPods)).stdout.trim() === '' ? undefined : true));

/** Of the Prometheus operator, as far as the chart needs it. */
const monitors = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {name: 'servicemonitors.monitoring.coreos.com'},
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: {
      plural: 'servicemonitors',
      singular: 'servicemonitor',
      kind: 'ServiceMonitor',
      listKind: 'ServiceMonitorList',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {openAPIV3Schema: {type: 'object', 'x-kubernetes-preserve-unknown-fields': true}},
      },
    ],
  },
};
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** What the page asks Prometheus has an answer, by the configuration that the page has. */
async function isMonitored(): Promise<void> {
  const own = parse(fileOf(page, 'prometheus.yaml')) as ScrapeConfiguration;
  const prometheus = await Prometheus.start(systemNamespace, 1, own);
  try {
    const [progress = '', problem = ''] = [...page.matchAll(/```promql\n(.*?)```/gs)].map(([, query = '']) => query);
    await waitFor('the search is seen', 60, async () => {
      const points = await prometheus.query(progress);
      return points.some(({labels}) => labels['namespace'] === team && labels['search'] === 'digits')
        ? true
        : undefined;
    });
    await prometheus.query(problem);
  } finally {
    await prometheus.stop();
  }
}

const steps: Steps = [
  ['kubectl get nodes', {says: /node-a +8\n/}],
  ['kubectl create namespace team-vision', {says: /created/}],
  ['kubectl label namespace', {says: /labeled/}],
  ['kubectl create rolebinding vision', {says: /created/}],
  ['helm upgrade --install', {as: asHere, says: /STATUS: deployed/}],
  ['helm test', {says: /Phase: +Succeeded/}],
  ['kubectl get pods --namespace archsearch-system', {says: /archsearch-operator-\S+ +1\/1 +Running/}],
  ['helm upgrade archsearch', {as: asHere, says: /STATUS: deployed/}],
  ['kubectl apply --namespace team-vision', {says: /digits created/, after: isMonitored}],
  ['kubectl get archs,trials', {says: /architecturesearch\.archsearch\.dev\/digits/}],
  ['kubectl logs', {says: /"msg":/}],
  ['helm uninstall', {before: untilPodRuns, says: /uninstalled/}],
  ['kubectl delete pvc,secret', {says: /"archsearch-nats" deleted/}],
  // the searches of other tests would go with them
  ['kubectl delete -f crds/', {as: (command) => `${command} --dry-run=server`, says: /deleted \(server dry run\)/}],
  [
    'kubectl get pods --namespace team-vision --selector archsearch.dev/search --output name | xargs',
    {
      // what is left to the glass: a search with a Pod that runs, and nobody who looks after it
      before: async () => {
        await walk.take(commands.find((command) => command.startsWith('helm upgrade --install')) ?? '', steps);
        await apply(team, readFileSync(walk.example, 'utf8').replace('name: digits', 'name: abandoned'));
        await untilPodRuns();
        await walk.take(`helm uninstall archsearch --namespace ${systemNamespace} --no-hooks --wait`, [['helm', {}]]);
        await kubectl(['delete', 'namespace', team, '--wait=false']);
        assert.equal(await namespaceCode(), 200, 'it is held');
      },
      says: /patched/,
    },
  ],
  ['kubectl get trials --namespace team-vision --output name | xargs', {says: /patched/}],
  ['kubectl get gpuledgers', {says: /patched/}],
  [
    'kubectl get archs --namespace team-vision --output name | xargs',
    {
      says: /patched/,
      after: () =>
        waitFor('the namespace is gone', 120, async () => ((await namespaceCode()) === 404 ? true : undefined)),
    },
  ],
];

describe('docs/operations.md', {concurrency: false}, () => {
  before(async () => {
    await walk.begin();
    walk.write('archsearch.yaml', withoutRegistry(fileOf(page, 'archsearch.yaml')));
    await prepare();
    await agreed(call('POST', definitions, monitors));
  });
  after(async () => {
    await new TestNamespace(team).remove();
    await call('DELETE', `${definitions}/${monitors.metadata.name}`);
    await uninstall();
    walk.end();
  });

  test('builds stages that the Dockerfile has, and pushes what it has built', () => {
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    const stages = new Set([...dockerfile.matchAll(/ AS (\S+)$/gm)].map(([, name]) => name));
    const built = commands.flatMap((command) => [...command.matchAll(/docker build --target (\S+) --tag (\S+) \.$/g)]);
    const pushed = commands.flatMap((command) => [...command.matchAll(/docker push (\S+)$/g)]);
    for (const [, stage] of built) assert.ok(stages.has(stage), stage);
    assert.deepEqual(
      built.map(([, , tag]) => tag),
      pushed.map(([, tag]) => tag),
    );
    assert.equal(built.length, 2);
  });

  for (const command of commands.filter((line) => !line.startsWith('docker ')))
    test(`works: ${command.slice(0, 100)}`, () => walk.take(command, steps));
});
