import {once} from 'node:events';
import {connect} from 'node:net';
import type {Socket} from 'node:net';

/**
 * A client that speaks the NATS protocol by hand: a container that is none of ours. It says whatever it likes, and reads what a stream holds.
 */
export class PlainClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #serial = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => (this.#received = Buffer.concat([this.#received, data])));
  }

  static async open(port: number): Promise<PlainClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new PlainClient(socket);
    socket.write(
      'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\nSUB answers.* 1\r\n',
    );
    await client.#flushed();
    return client;
  }

  /** Publishes and waits for JetStream's word: the acknowledgement, or the error. */
  async publish(subject: string, data: Uint8Array | string, id?: string): Promise<string> {
    this.#serial += 1;
    const inbox = `answers.${String(this.#serial)}`;
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
    this.#socket.write('PING\r\n');
    await this.#until(() => this.#received.includes('PONG\r\n'));
  }

  async #answer(inbox: string): Promise<string> {
    const pattern = new RegExp(`MSG ${inbox.replace('.', '[.]')} 1 [\\d ]+\\r\\n([^]*?)\\r\\n(?:MSG|HMSG|PING|PONG|$)`);
    const found = (): string | undefined => pattern.exec(this.#received.toString('latin1'))?.[1];
    await this.#until(() => found() !== undefined);
    return found() ?? '';
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#socket, 'data', {signal: AbortSignal.timeout(5000)});
  }
}
