import assert from 'node:assert/strict';
import {before, describe} from 'node:test';
import {instant} from '../../../api/quantities.ts';
import {KeyTokenReviewer} from '../../../operator/cluster/key-reviewer.ts';
import {ApiTokenReviewer} from '../../../operator/cluster/token-reviewer.ts';
import {clusterClient} from '../../../operator/kubernetes.ts';
import {tokenReviewerContract} from '../../contract/token-reviewer.ts';
import type {TokensUnderTest} from '../../contract/token-reviewer.ts';
import {agreed, call, kubeconfig} from '../cluster.ts';
import {namespaceOfSuite} from '../namespace.ts';

// The real API server's tokens, by its own word and by its keys.

process.env['KUBECONFIG'] = kubeconfig;
const client = clusterClient();
describe('Tokens of the real API server', () => {
  const namespace = namespaceOfSuite('tokens');
  const held: {pod?: TokensUnderTest['pod']} = {};
  before(async () => {
    const {metadata} = await namespace().create('bound');
    held.pod = {name: metadata.name, uid: metadata.uid};
  });

  async function issue(audience: string, bound: boolean): Promise<string> {
    const {pod} = held;
    const path = `/api/v1/namespaces/${namespace().name}/serviceaccounts/default/token`;
    const boundObjectRef = bound && pod !== undefined ? {boundObjectRef: {apiVersion: 'v1', kind: 'Pod', ...pod}} : {};
    const asked = await agreed(
      call('POST', path, {spec: {audiences: [audience], expirationSeconds: 600, ...boundObjectRef}}),
    );
    return (asked as {readonly status: {readonly token: string}}).status.token;
  }

  const reviewers = {
    'The API server': new ApiTokenReviewer(client),
    'The reader of its public keys': new KeyTokenReviewer(client, {now: () => instant(Date.now())}),
  };
  for (const [name, reviewer] of Object.entries(reviewers))
    tokenReviewerContract(name, () => ({
      reviewer,
      username: `system:serviceaccount:${namespace().name}:default`,
      pod: held.pod ?? assert.fail('there is no Pod'),
      issue,
    }));
});
