import {once} from 'node:events';
import path from 'node:path';
import {Worker} from 'node:worker_threads';
import type {Ask} from '../../search/strategy.ts';
import {Errands} from '../asking/errands.ts';
import {TookTooLong} from '../asking/question.ts';
import type {Asker, Question} from '../asking/question.ts';

/** Folding 10,000 trials takes seconds, a question after them a part of one; what takes longer than this will not end. */
const limitMilliseconds = 300_000;
/** Of its heap: it may not take what its process has. */
const maxOldGenerationSizeMb = 256;

// Beside this file, whether it is the source or was compiled.
const file = path.join(import.meta.dirname, `thinking${path.extname(import.meta.filename)}`);

interface Thread {
  readonly worker: Worker;
  /** Aborted with the reason once the thread is of no use any more. */
  readonly ended: AbortController;
}

/** Heavy strategies think on a thread of their own. A thread that broke is replaced by a new one, which folds the logs again. */
export class ThreadAsker implements Asker {
  readonly #limit: number;
  readonly #errands = new Errands();
  #thread: Thread | undefined;
  #isClosed = false;

  /** `limit` is the most milliseconds that a question may take. */
  constructor(limit = limitMilliseconds) {
    this.#limit = limit;
  }

  async ask(question: Question): Promise<Ask> {
    // one that broke while nobody asked is no failure of this question
    if (this.#thread?.ended.signal.aborted === true) await this.#end();
    if (this.#isClosed) throw new Error('the strategy could not be asked: its thread was closed');
    this.#thread ??= begun();
    const {worker, ended} = this.#thread;
    const late = AbortSignal.timeout(this.#limit);
    worker.ref();
    try {
      worker.postMessage(this.#errands.of(question));
      const [ask] = (await once(worker, 'message', {signal: AbortSignal.any([ended.signal, late])})) as [Ask];
      worker.unref();
      return ask;
    } catch (error) {
      await this.#end();
      throw this.#failure(error, late.aborted);
    }
  }

  /** For good: the question that is thought about is rejected, and so are all that come. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  #failure(error: unknown, late: boolean): Error {
    const what = 'the strategy could not be asked';
    if (late) return new TookTooLong(`${what}: no answer within ${String(this.#limit / 1000)} s`, {cause: error});
    return new Error(`${what}: ${causeOf(error)}`, {cause: error});
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#errands.clear();
    thread?.ended.abort(new Error('its thread was ended'));
    await thread?.worker.terminate();
  }
}

/** It keeps no process alive while nothing is asked. */
function begun(): Thread {
  const worker = new Worker(file, {resourceLimits: {maxOldGenerationSizeMb}});
  const ended = new AbortController();
  worker.on('error', (error) => {
    ended.abort(error);
  });
  worker.on('exit', () => {
    ended.abort(new Error('its thread ended'));
  });
  worker.unref();
  return {worker, ended};
}

/** An aborted wait tells its reason as its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'AbortError' && error.cause instanceof Error ? error.cause.message : error.message;
}
