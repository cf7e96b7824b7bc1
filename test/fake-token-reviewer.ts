import {natsAudience} from '../api/permissions.ts';
import type {ReviewedToken, TokenReviewer} from '../operator/identity.ts';

/** What a ServiceAccount's token says. */
export interface Claims {
  readonly username: string;
  readonly audience?: string;
  readonly pod?: {readonly name: string; readonly uid: string};
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes tokens of the API server's form, and knows those that it has made, until it is told to forget them. */
export class FakeTokenReviewer implements TokenReviewer {
  readonly #issued = new Map<string, Claims>();

  issue(claims: Claims): string {
    const payload = {aud: [claims.audience ?? natsAudience], sub: claims.username, jti: String(this.#issued.size)};
    const token = `${part({alg: 'RS256'})}.${part(payload)}.${part({signature: 'none'})}`;
    this.#issued.set(token, claims);
    return token;
  }

  /** As when the Pod that it is bound to is gone. */
  revoke(token: string): void {
    this.#issued.delete(token);
  }

  review(token: string, audience: string): Promise<ReviewedToken> {
    const claims = this.#issued.get(token);
    if (claims === undefined) return Promise.resolve({kind: 'Rejected', why: 'it is not one of its own'});
    const {username, audience: own = natsAudience, pod} = claims;
    if (own !== audience) return Promise.resolve({kind: 'Rejected', why: `it is not for ${audience}`});
    return Promise.resolve({kind: 'Authentic', username, ...(pod && {pod})});
  }
}
