import assert from 'node:assert/strict';
import {test} from 'node:test';
import {SignJWT, exportJWK, generateKeyPair} from 'jose';
import type {JWK} from 'jose';
import {natsAudience} from '../../api/permissions.ts';
import {instant} from '../../api/quantities.ts';
import {KeyTokenReviewer} from '../../operator/cluster/key-reviewer.ts';
import {ApiTokenReviewer} from '../../operator/cluster/token-reviewer.ts';
import type {ApiAnswer, ApiRequest} from '../../operator/kubernetes.ts';
import {tokenReviewerContract} from '../contract/token-reviewer.ts';
import {FakeTokenReviewer} from '../fake-token-reviewer.ts';

const pod = {name: 'search-c1-1', uid: 'pod-uid'};
const username = 'system:serviceaccount:team:archsearch-trial';
const issuer = 'https://kubernetes.default.svc';
const now = instant(Date.parse('2026-01-01T00:00:00Z'));

const fake = new FakeTokenReviewer();
tokenReviewerContract('The fake', () => ({
  reviewer: fake,
  username,
  pod,
  issue: (audience, bound) => Promise.resolve(fake.issue({username, audience, ...(bound ? {pod} : {})})),
}));

/** An API server that shows its public keys, and signs with the newest. */
class Signer {
  readonly asked: string[] = [];
  #keys: readonly JWK[] = [];
  #sign: (claims: Record<string, unknown>, expires: number) => Promise<string> = () =>
    Promise.reject(new Error('no key'));

  async addKey(kid: string): Promise<void> {
    const {privateKey, publicKey} = await generateKeyPair('RS256');
    this.#keys = [...this.#keys, {...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig'}];
    this.#sign = (claims, expires) =>
      new SignJWT(claims)
        .setProtectedHeader({alg: 'RS256', kid})
        .setIssuer(issuer)
        .setExpirationTime(expires)
        .sign(privateKey);
  }

  issue(audience: string, bound: boolean, seconds = 600): Promise<string> {
    const kubernetes = {namespace: 'team', ...(bound ? {pod} : {})};
    return this.#sign({aud: [audience], sub: username, 'kubernetes.io': kubernetes}, now / 1000 + seconds);
  }

  request({path}: ApiRequest): Promise<ApiAnswer> {
    this.asked.push(path);
    return Promise.resolve({status: 200, body: path.endsWith('jwks') ? {keys: this.#keys} : {issuer}});
  }
}

const signer = new Signer();
await signer.addKey('first');
const byKeys = new KeyTokenReviewer(signer, {now: () => now});
tokenReviewerContract('The reader of public keys', () => ({
  reviewer: byKeys,
  username,
  pod,
  issue: (audience, bound) => signer.issue(audience, bound),
}));

test('a token that has expired is rejected by its keys', async () => {
  const {kind} = await byKeys.review(await signer.issue(natsAudience, true, -60), natsAudience);
  assert.equal(kind, 'Rejected');
});

test('keys are asked for again when there are new ones, and not for every token', async () => {
  let time = now;
  const keys = new Signer();
  await keys.addKey('first');
  const reviewer = new KeyTokenReviewer(keys, {now: () => time});
  const review = async () => (await reviewer.review(await keys.issue(natsAudience, true), natsAudience)).kind;
  for (let tokens = 0; tokens < 3; tokens++) assert.equal(await review(), 'Authentic');
  assert.equal(keys.asked.length, 2);
  await keys.addKey('second');
  assert.equal(await review(), 'Rejected', 'within ten seconds they are not asked for again');
  time = instant(now + 11_000);
  assert.equal(await review(), 'Authentic');
  assert.equal(keys.asked.length, 4);
});

test('an API server that does not show its new keys has decided nothing', async () => {
  let time = now;
  const keys = new Signer();
  await keys.addKey('first');
  const broken = {
    request: (request: ApiRequest) =>
      time === now ? keys.request(request) : Promise.resolve({status: 503, body: {message: 'etcd is gone'}}),
  };
  const reviewer = new KeyTokenReviewer(broken, {now: () => time});
  assert.equal((await reviewer.review(await keys.issue(natsAudience, true), natsAudience)).kind, 'Authentic');
  await keys.addKey('second');
  time = instant(now + 11_000);
  await assert.rejects(
    reviewer.review(await keys.issue(natsAudience, true), natsAudience),
    /does not show .* \(503\): etcd is gone/,
  );
});

/** Each row: what an API server answers to a TokenReview, and what is made of it. */
const user = {
  username,
  extra: {'authentication.kubernetes.io/pod-name': ['p'], 'authentication.kubernetes.io/pod-uid': ['u']},
};
const answers = [
  [
    'a Pod’s token',
    {authenticated: true, audiences: [natsAudience], user},
    {kind: 'Authentic', username, pod: {name: 'p', uid: 'u'}},
  ],
  [
    'one that it does not know',
    {authenticated: false, error: 'invalid bearer token'},
    {kind: 'Rejected', why: 'invalid bearer token'},
  ],
  [
    'one whose audience it has not looked at',
    {authenticated: true, user},
    {kind: 'Rejected', why: 'it is not for archsearch-nats'},
  ],
] as const;
for (const [what, status, reviewed] of answers)
  test(`the API server’s word counts for ${what}`, async () => {
    const reviewer = new ApiTokenReviewer({request: () => Promise.resolve({status: 201, body: {status}})});
    assert.deepEqual(await reviewer.review('token', natsAudience), reviewed);
  });

test('an API server that reviews no token has decided nothing', async () => {
  const reviewer = new ApiTokenReviewer({request: () => Promise.resolve({status: 403, body: {message: 'forbidden'}})});
  await assert.rejects(reviewer.review('token', natsAudience), /reviews no token \(403\): forbidden/);
});
