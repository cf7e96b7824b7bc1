import {once} from 'node:events';
import path from 'node:path';
import {Worker} from 'node:worker_threads';
import {sizeOf, type Examples} from '../data/raw.ts';
import {batches, type Batch, type BatchSettings} from './batches.ts';

/** What batches are a function of, besides the epoch. */
export interface FeedSource {
  readonly examples: Examples;
  readonly outputs: number;
  readonly settings: BatchSettings;
  readonly seed: number;
}

/** A worker's answers: batches, then that the epoch is over. */
export type FeedMessage =
  | {readonly kind: 'Batch'; readonly epoch: number; readonly batch: Batch}
  | {readonly kind: 'End'; readonly epoch: number};
/** What a worker is asked: the batches of an epoch, so many of them ahead; one more, since one was taken. */
export type FeedRequest =
  {readonly kind: 'Epoch'; readonly epoch: number; readonly ahead: number} | {readonly kind: 'More'};

/** The batches of each epoch, as `batches` makes them. One epoch at a time. */
export interface Feed {
  /** Whether batches are made on another thread. */
  readonly threaded: boolean;
  epoch(epoch: number): Iterable<Batch> | AsyncIterable<Batch>;
  close(): Promise<void>;
}

/**
 * Values of an epoch from which on a thread of its own pays: below, it would start for longer than it saves. Above the second number the
 * thread's copy of the examples would take more memory than it is worth.
 */
const [least, most] = [2 ** 22, 2 ** 28];
const ahead = 4;

/** Batches that are only copied are made in place; images that are changed at random, on a thread of their own if there are many. */
export function openFeed(source: FeedSource): Feed {
  const {examples, settings} = source;
  const values = examples.count * sizeOf(examples.shape);
  const pays = settings.augmentation !== 'Identity' && examples.shape.length === 3 && values >= least && values <= most;
  return pays ? new ThreadedFeed(source) : inPlace(source);
}

const inPlace = ({examples, outputs, settings, seed}: FeedSource): Feed => ({
  threaded: false,
  epoch: (epoch) => batches(examples, outputs, settings, {seed, epoch}),
  close: () => Promise.resolve(),
});

class ThreadedFeed implements Feed {
  readonly threaded = true;
  readonly #worker: Worker;
  /** An error may come while nobody waits for a batch. */
  #failure: unknown;

  constructor({examples, ...rest}: FeedSource) {
    const shared = new Float32Array(new SharedArrayBuffer(examples.inputs.byteLength));
    shared.set(examples.inputs);
    const source: FeedSource = {...rest, examples: {...examples, inputs: shared}};
    // Beside this file, whether it is the source or was compiled.
    const file = path.join(import.meta.dirname, `feed-worker${path.extname(import.meta.filename)}`);
    this.#worker = new Worker(file, {workerData: source});
    this.#worker.on('error', (error) => (this.#failure = error));
  }

  async *epoch(epoch: number): AsyncGenerator<Batch> {
    const arrived: FeedMessage[] = [];
    const listen = (message: FeedMessage): void => {
      // What is left of an epoch that was not taken to its end is of no use.
      if (message.epoch === epoch) arrived.push(message);
    };
    this.#worker.on('message', listen);
    try {
      this.#ask({kind: 'Epoch', epoch, ahead});
      for (;;) {
        if (this.#failure !== undefined) throw new Error('batches could not be made', {cause: this.#failure});
        if (arrived.length === 0) await once(this.#worker, 'message');
        const message = arrived.shift();
        if (message?.kind === 'End') return;
        if (message === undefined) continue;
        this.#ask({kind: 'More'});
        yield message.batch;
      }
    } finally {
      this.#worker.off('message', listen);
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: FeedRequest): void {
    this.#worker.postMessage(request);
  }
}
