import {Errands} from '../../operator/asking/errands.ts';
import type {Asker, Question} from '../../operator/asking/question.ts';
import {Thinker} from '../../operator/asking/thinker.ts';
import type {Ask} from '../../search/strategy.ts';
import {ConnectionLost} from './calls.ts';
import type {Calls, Loss} from './calls.ts';

/** Likely enough to happen twice in a row now and then. */
const death: Loss = {what: 'the thread dies', weight: 2};

/**
 * Where heavy strategies think, as an operator's process sees it: the scheduler of the world says when it gets its answer, or that the
 * thread died on the way, and all that it knew with it.
 */
export class ParkedAsker implements Asker {
  readonly #calls: Calls;
  readonly #errands = new Errands(10);
  #thinker = new Thinker();

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async ask(question: Question): Promise<Ask> {
    const errand = structuredClone(this.#errands.of(question));
    const about = `${question.search.metadata.name} after ${String(question.trials.length)}`;
    try {
      const think = () => Promise.resolve().then(() => this.#thinker.think(errand));
      return await this.#calls.make(`think about ${about}`, think, death);
    } catch (error) {
      this.#errands.clear();
      this.#thinker = new Thinker();
      throw error instanceof ConnectionLost ? new Error('the thread died', {cause: error}) : error;
    }
  }
}
