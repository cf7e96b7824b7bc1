import type {NatsConnection} from 'nats';
import {z} from 'zod';
import {natsAccounts} from '../../api/permissions.ts';
import {Link} from '../../api/link.ts';
import type {Opened} from '../../api/link.ts';
import {dial, requestMilliseconds, wordsOf} from './connection.ts';
import type {NatsPlace} from './connection.ts';

export interface SystemAccountOptions extends NatsPlace {
  readonly seed: string;
  /** A connection of this user was ended by the server, in its own words. */
  readonly onEnded: (user: string, why: string) => void;
  readonly onNotice?: (notice: string) => void;
}

const ended = z.object({client: z.object({user: z.string().optional()}), reason: z.string()});
const connections = z.object({
  server: z.object({id: z.string()}),
  data: z.object({
    connections: z.array(z.object({cid: z.int(), authorized_user: z.string().optional()})).default([]),
  }),
});

/** More than there are connections of one user; a server answers at most so many. */
const mostConnections = 1024;

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
    const connection = await this.#link.within(requestMilliseconds);
    if (connection === undefined) throw new Error('no connection to the system account of NATS');
    const asked = JSON.stringify({auth: true, acc: natsAccounts.trials, user, limit: mostConnections});
    let found = 0;
    // every server of a cluster answers for its own
    for await (const reply of await connection.requestMany('$SYS.REQ.SERVER.PING.CONNZ', asked, {maxWait: 1000})) {
      const {server, data} = connections.parse(reply.json());
      for (const {cid} of data.connections.filter((one) => one.authorized_user === user)) {
        await connection.request(`$SYS.REQ.SERVER.${server.id}.KICK`, JSON.stringify({cid}), {
          timeout: requestMilliseconds,
        });
        found += 1;
      }
    }
    return found;
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
      const {client, reason} = ended.parse(JSON.parse(new TextDecoder().decode(data)));
      if (client.user !== undefined) this.#options.onEnded(client.user, reason);
    } catch (error) {
      this.#options.onNotice?.(`an end of a connection is told in another form: ${wordsOf(error)}`);
    }
  }
}
