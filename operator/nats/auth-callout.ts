import {decode, encodeAuthorizationResponse, encodeUser} from '@nats-io/jwt';
import {fromPublic} from '@nats-io/nkeys';
import type {Msg, NatsConnection} from 'nats';
import {z} from 'zod';
import {natsAccounts} from '../../api/permissions.ts';
import {Link} from '../../api/link.ts';
import type {Opened} from '../../api/link.ts';
import type {ConnectionRequest, Verdict} from '../identity.ts';
import type {Refusals} from '../refusals.ts';
import {keysOf} from './credentials.ts';
import type {NatsCredentials} from './credentials.ts';
import {dial, wordsOf} from './connection.ts';
import type {NatsPlace} from './connection.ts';

export interface AuthCalloutOptions extends NatsPlace {
  readonly credentials: NatsCredentials;
  /** Whom to let in, and what for. Rejects when it cannot be found out. */
  readonly judge: (request: ConnectionRequest) => Promise<Verdict>;
  readonly refusals: Refusals;
  readonly onNotice?: (notice: string) => void;
}

/** What the server asks, as far as it is looked at. */
const question = z.object({
  user_nkey: z.string(),
  server_id: z.object({id: z.string()}),
  client_info: z.object({host: z.string().optional()}),
  connect_opts: z.object({
    auth_token: z.string().optional(),
    user: z.string().optional(),
    pass: z.string().optional(),
  }),
});
type Question = z.output<typeof question>;

const subject = '$SYS.REQ.USER.AUTH';
/** Questions that are looked into at the same time; who comes beyond is refused, and comes again. */
const mostAtOnce = 32;

/**
 * Answers the server's question whom to let in, on every replica: one of those that are there gets it. It has a connection of its own, so
 * that trials are let in whatever becomes of the stores.
 */
export class AuthCallout {
  readonly #options: AuthCalloutOptions;
  readonly #link: Link<NatsConnection>;
  #busy = 0;

  constructor(options: AuthCalloutOptions) {
    this.#options = options;
    this.#link = new Link({open: () => this.#open(), onDown: (why) => options.onNotice?.(`identity on NATS: ${why}`)});
  }

  /** Waits until questions are answered; false when they are not within so many milliseconds. */
  async answers(milliseconds: number): Promise<boolean> {
    return (await this.#link.within(milliseconds)) !== undefined;
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #open(): Promise<Opened<NatsConnection>> {
    const {credentials} = this.#options;
    const connection = await dial(this.#options, {name: 'archsearch identity', seed: credentials.operator});
    connection.subscribe(subject, {
      queue: 'archsearch',
      callback: (error, message) => {
        if (error === null) void this.#answer(message);
      },
    });
    await connection.flush();
    return {session: connection, ended: connection.closed(), close: () => connection.close()};
  }

  /** Never rejects: a question without an answer is a connection that is not let in. */
  async #answer(message: Msg): Promise<void> {
    try {
      const asked = question.parse(decode(message.string()).nats);
      const verdict = await this.#judge(asked);
      if (verdict.kind === 'Refused') this.#options.refusals.add(verdict);
      message.respond(await signed(asked, verdict, this.#options.credentials.issuer));
    } catch (error) {
      this.#options.onNotice?.(`a question of NATS whom to let in has no answer: ${wordsOf(error)}`);
    }
  }

  async #judge({connect_opts: given, client_info: client}: Question): Promise<Verdict> {
    const refused = (message: string): Verdict => ({kind: 'Refused', reason: 'IdentityUnknown', message});
    if (this.#busy >= mostAtOnce) return refused('too many connections are being looked into');
    this.#busy += 1;
    try {
      const token = given.auth_token ?? given.pass;
      return await this.#options.judge({
        host: client.host ?? 'an unknown address',
        ...(token === undefined ? {} : {token}),
        ...(given.user === undefined ? {} : {search: given.user}),
      });
    } catch (error) {
      return refused(wordsOf(error));
    } finally {
      this.#busy -= 1;
    }
  }
}

async function signed(asked: Question, verdict: Verdict, issuerSeed: string): Promise<string> {
  const issuer = keysOf(issuerSeed);
  const [user, server] = [fromPublic(asked.user_nkey), fromPublic(asked.server_id.id)];
  const body =
    verdict.kind === 'Refused'
      ? {error: `${verdict.reason}: ${verdict.message}`}
      : {jwt: await userToken(user, verdict, issuer)};
  return encodeAuthorizationResponse(user, server, issuer, body, {});
}

type KeyPair = ReturnType<typeof fromPublic>;

function userToken(user: KeyPair, verdict: Extract<Verdict, {kind: 'Granted'}>, issuer: KeyPair): Promise<string> {
  const {publish, subscribe} = verdict.permissions;
  const rights = {
    // an empty list would allow everything
    pub: {allow: [...publish], deny: publish.length === 0 ? ['>'] : []},
    sub: {allow: [...subscribe], deny: subscribe.length === 0 ? ['>'] : []},
    allowed_connection_types: ['STANDARD' as const],
  };
  // outside of operator mode the audience is the account that the user is put into
  return encodeUser(verdict.name, user, issuer, rights, {
    aud: natsAccounts.trials,
    exp: Math.ceil(verdict.expires / 1000),
  });
}
