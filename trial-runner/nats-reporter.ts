import {setTimeout as pause} from 'node:timers/promises';
import type {Link} from '../api/link.ts';
import {protocolVersion, type TrialMessage} from '../api/protocol.ts';
import {encode, messageId, stores, subjects, type PodMessage, type TrialAddress} from '../api/subjects.ts';
import {Outbox} from './outbox.ts';
import {reporterOf, type Post, type Reporter} from './report.ts';

export interface NatsReporterOptions {
  readonly link: Link<Post>;
  readonly address: TrialAddress;
  readonly podUid: string;
  /** How many messages wait at most. */
  readonly capacity?: number;
}

const connectMilliseconds = 60_000;
const retryMilliseconds = 250;
/** How long the end of a trial waits for its last messages. They are hints: the termination record has told all. */
const patience = {connected: 3000, disconnected: 500};

/**
 * Reports over NATS. Nothing waits for it: messages go out one after the other while training runs, and wait in a bounded outbox while
 * there is no connection, or no stream. Only the result, the last of them, waits until all are stored, and not for long.
 */
export function natsReporter(options: NatsReporterOptions): Reporter {
  const courier = new Courier(options);
  return reporterOf(async (message) => {
    courier.add(message);
    if (message.kind === 'result') await courier.settled();
  });
}

class Courier {
  readonly #options: NatsReporterOptions;
  readonly #outbox: Outbox;
  #sending: Promise<void> | undefined;

  constructor(options: NatsReporterOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.capacity);
  }

  add(message: TrialMessage): void {
    this.#outbox.add(message);
    this.#sending ??= this.#send();
  }

  /** Everything is stored, or has waited long enough. */
  async settled(): Promise<void> {
    const enough = new AbortController();
    const longest = this.#options.link.session === undefined ? patience.disconnected : patience.connected;
    const waited = pause(longest, undefined, {signal: enough.signal}).catch(() => undefined);
    await Promise.race([this.#sending, waited]);
    enough.abort();
  }

  async #send(): Promise<void> {
    const {link} = this.#options;
    while (this.#outbox.first !== undefined && !link.closed) {
      const post = await link.within(connectMilliseconds);
      // looked at again: the outbox may have dropped it meanwhile
      const message = this.#outbox.first;
      if (post === undefined) continue;
      if (await this.#sent(post, message)) this.#outbox.remove(message);
      else await pause(retryMilliseconds);
    }
    this.#sending = undefined;
  }

  /** True when the message has been dealt with: stored, or refused in a way that no repeat would change. */
  async #sent(post: Post, message: TrialMessage): Promise<boolean> {
    const {address, podUid} = this.#options;
    const whole: PodMessage = {version: protocolVersion, pod: podUid, message};
    const posted = await post.publish(subjects.message(address, message.kind), encode(whole), {
      stream: stores.messages.stream,
      id: messageId(whole),
    });
    return posted.kind !== 'Unreachable';
  }
}
