import assert from 'node:assert/strict';
import {test} from 'node:test';
import {readerAccount} from '../../api/permissions.ts';
import {annotations} from '../../api/pod.ts';
import {instant, timestamp} from '../../api/quantities.ts';
import type {RefusalReason} from '../../api/reasons.ts';
import type {Trial} from '../../api/trial.ts';
import {Identity} from '../../operator/identity.ts';
import type {ConnectionRequest, IdentityOptions} from '../../operator/identity.ts';
import {FakeTokenReviewer} from '../fake-token-reviewer.ts';
import {GatedTrials, trialAccount, username} from '../gated-trials.ts';

const now = instant(Date.parse('2026-01-01T00:10:00Z'));
const at = (seconds: number) => timestamp(instant(now + 1000 * seconds));
const host = '10.0.0.7';

function world(options: Partial<IdentityOptions> = {}) {
  const trials = new GatedTrials('search-uid');
  const trial = trials.trial('search-c1', 'trial-uid');
  const identity = new Identity({
    reviewer: trials.reviewer,
    api: trials.api,
    clock: {now: () => now},
    trialAccount,
    ...options,
  });
  return {trials, trial, judge: (request: Partial<ConnectionRequest>) => identity.judge({host, ...request})};
}

test('a Pod of a trial may report for it, read its own last word and its own blobs, and nothing else', async () => {
  const {trials, trial, judge} = world();
  const verdict = await judge({token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial}))});
  assert.deepEqual(verdict, {
    kind: 'Granted',
    name: 'pod-uid',
    permissions: {
      publish: [
        'archsearch.v1.search-uid.trial-uid.epoch',
        'archsearch.v1.search-uid.trial-uid.result',
        'archsearch.v1.search-uid.trial-uid.event',
        'archsearch.v1.search-uid.trial-uid.blob.>',
        '$JS.API.DIRECT.GET.KV_archsearch-control.$KV.archsearch-control.pod-uid',
        '$JS.API.DIRECT.GET.ARCHSEARCH_BLOBS.archsearch.v1.search-uid.trial-uid.blob.>',
      ],
      subscribe: ['_INBOX_pod-uid.>'],
    },
    expires: now + 1000 * (60 + 30 + 30),
  });
});

const reads: readonly (readonly [string, Partial<Trial['spec']>])[] = [
  ['resumeFrom', {resumeFrom: 'search-c7'}],
  ['parent', {parent: 'search-c7'}],
  ['score', {score: ['search-c7']}],
];
for (const [field, spec] of reads)
  test(`it reads the blobs of the trial that ${field} names, and of that one's twin`, async () => {
    const {trials, judge} = world();
    trials.trial('search-c7', 'seven', {duplicateOf: 'search-c2'});
    trials.trial('search-c2', 'two');
    trials.trial('search-c3', 'three');
    const trial = trials.trial('search-c8', 'eight', spec);
    const verdict = await judge({token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial}))});
    assert.ok(verdict.kind === 'Granted', JSON.stringify(verdict));
    const read = verdict.permissions.publish.filter((subject) => subject.includes('GET.ARCHSEARCH_BLOBS'));
    assert.deepEqual(
      read.map((subject) => subject.split('.')[8]),
      ['eight', 'seven', 'two'],
    );
  });

/** Each row: what is so of a Pod, and when its connection ends, in seconds from now. */
const ends = [
  ['that has not told when it began', {phase: 'Pending'}, {}, 120],
  ['that began 50 s ago', {phase: 'Running', startTime: at(-50)}, {}, 70],
  ['that is being deleted', {phase: 'Running', startTime: at(0)}, {deletionTimestamp: at(5)}, 35],
] as const;
for (const [what, status, metadata, seconds] of ends)
  test(`the connection of a Pod ${what} ends when it can run no more`, async () => {
    const {trials, trial, judge} = world();
    const verdict = await judge({token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial, status, metadata}))});
    assert.ok(verdict.kind === 'Granted', JSON.stringify(verdict));
    assert.equal(verdict.expires, now + 1000 * seconds);
  });

interface Stranger {
  readonly what: string;
  readonly reason: RefusalReason;
  readonly blamed?: true;
  readonly come: (of: ReturnType<typeof world>) => Partial<ConnectionRequest>;
  readonly options?: Partial<IdentityOptions>;
}

const strangers: readonly Stranger[] = [
  {what: 'without a token', reason: 'NoToken', come: () => ({})},
  {what: 'with a word', reason: 'TokenRejected', come: () => ({token: 'let-me-in'})},
  {
    what: 'with a token for the API server',
    reason: 'TokenRejected',
    come: ({trials}) => ({token: trials.reviewer.issue({username: username(), audience: 'https://kubernetes'})}),
  },
  {
    what: 'with a token that was made elsewhere',
    reason: 'TokenRejected',
    come: ({trial}) => {
      const others = new GatedTrials('search-uid');
      return {token: others.tokenOf(others.pod({uid: 'pod-uid', trial}))};
    },
  },
  {
    what: 'with a token of a Pod that is gone',
    reason: 'TokenRejected',
    come: ({trials, trial}) => {
      const token = trials.tokenOf(trials.pod({uid: 'pod-uid', trial}));
      trials.reviewer.revoke(token);
      return {token};
    },
  },
  {
    what: 'with a token of another account',
    reason: 'NotATrial',
    come: ({trials, trial}) => ({token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial}), 'default')}),
  },
  {
    what: 'with a token that no Pod has',
    reason: 'NotATrial',
    come: ({trials}) => ({token: trials.reviewer.issue({username: username()})}),
  },
  {
    what: 'from a namespace that is not looked after',
    reason: 'NotATrial',
    options: {namespace: 'another'},
    come: ({trials, trial}) => ({token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial}))}),
  },
  {
    what: 'of a user who is no ServiceAccount',
    reason: 'NotATrial',
    come: ({trials}) => ({token: trials.reviewer.issue({username: 'ann'})}),
  },
  {
    what: "in a Pod that somebody has made to look like a trial's",
    reason: 'NotATrial',
    blamed: true,
    come: ({trials, trial}) => ({token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial, strange: true}))}),
  },
  {
    what: 'in a Pod that has given its name to another one',
    reason: 'PodFinished',
    come: ({trials, trial}) => {
      const old = trials.tokenOf(trials.pod({uid: 'old', trial, metadata: {name: 'same'}}));
      trials.pods.clear();
      trials.pod({uid: 'new', trial, metadata: {name: 'same'}});
      return {token: old};
    },
  },
  ...(['Succeeded', 'Failed'] as const).map((phase): Stranger => ({
    what: `in a Pod that has ${phase}`,
    reason: 'PodFinished',
    blamed: true,
    come: ({trials, trial}) => ({token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial, status: {phase}}))}),
  })),
  {
    what: 'in a Pod whose deadline is over',
    reason: 'PodFinished',
    blamed: true,
    come: ({trials, trial}) => {
      const status = {phase: 'Running', startTime: at(-121)} as const;
      return {token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial, status}))};
    },
  },
  {
    what: 'in a Pod that was cut off',
    reason: 'CutOff',
    blamed: true,
    come: ({trials, trial}) => {
      const metadata = {annotations: {[annotations.cutOff]: 'TooManyMessages'}};
      return {token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial, metadata}))};
    },
  },
  {
    what: 'to read a search of another namespace',
    reason: 'NotATrial',
    come: ({trials}) => ({
      token: trials.reviewer.issue({username: username(readerAccount, 'another')}),
      search: 'team/search',
    }),
  },
  {
    what: 'to read a search that is not there',
    reason: 'NotATrial',
    come: ({trials}) => ({token: trials.reviewer.issue({username: username(readerAccount)}), search: 'team/none'}),
  },
];
for (const {what, reason, blamed, come, options} of strangers)
  test(`nobody is let in ${what}`, async () => {
    const there = world(options);
    const verdict = await there.judge(come(there));
    assert.ok(verdict.kind === 'Refused', JSON.stringify(verdict));
    assert.deepEqual([verdict.reason, verdict.podUid], [reason, blamed && 'pod-uid'], verdict.message);
  });

test('who brings a search home reads the blobs of all its trials, for an hour', async () => {
  const {trials, judge} = world();
  const token = trials.reviewer.issue({username: username(readerAccount)});
  assert.deepEqual(await judge({token, search: 'team/search'}), {
    kind: 'Granted',
    name: 'search-uid',
    permissions: {
      publish: ['$JS.API.DIRECT.GET.ARCHSEARCH_BLOBS.archsearch.v1.search-uid.*.blob.>'],
      subscribe: ['_INBOX_search-uid.>'],
    },
    expires: now + 3_600_000,
  });
});

test('a Pod that dials again and again within a minute is told to wait, and another one is not', async () => {
  const {trials, trial, judge} = world();
  const tokens = ['one', 'two'].map((uid) => trials.tokenOf(trials.pod({uid, trial})));
  const dial = async (token = '') => {
    const verdict = await judge({token});
    return verdict.kind === 'Refused' ? verdict.reason : verdict.kind;
  };
  for (let dials = 0; dials < 30; dials++) assert.equal(await dial(tokens[0]), 'Granted');
  assert.deepEqual([await dial(tokens[0]), await dial(tokens[1])], ['TooManyConnections', 'Granted']);
});

test('who dials on and on keeps nobody waiting: the API server is asked no more', async () => {
  const reviews: string[] = [];
  const there = world();
  const {trials, trial} = there;
  const reviewer = {
    review: (token: string, audience: string) => {
      reviews.push(token);
      return trials.reviewer.review(token, audience);
    },
  };
  const identity = new Identity({reviewer, api: trials.api, clock: {now: () => now}, trialAccount});
  const token = trials.tokenOf(trials.pod({uid: 'pod-uid', trial}));
  for (let dials = 0; dials < 30; dials++) await identity.judge({host, token});
  const verdict = await identity.judge({host, token});
  assert.ok(verdict.kind === 'Refused', JSON.stringify(verdict));
  assert.deepEqual([verdict.reason, verdict.podUid, reviews.length], ['TooManyConnections', 'pod-uid', 30]);
  const forger = new FakeTokenReviewer();
  for (let dials = 0; dials < 300; dials++)
    await identity.judge({host, token: forger.issue({username: `none-${String(dials)}`})});
  assert.equal(reviews.length, 30 + 300 - 31);
  const another = trials.tokenOf(trials.pod({uid: 'another', trial}));
  assert.equal((await identity.judge({host: '10.0.0.8', token: another})).kind, 'Granted');
});

test('an API server that does not answer is nobody’s fault: the question has no answer', async () => {
  const reviewer = {review: () => Promise.reject(new Error('no route to host'))};
  const {trials, trial, judge} = world({reviewer});
  await assert.rejects(judge({token: trials.tokenOf(trials.pod({uid: 'pod-uid', trial}))}), /no route/);
});
