import {setTimeout as pause} from 'node:timers/promises';

/** One life of a connection, from its opening to its end. */
export interface Opened<Session> {
  readonly session: Session;
  /** Settles when the connection has ended, with an Error that says why if there is one. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

export interface LinkOptions<Session> {
  /** Opens a connection; rejects when that cannot be done now. */
  readonly open: () => Promise<Opened<Session>>;
  /** Called when a connection is there. */
  readonly onOpen?: (session: Session) => void;
  /** Called when there is none any more, and for every attempt that failed. */
  readonly onDown?: (why: string) => void;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

const firstDelay = 100;
const longestDelay = 10_000;

/**
 * A connection that is made again for ever: an ended one is followed by a new one, with all that belongs to it, after a delay that doubles
 * from 0.1 s to 10 s (each shortened by up to a half at random, so that a server that returns is not met by everybody at once). Nothing is
 * carried over from one life to the next; so there is one way to start, and it is tried every day.
 */
export class Link<Session> {
  readonly #options: LinkOptions<Session>;
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;
  #opened: Opened<Session> | undefined;
  #waiting: ((session: Session) => void)[] = [];

  constructor(options: LinkOptions<Session>) {
    this.#options = options;
    this.#done = this.#stay();
  }

  get session(): Session | undefined {
    return this.#opened?.session;
  }

  /** True once `close` was called: there will be no session any more. */
  get closed(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** The session, as soon as there is one; undefined when there is none within so many milliseconds. */
  async within(milliseconds: number): Promise<Session | undefined> {
    if (this.#opened !== undefined || this.#stopped.signal.aborted) return this.session;
    return new Promise((resolve) => {
      const settle = (session: Session | undefined): void => {
        clearTimeout(timer);
        this.#stopped.signal.removeEventListener('abort', give);
        this.#waiting = this.#waiting.filter((waiting) => waiting !== settle);
        resolve(session);
      };
      const give = (): void => {
        settle(undefined);
      };
      const timer = setTimeout(give, milliseconds);
      this.#stopped.signal.addEventListener('abort', give);
      this.#waiting.push(settle);
    });
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#opened?.close();
    await this.#done;
  }

  async #stay(): Promise<void> {
    const {signal} = this.#stopped;
    let failures = 0;
    while (!signal.aborted) {
      const lived = await this.#live();
      failures = lived ? 1 : failures + 1;
      await this.#delay(failures);
    }
  }

  /** One life; false when it did not begin. */
  async #live(): Promise<boolean> {
    const {open, onOpen, onDown} = this.#options;
    let opened: Opened<Session>;
    try {
      opened = await open();
    } catch (error) {
      onDown?.(wordsOf(error));
      return false;
    }
    if (this.#stopped.signal.aborted) {
      await opened.close();
      return true;
    }
    this.#opened = opened;
    onOpen?.(opened.session);
    for (const waiting of this.#waiting) waiting(opened.session);
    const why = await opened.ended.catch((error: unknown) => error);
    this.#opened = undefined;
    onDown?.(why instanceof Error ? wordsOf(why) : 'the connection was closed');
    return true;
  }

  async #delay(failures: number): Promise<void> {
    const {random = Math.random} = this.#options;
    const longest = Math.min(longestDelay, firstDelay * 2 ** Math.min(failures - 1, 10));
    await pause(longest * (1 - random() / 2), undefined, {signal: this.#stopped.signal}).catch(() => undefined);
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
