import {createLocalJWKSet, errors, jwtVerify} from 'jose';
import type {JSONWebKeySet} from 'jose';
import {z} from 'zod';
import type {ReviewedToken, TokenReviewer} from '../identity.ts';
import type {ApiServerClient} from '../kubernetes.ts';
import type {Clock} from '../ports.ts';
import {messageOf} from './api.ts';

const claims = z.object({
  sub: z.string(),
  'kubernetes.io': z.object({pod: z.object({name: z.string(), uid: z.string()}).optional()}),
});

interface Keys {
  readonly issuer: string;
  readonly set: JSONWebKeySet;
  readonly at: number;
}

/** Keys are renewed seldom; a token that none of them has signed makes us look again, and not more often than this. */
const keptMilliseconds = 300_000;
const freshMilliseconds = 10_000;

/**
 * Reads tokens of ServiceAccounts by the API server's public keys, which every ServiceAccount may read: for an operator that has rights in
 * one namespace alone, and may ask for no TokenReview. That the Pod of a token is still there is seen to by whoever lets it in.
 */
export class KeyTokenReviewer implements TokenReviewer {
  readonly #client: Pick<ApiServerClient, 'request'>;
  readonly #clock: Clock;
  #keys: Keys | undefined;

  constructor(client: Pick<ApiServerClient, 'request'>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async review(token: string, audience: string): Promise<ReviewedToken> {
    const known = await this.#keysWithin(keptMilliseconds);
    try {
      return await this.#read(token, audience, known);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) return rejected(error);
    }
    // an API server that does not show its keys says nothing of the token
    const fresh = await this.#keysWithin(freshMilliseconds);
    try {
      return await this.#read(token, audience, fresh);
    } catch (error) {
      return rejected(error);
    }
  }

  async #read(token: string, audience: string, {issuer, set}: Keys): Promise<ReviewedToken> {
    const currentDate = new Date(this.#clock.now());
    const {payload} = await jwtVerify(token, createLocalJWKSet(set), {
      issuer,
      audience,
      currentDate,
      requiredClaims: ['exp'],
    });
    const {sub, 'kubernetes.io': kubernetes} = claims.parse(payload);
    return {kind: 'Authentic', username: sub, ...(kubernetes.pod && {pod: kubernetes.pod})};
  }

  async #keysWithin(milliseconds: number): Promise<Keys> {
    const now = this.#clock.now();
    if (this.#keys !== undefined && now - this.#keys.at < milliseconds) return this.#keys;
    const {issuer} = (await this.#get('/.well-known/openid-configuration')) as {readonly issuer: string};
    const set = (await this.#get('/openid/v1/jwks')) as JSONWebKeySet;
    this.#keys = {issuer, set, at: now};
    return this.#keys;
  }

  async #get(path: string): Promise<unknown> {
    const {status, body} = await this.#client.request({method: 'GET', path});
    if (status !== 200) throw new Error(`the API server does not show ${path} (${String(status)}): ${messageOf(body)}`);
    return body;
  }
}

const rejected = (error: unknown): ReviewedToken => ({
  kind: 'Rejected',
  why: error instanceof errors.JOSEError || error instanceof z.ZodError ? error.message : String(error),
});
