import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {kubectl, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {Walk, commandsOf, pageOf} from './guide.ts';
import type {Steps} from './guide.ts';
import {install, uninstall} from './installation.ts';
import {searchOf, untilOver} from './searches.ts';

// docs/cluster.md, from its first command to its last, by a team in a checkout.

const team = 'team-vision';
const walk = new Walk();

const untilPhase = (phase: string) =>
  waitFor(`the search is ${phase}`, 120, async () =>
    (await searchOf(team, 'digits')).status?.phase === phase ? true : undefined,
  );
const trialPods = ['get', 'pods', '--namespace', team, '--selector', 'archsearch.dev/search', '--output', 'name'];
const untilPodsAreThere = () =>
  waitFor('Pods are there', 240, async () => ((await kubectl(trialPods)).stdout.trim() === '' ? undefined : true));

const steps: Steps = [
  ['kubectl apply --namespace team-vision', {says: /digits created/, after: untilPodsAreThere}],
  ['kubectl get archs,trials', {says: /architecturesearch\.archsearch\.dev\/digits/}],
  ['kubectl describe archs digits', {says: /Accepted/}],
  [
    'kubectl patch archs digits --namespace team-vision --type merge -p \'{"spec": {"suspend": true',
    {says: /patched/, after: () => untilPhase('Suspended')},
  ],
  [
    'kubectl patch archs digits --namespace team-vision --type merge -p \'{"spec": {"suspend": false',
    {
      says: /patched/,
      after: async () => {
        const search = await untilOver(team, 900, 'digits');
        assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
        assert.equal(search.spec.limits.gpuHours, 3);
      },
    },
  ],
  ['npx archsearch report digits', {says: /the model is in winner\//}],
  ['npx archsearch replay', {says: /every decision was reproduced/}],
  ['kubectl delete archs digits', {says: /"digits" deleted/}],
];

describe('docs/cluster.md', {concurrency: false}, () => {
  before(async () => {
    await walk.begin();
    await kubectl(['create', 'namespace', team]);
    await install([team]);
  });
  after(async () => {
    await new TestNamespace(team).remove();
    await uninstall();
    walk.end();
  });

  for (const command of commandsOf(pageOf('cluster.md')))
    test(`works: ${command.slice(0, 100)}`, () => walk.take(command, steps));
});
