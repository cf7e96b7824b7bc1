import type {NatsConnection} from 'nats';
import {z} from 'zod';
import {natsAccounts} from '../../api/permissions.ts';
import {Link} from '../../api/link.ts';
import type {Opened} from '../../api/link.ts';
import type {Traffic} from '../conduct.ts';
import {dial, requestMilliseconds, wordsOf} from './connection.ts';
import type {NatsPlace} from './connection.ts';

export interface SystemAccountOptions extends NatsPlace {
  readonly seed: string;
  /** A connection was ended, why in the server's words. */
  readonly onEnded: (traffic: Traffic, why: string) => void;
  readonly onNotice?: (notice: string) => void;
}

const amount = z.object({msgs: z.int(), bytes: z.int()});
const server = z.object({id: z.string()});
const ended = z.object({
  server,
  timestamp: z.coerce.date(),
  client: z.object({id: z.int(), user: z.string().default(''), start: z.coerce.date()}),
  received: amount,
  reason: z.string(),
});
const connection = z.object({
  cid: z.int(),
  authorized_user: z.string().default(''),
  start: z.coerce.date(),
  in_msgs: z.int(),
  in_bytes: z.int(),
});
const connections = z.object({
  server,
  data: z.object({now: z.coerce.date(), connections: z.array(connection).default([]), total: z.int()}),
});

/** A server tells at most so many at once. */
const pageSize = 1024;
const milliseconds = {answers: 1000};

/** A connection of a trial, and the server that has it. */
interface Connection extends Traffic {
  readonly server: string;
  readonly cid: number;
}

/** The server's own account: it tells why connections end, and ends them. */
export class SystemAccount {
  readonly #options: SystemAccountOptions;
  readonly #link: Link<NatsConnection>;

  constructor(options: SystemAccountOptions) {
    this.#options = options;
    this.#link = new Link({
      open: () => this.#open(),
      onDown: (why) => options.onNotice?.(`the system account of NATS: ${why}`),
    });
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** Ends all connections of a user; returns how many there were. @throws Error while NATS cannot be reached. */
  async kick(user: string): Promise<number> {
    const session = await this.#session();
    const own = (await this.connections()).filter((one) => one.user === user);
    for (const {server: of, cid} of own)
      await session.request(`$SYS.REQ.SERVER.${of}.KICK`, JSON.stringify({cid}), {timeout: requestMilliseconds});
    return own.length;
  }

  /** Everybody who was let in, on all servers. @throws Error while NATS cannot be reached. */
  async connections(): Promise<readonly Connection[]> {
    const session = await this.#session();
    const found: Connection[] = [];
    for (let offset = 0, total = 1; offset < total; offset += pageSize) {
      const asked = JSON.stringify({auth: true, acc: natsAccounts.trials, offset, limit: pageSize, sort: 'cid'});
      const replies = await session.requestMany('$SYS.REQ.SERVER.PING.CONNZ', asked, {maxWait: milliseconds.answers});
      total = 0;
      for await (const reply of replies) {
        const {server: of, data} = connections.parse(reply.json());
        found.push(...data.connections.map((one) => connectionOf(of.id, one, data.now)));
        total = Math.max(total, data.total);
      }
    }
    return found;
  }

  async #session(): Promise<NatsConnection> {
    const session = await this.#link.within(requestMilliseconds);
    if (session === undefined) throw new Error('no connection to the system account of NATS');
    return session;
  }

  async #open(): Promise<Opened<NatsConnection>> {
    const connection = await dial(this.#options, {name: 'archsearch system', seed: this.#options.seed});
    connection.subscribe(`$SYS.ACCOUNT.${natsAccounts.trials}.DISCONNECT`, {
      callback: (error, message) => {
        if (error === null) this.#take(message.data);
      },
    });
    await connection.flush();
    return {session: connection, ended: connection.closed(), close: () => connection.close()};
  }

  #take(data: Uint8Array): void {
    try {
      const told = ended.parse(JSON.parse(new TextDecoder().decode(data)));
      const {id, user, start} = told.client;
      const age = told.timestamp.getTime() - start.getTime();
      const {msgs: messages, bytes} = told.received;
      this.#options.onEnded({id: `${told.server.id}/${String(id)}`, user, age, messages, bytes}, told.reason);
    } catch (error) {
      this.#options.onNotice?.(`an end of a connection is told in another form: ${wordsOf(error)}`);
    }
  }
}

/** Ages are by the server's own clock. */
const connectionOf = (of: string, one: z.output<typeof connection>, now: Date): Connection => ({
  id: `${of}/${String(one.cid)}`,
  server: of,
  cid: one.cid,
  user: one.authorized_user,
  age: now.getTime() - one.start.getTime(),
  messages: one.in_msgs,
  bytes: one.in_bytes,
});
