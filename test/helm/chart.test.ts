import assert from 'node:assert/strict';
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {describe, test} from 'node:test';
import {parseAllDocuments, parseDocument} from 'yaml';
import {archsearch} from '../cli/archsearch.ts';
import {chart, helm, objectsOf, root, template} from './chart.ts';

/** `ARCHSEARCH_GOLDENS=write` writes them anew: look at the difference before you commit it. */
const rewrite = process.env['ARCHSEARCH_GOLDENS'] === 'write';
const here = import.meta.dirname;
const names = readdirSync(join(here, 'values')).map((file) => basename(file, '.yaml'));
const valuesOf = (name: string): string[] => ['--values', join(here, 'values', `${name}.yaml`)];

describe('the chart', () => {
  for (const name of names) {
    test(`passes helm lint --strict with the values of ${name}`, async () => {
      assert.match(await helm('lint', '--strict', chart, ...valuesOf(name)), /0 chart\(s\) failed/);
    });

    test(`renders what is expected of it with the values of ${name}`, async () => {
      // the definitions are compared by themselves
      const rendered = await template(...valuesOf(name), '--set', 'crds.install=false');
      const golden = join(here, `${name}.golden.yaml`);
      if (rewrite) writeFileSync(golden, rendered);
      assert.equal(rendered, readFileSync(golden, 'utf8'));
    });

    test(`gives the program options that it has with the values of ${name}`, async () => {
      const containers = objectsOf(await template(...valuesOf(name)))
        .flatMap(({spec}) => spec?.template?.spec.containers ?? [])
        .filter(({name: container}) => container !== 'nats');
      assert.ok(containers.length >= 2);
      for (const {args = []} of containers) {
        const [command = '', ...options] = args;
        const {stdout: help} = archsearch([command, '--help']);
        for (const option of options)
          assert.ok(help.includes(` ${option.split('=')[0] ?? ''} `), `${command} ${option}`);
      }
    });
  }

  test('carries the definitions of crds/, to be kept when it goes', async () => {
    const folder = join(root, 'crds');
    const kept = {annotations: {'helm.sh/resource-policy': 'keep'}};
    const expected = readdirSync(folder).map((file) => {
      const definition = parseDocument(readFileSync(join(folder, file), 'utf8')).toJS() as {readonly metadata: object};
      return {...definition, metadata: {...definition.metadata, ...kept}};
    });
    const rendered = parseAllDocuments(await template('--show-only', 'templates/crds.yaml'));
    assert.deepEqual(
      rendered.map((document) => document.toJS() as unknown),
      expected,
    );
  });

  test('needs nothing of the cluster as a whole within one namespace', async () => {
    const objects = objectsOf(await template(...valuesOf('namespaced')));
    const namespaces = new Set(objects.map(({metadata}) => metadata.namespace));
    assert.deepEqual([...namespaces], ['archsearch-system']);
    const kinds = new Set(objects.map(({kind}) => kind));
    for (const kind of ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'ValidatingAdmissionPolicy'])
      assert.ok(!kinds.has(kind), kind);
  });

  test('has only accounts, rights and a network policy in a namespace that it looks after from another one', async () => {
    const objects = objectsOf(await template('--set', 'scope=Namespaced,searchNamespaces={team-sound}'));
    const there = objects.filter(({metadata}) => metadata.namespace === 'team-sound');
    assert.deepEqual(there.map(({kind, metadata}) => `${kind} ${metadata.name}`).toSorted(), [
      'NetworkPolicy archsearch-trials',
      'Role archsearch-operator',
      'Role archsearch-test-search',
      'RoleBinding archsearch-operator',
      'RoleBinding archsearch-test-search',
      'ServiceAccount archsearch-report',
      'ServiceAccount archsearch-trial',
    ]);
  });

  test('gives its test rights for as long as it runs, in the order in which they refer to each other', async () => {
    const objects = objectsOf(await template('--show-only', 'templates/tests/check.yaml'));
    const hooks = objects.map(({kind, metadata: {annotations = {}}}) => ({
      kind,
      on: annotations['helm.sh/hook'],
      goes: annotations['helm.sh/hook-delete-policy'],
      weight: Number(annotations['helm.sh/hook-weight'] ?? 0),
    }));
    for (const {kind, on, goes} of hooks)
      assert.deepEqual([on, goes], ['test', 'before-hook-creation,hook-succeeded'], kind);
    const order = hooks.toSorted((one, other) => one.weight - other.weight).map(({kind}) => kind);
    assert.deepEqual(order, ['ServiceAccount', 'Role', 'Role', 'RoleBinding', 'RoleBinding', 'Pod']);
  });

  test('has as many operators again after an uninstall that does not succeed, if there should be any', async () => {
    const hook = (replicas: number): Promise<string> =>
      template('--show-only', 'templates/release-hook.yaml', '--set', `operator.replicas=${String(replicas)}`);
    assert.match(await hook(3), /- --replicas=3\n/);
    assert.doesNotMatch(await hook(0), /--replicas/);
  });
});

describe('values', () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['operater.replicas=1', /additional properties 'operater' not allowed/],
    ['operator.replica=1', /at '\/operator': additional properties 'replica' not allowed/],
    ['operator.replicas=two', /at '\/operator\/replicas': got string, want integer/],
    ['operator.logLevel=loud', /at '\/operator\/logLevel': value must be one of 'trace'/],
    ['scope=Galaxy', /at '\/scope': value must be one of 'Cluster', 'Namespaced'/],
    ['scope=Namespaced,searchNamespaces={a,b}', /at '\/searchNamespaces': maxItems: got 2, want 1/],
    ['searchNamespaces={Team}', /at '\/searchNamespaces\/0': 'Team' does not match/],
    ['nats.storage.size=10GB', /at '\/nats\/storage\/size': '10GB' does not match/],
    ['nats.storage.type=Disk', /at '\/nats\/storage\/type': value must be one of 'Claim', 'EmptyDir'/],
    ['nats.url=nats:4222', /at '\/nats\/url': 'nats:4222' does not match/],
    ['metrics.serviceMonitor.interval=often', /at '\/metrics\/serviceMonitor\/interval': 'often' does not match/],
    ['uninstall.settleSeconds=0', /at '\/uninstall\/settleSeconds': minimum: got 0, want 1/],
  ];
  for (const [set, message] of refusals)
    test(`are refused when they are wrong: ${set}`, async () => {
      await assert.rejects(template('--set', set), ({stderr}: {readonly stderr: string}) => message.test(stderr));
    });

  test('have a comment each', () => {
    const lines = readFileSync(join(chart, 'values.yaml'), 'utf8').split('\n');
    const silent = lines.filter((line, at) => {
      const [, key, value] = /^ *(\w+):(.*)$/.exec(line) ?? [];
      const isGroup = value === '';
      return key !== undefined && !isGroup && !excused.has(key) && !(lines[at - 1] ?? '').trim().startsWith('#');
    });
    assert.deepEqual(silent, []);
  });
});

/** What says itself, or is explained with those above it. */
const excused = new Set(['tag', 'tolerations', 'affinity', 'priorityClassName', 'enabled', 'requests', 'limits']);
