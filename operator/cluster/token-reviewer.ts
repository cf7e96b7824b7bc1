import type {ReviewedToken, TokenReviewer} from '../identity.ts';
import type {ApiServerClient} from '../kubernetes.ts';
import {messageOf} from './api.ts';

const path = '/apis/authentication.k8s.io/v1/tokenreviews';
/** What the API server adds for a token that is bound to a Pod. */
const extra = {
  podName: 'authentication.kubernetes.io/pod-name',
  podUid: 'authentication.kubernetes.io/pod-uid',
} as const;

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly audiences?: readonly string[];
    readonly error?: string;
    readonly user?: {readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>>};
  };
}

/** Asks the API server by TokenReview. A server that knows nothing of audiences answers with its own alone: then nobody is let in. */
export class ApiTokenReviewer implements TokenReviewer {
  readonly #client: Pick<ApiServerClient, 'request'>;

  constructor(client: Pick<ApiServerClient, 'request'>) {
    this.#client = client;
  }

  async review(token: string, audience: string): Promise<ReviewedToken> {
    const body = {apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: {token, audiences: [audience]}};
    const answer = await this.#client.request({method: 'POST', path, body});
    if (answer.status >= 300)
      throw new Error(`the API server reviews no token (${String(answer.status)}): ${messageOf(answer.body)}`);
    return reviewed((answer.body as TokenReview).status ?? {}, audience);
  }
}

function reviewed(status: NonNullable<TokenReview['status']>, audience: string): ReviewedToken {
  const {authenticated = false, audiences = [], error = 'it is not one of its own, or has expired', user = {}} = status;
  if (!authenticated) return {kind: 'Rejected', why: error};
  if (!audiences.includes(audience)) return {kind: 'Rejected', why: `it is not for ${audience}`};
  return {kind: 'Authentic', username: user.username ?? '', ...podOf(user.extra ?? {})};
}

function podOf(given: Readonly<Record<string, readonly string[]>>): Pick<Authentic, 'pod'> {
  const [[name] = [], [uid] = []] = [given[extra.podName], given[extra.podUid]];
  return name === undefined || uid === undefined ? {} : {pod: {name, uid}};
}

type Authentic = Extract<ReviewedToken, {kind: 'Authentic'}>;
