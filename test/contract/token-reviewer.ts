import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {natsAudience} from '../../api/permissions.ts';
import type {ReviewedToken, TokenReviewer} from '../../operator/identity.ts';

/** Tokens as they are given out where a reviewer reads them. */
export interface TokensUnderTest {
  readonly reviewer: TokenReviewer;
  /** `system:serviceaccount:<namespace>:<name>` of all of them. */
  readonly username: string;
  readonly pod: {readonly name: string; readonly uid: string};
  /** For an audience, bound to the Pod or not. */
  readonly issue: (audience: string, bound: boolean) => Promise<string>;
}

/** What every reviewer of tokens keeps. */
export function tokenReviewerContract(name: string, open: () => TokensUnderTest): void {
  describe(`${name} reviews tokens`, () => {
    const review = (token: string): Promise<ReviewedToken> => open().reviewer.review(token, natsAudience);

    it('names the Pod that a token is bound to', async () => {
      const {issue, username, pod} = open();
      assert.deepEqual(await review(await issue(natsAudience, true)), {kind: 'Authentic', username, pod});
    });

    it('names no Pod for a token that is bound to none', async () => {
      const {issue, username} = open();
      assert.deepEqual(await review(await issue(natsAudience, false)), {kind: 'Authentic', username});
    });

    it('rejects a token for another audience', async () => {
      assert.equal((await review(await open().issue('https://elsewhere', true))).kind, 'Rejected');
    });

    it('rejects a token in which one letter was changed', async () => {
      const [head = '', payload = '', signature = ''] = (await open().issue(natsAudience, true)).split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const forged = Buffer.from(JSON.stringify({...claims, sub: 'system:serviceaccount:kube-system:admin'}));
      assert.equal((await review([head, forged.toString('base64url'), signature].join('.'))).kind, 'Rejected');
    });

    it('rejects what is no token', async () => {
      assert.equal((await review('let-me-in')).kind, 'Rejected');
    });
  });
}
