import {once} from 'node:events';
import path from 'node:path';
import {Worker} from 'node:worker_threads';
import type {Ask} from '../../search/strategy.ts';
import {Errands} from '../asking/errands.ts';
import type {Asker, Question} from '../asking/question.ts';

/** Folding 10,000 trials takes seconds, a question after them a part of one; what takes longer than this will not end. */
const limitMilliseconds = 300_000;
/** Of its heap: it may not take what its process has. */
const maxOldGenerationSizeMb = 256;

// Beside this file, whether it is the source or was compiled.
const file = path.join(import.meta.dirname, `thinking${path.extname(import.meta.filename)}`);

/** Heavy strategies think on a thread of their own. A thread that broke is replaced by a new one, which folds the logs again. */
export class ThreadAsker implements Asker {
  readonly #limit: number;
  readonly #errands = new Errands();
  #worker: Worker | undefined;

  constructor(limit = limitMilliseconds) {
    this.#limit = limit;
  }

  async ask(question: Question): Promise<Ask> {
    const worker = this.#thread();
    const ended = new AbortController();
    const end = (): void => {
      ended.abort(new Error('the thread ended'));
    };
    worker.once('exit', end).ref();
    const late = AbortSignal.timeout(this.#limit);
    try {
      worker.postMessage(this.#errands.of(question));
      const [ask] = (await once(worker, 'message', {signal: AbortSignal.any([ended.signal, late])})) as [Ask];
      return ask;
    } catch (error) {
      await this.close();
      const why = late.aborted ? `no answer within ${String(this.#limit / 1000)} s` : causeOf(error);
      throw new Error(`the strategy could not be asked: ${why}`, {cause: error});
    } finally {
      worker.off('exit', end).unref();
    }
  }

  /** Ends the thread; a question that it thinks about is rejected. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#errands.clear();
    await worker?.terminate();
  }

  /** It keeps no process alive while nothing is asked. */
  #thread(): Worker {
    const worker = this.#worker ?? new Worker(file, {resourceLimits: {maxOldGenerationSizeMb}});
    if (worker !== this.#worker) {
      worker.on('error', () => void this.close());
      this.#worker = worker;
    }
    return worker;
  }
}

/** An aborted wait tells its reason as its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'AbortError' && error.cause instanceof Error ? error.cause.message : error.message;
}
