import type {WatchLine} from '../../operator/kubernetes.ts';
import type {Kind} from '../../operator/ports.ts';
import type {HttpTwin} from './http-twin.ts';
import type {Step} from './step.ts';

/** One watch: what it has not heard of yet waits until the scheduler of the world lets it hear. */
export class WatchStream {
  readonly #twin: HttpTwin;
  readonly #kind: Kind;
  readonly #signal: AbortSignal;
  #version: number;
  #hear: ((line: WatchLine | undefined) => void) | undefined;

  constructor(twin: HttpTwin, kind: Kind, {version, signal}: {readonly version: number; readonly signal: AbortSignal}) {
    this.#twin = twin;
    this.#kind = kind;
    this.#version = version;
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      this.#say(undefined);
    });
  }

  async *lines(): AsyncIterable<WatchLine> {
    for (let line = await this.#next(); line !== undefined; line = await this.#next()) yield line;
  }

  #next(): Promise<WatchLine | undefined> {
    if (this.#signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => (this.#hear = resolve));
  }

  #say(line: WatchLine | undefined): void {
    const hear = this.#hear;
    this.#hear = undefined;
    hear?.(line);
  }

  /** A watch may lag, be told a newer version by a bookmark, end in order, or be told that what it missed is forgotten. */
  steps(owner: string): readonly Step[] {
    if (this.#hear === undefined || this.#signal.aborted) return [];
    const name = `${owner}: the watch of ${this.#kind}`;
    const [next] = this.#twin.after(this.#kind, this.#version);
    const end: Step = {
      name: `${name} ends`,
      weight: 0.01,
      fault: true,
      run: () => {
        this.#say(undefined);
      },
    };
    if (next === undefined)
      return [
        end,
        {
          name: `${name} is told how far it is`,
          weight: 0.01,
          run: () => {
            this.#mark();
          },
        },
      ];
    return [
      {
        name: `${name} hears`,
        weight: 8,
        run: () => {
          this.#version = next.version;
          this.#say(next.line);
        },
      },
      {
        name: `${name} has missed too much`,
        weight: 0.05,
        fault: true,
        run: () => {
          this.#say(tooOld);
        },
      },
      end,
    ];
  }

  #mark(): void {
    this.#version = this.#twin.version;
    this.#say({type: 'BOOKMARK', object: {metadata: {resourceVersion: String(this.#version)}}});
  }
}

const tooOld: WatchLine = {
  type: 'ERROR',
  object: {kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version'},
};
