import {once} from 'node:events';
import {connect} from 'node:net';
import type {Socket} from 'node:net';

/** Who a client says that it is, and where it may listen for answers. */
interface Introduction {
  readonly token?: string;
  readonly inbox?: string;
  readonly host?: string;
}

/**
 * A client that speaks the NATS protocol by hand: a container that is none of ours. It says whatever it likes, and reads what a stream holds.
 */
export class PlainClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #serial = 0;

  readonly #inbox: string;
  #ended = false;
  #pings = 0;

  private constructor(socket: Socket, inbox: string) {
    this.#socket = socket;
    this.#inbox = inbox;
    socket.on('error', () => undefined);
    socket.on('close', () => (this.#ended = true));
    socket.on('data', (data: Buffer) => (this.#received = Buffer.concat([this.#received, data])));
  }

  static async open(
    port: number,
    {token, inbox = 'answers', host = '127.0.0.1'}: Introduction = {},
  ): Promise<PlainClient> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    const client = new PlainClient(socket, inbox);
    const about = {verbose: false, pedantic: false, headers: true, no_responders: true, auth_token: token};
    socket.write(`CONNECT ${JSON.stringify(about)}\r\nSUB ${inbox}.* 1\r\n`);
    await client.#flushed();
    if (client.#ended) throw new Error(`the server does not let us in: ${client.heard.slice(-200)}`);
    return client;
  }

  /** Writes whatever a container might write; returns once the server has read it. */
  async write(text: string): Promise<void> {
    this.#socket.write(text);
    await this.#flushed();
  }

  /** What the server has said so far. */
  get heard(): string {
    return this.#received.toString('latin1');
  }

  /** Whether the server has ended the connection. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Publishes and waits for JetStream's word: the acknowledgement, or the error. */
  async publish(subject: string, data: Uint8Array | string, id?: string): Promise<string> {
    this.#serial += 1;
    const inbox = `${this.#inbox}.${String(this.#serial)}`;
    const head = Buffer.from(`NATS/1.0\r\n${id === undefined ? '' : `Nats-Msg-Id: ${id}\r\n`}\r\n`);
    const body = Buffer.from(data);
    const sizes = `${String(head.length)} ${String(head.length + body.length)}`;
    this.#socket.write(
      Buffer.concat([Buffer.from(`HPUB ${subject} ${inbox} ${sizes}\r\n`), head, body, Buffer.from('\r\n')]),
    );
    return this.#answer(inbox);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #flushed(): Promise<void> {
    this.#pings += 1;
    this.#socket.write('PING\r\n');
    await this.#until(() => this.#ended || this.heard.split('PONG\r\n').length > this.#pings);
  }

  async #answer(inbox: string): Promise<string> {
    const pattern = new RegExp(
      `MSG ${inbox.replaceAll('.', '[.]')} 1 [\\d ]+\\r\\n([^]*?)\\r\\n(?:MSG|HMSG|PING|PONG|$)`,
    );
    const found = (): string | undefined => pattern.exec(this.#received.toString('latin1'))?.[1];
    await this.#until(() => found() !== undefined);
    return found() ?? '';
  }

  async #until(holds: () => boolean): Promise<void> {
    const patience = AbortSignal.timeout(5000);
    while (!holds()) {
      if (this.#ended) throw new Error(`the server has ended the connection: ${this.heard.slice(-200)}`);
      const heard = new AbortController();
      const signal = AbortSignal.any([patience, heard.signal]);
      const either = ['data', 'close'].map((event) => once(this.#socket, event, {signal}));
      await Promise.race(either).finally(() => {
        heard.abort();
      });
      await Promise.allSettled(either);
    }
  }
}
