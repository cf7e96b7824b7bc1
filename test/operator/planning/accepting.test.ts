import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {SearchSpec, SearchStatus} from '../../../api/search.ts';
import type {PodAnswer} from '../../../operator/pod-answers.ts';
import {localPodSettings} from '../../../operator/pod-settings.ts';
import {accepted, conditionOf, kindsOf, planOf, refused, searchOf, statusOf} from './situations.ts';

const dryRun = 'search-dry-run';
const newSearch = (spec: Partial<SearchSpec> = {}) => searchOf(spec, {});
const template = (podTemplate: Record<string, unknown>) => ({template: {gpus: 1, threads: 1, podTemplate}});
const naming = template({spec: {imagePullSecrets: [{name: 'registry'}]}});
const taken: PodAnswer = {kind: 'Taken'};

/** Each row: what the API server said of such a Pod, and what is asked and told next. */
const answers: readonly (readonly [
  name: string,
  answer: PodAnswer | undefined,
  next: {readonly actions: readonly string[]; readonly accepted?: readonly [string, string]; readonly phase: string},
])[] = [
  ['nothing is known yet: it is asked', undefined, {actions: ['DryRunPod'], phase: 'Pending'}],
  ['it takes such Pods: accepted', taken, {actions: [], accepted: ['True', 'Accepted'], phase: 'Pending'}],
  [
    'the Pod is invalid: rejected for good',
    refused('Invalid', 'Pod "a" is invalid: spec.x: no'),
    {actions: [], accepted: ['False', 'PodRejected'], phase: 'Failed'},
  ],
  [
    'no quota: waits',
    refused('Forbidden', 'pods "a" is forbidden: exceeded quota: q'),
    {actions: [], accepted: ['False', 'QuotaExceeded'], phase: 'Pending'},
  ],
  [
    'no quota, a while ago: asked again',
    refused('Forbidden', 'pods "a" is forbidden: exceeded quota: q', 3, 40),
    {actions: ['DryRunPod'], accepted: ['False', 'QuotaExceeded'], phase: 'Pending'},
  ],
  [
    'forbidden for another reason, which may pass: waits',
    refused('Forbidden', 'serviceaccount "archsearch-trial" not found'),
    {actions: [], accepted: ['False', 'PodRejected'], phase: 'Pending'},
  ],
];
for (const [name, answer, expected] of answers)
  test(`before a search is accepted the API server is asked for a Pod: ${name}`, () => {
    const actions = planOf({search: newSearch(), answers: answer === undefined ? {} : {[dryRun]: answer}});
    const condition = conditionOf(actions, 'Accepted');
    assert.deepEqual(kindsOf(actions), expected.actions);
    assert.deepEqual(condition && [condition.status, condition.reason], expected.accepted);
    assert.equal(statusOf(actions).phase, expected.phase);
    if (answer?.kind === 'Refused') assert.ok(condition?.message.includes(answer.message), condition?.message);
  });

test('a suspended search may be accepted, and starts nothing', () => {
  assert.deepEqual(kindsOf(planOf({search: newSearch({suspend: true})})), ['DryRunPod']);
  const actions = planOf({search: newSearch({suspend: true}), answers: {[dryRun]: taken}});
  assert.equal(conditionOf(actions, 'Accepted')?.status, 'True');
});

test('the Pod of the dry run is one as trials have it', () => {
  const [action] = planOf({search: newSearch({...naming, suspend: false})});
  assert.ok(action?.kind === 'DryRunPod');
  assert.deepEqual(action.pod.spec['imagePullSecrets'], [{name: 'registry'}]);
  assert.equal(action.pod.spec.activeDeadlineSeconds, 60);
});

const broken: readonly (readonly [name: string, spec: Partial<SearchSpec>, told: RegExp])[] = [
  [
    'a podTemplate that is not allowed',
    template({spec: {hostNetwork: true}}),
    /^spec\.template\.podTemplate\.spec\.hostNetwork: .*; remove it$/,
  ],
  [
    'a search space that cannot be opened',
    {searchSpace: {type: 'Tabular', tabular: {layers: {min: 3, max: 1}}} as SearchSpec['searchSpace']},
    /^spec\.searchSpace: /,
  ],
  [
    'a grid of more points than trials',
    {strategy: {type: 'Grid'}},
    /^spec\.strategy: the grid has [\d,]+ points, and limits\.trials is 6; give the space smaller settings/,
  ],
];
for (const [name, spec, told] of broken)
  test(`${name} is InvalidSpec with its field and the remedy, and the API server is not asked`, () => {
    const actions = planOf({search: newSearch(spec)});
    const condition = conditionOf(actions, 'Accepted');
    assert.deepEqual([kindsOf(actions), condition?.status, condition?.reason], [[], 'False', 'InvalidSpec']);
    assert.match(condition?.message ?? '', told);
  });

test('where no policy checks them, a search that names Secrets or claims is refused', () => {
  const podSettings = {...localPodSettings, namedObjects: 'Refused'} as const;
  const condition = conditionOf(planOf({search: newSearch(naming), podSettings}), 'Accepted');
  assert.equal(condition?.reason, 'InvalidSpec');
  assert.match(condition.message, /imagePullSecrets\[0\]\.name: names Secret registry/);
  assert.deepEqual(kindsOf(planOf({search: newSearch(), podSettings})), ['DryRunPod']);
});

test('a podTemplate that changes after it was accepted ends the search before any Pod is made of it', () => {
  const status = statusOf(
    planOf({search: newSearch(template({metadata: {labels: {a: 'b'}}})), answers: {[dryRun]: taken}}),
  );
  const before: SearchStatus = {...accepted, ...(status.frozen && {frozen: status.frozen})};
  assert.deepEqual(kindsOf(planOf({search: searchOf(template({metadata: {labels: {a: 'b'}}}), before)})), [
    'CreateTrial',
  ]);
  const actions = planOf({search: searchOf(naming, before)});
  assert.deepEqual([kindsOf(actions), statusOf(actions).phase], [[], 'Failed']);
});
