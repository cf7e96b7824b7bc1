import type {Ask} from '../../search/strategy.ts';
import type {LogPurpose} from '../planning/logs.ts';
import {keyOf} from '../key.ts';
import type {Clock, Key} from '../ports.ts';
import {logName} from './errands.ts';
import type {Answer, Asker, Question} from './question.ts';

export interface QuestionsOptions {
  readonly asker: Asker;
  readonly clock: Clock;
  /** A question about this search has come to its end. */
  readonly onAnswer?: ((search: Key) => void) | undefined;
  /** A question broke, and is asked once more. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The questions of this operator's life and what came of them, by search UID. They are no state: an operator that starts knows none and
 * asks again, and the answer is the same.
 */
export class Questions {
  readonly #options: QuestionsOptions;
  readonly #answers = new Map<string, Map<LogPurpose, Answer>>();
  /** The newest question about each log that waits for its turn. */
  readonly #waiting = new Map<string, Question>();
  #isAsking = false;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  of(search: string): ReadonlyMap<LogPurpose, Answer> {
    return this.#answers.get(search) ?? new Map<LogPurpose, Answer>();
  }

  /** Has it thought about when its turn comes; at once returns. A question about the same log that still waits is not asked any more. */
  put(question: Question): void {
    const before = this.#of(question).get(question.purpose);
    if (before?.kind === 'Pending' && before.key === question.key) return;
    const {key} = question;
    const broken = before?.key === key && before.kind !== 'Answered' ? before.message : undefined;
    this.#keep(question, {kind: 'Pending', key, ...(broken === undefined ? {} : {message: broken})});
    this.#waiting.set(logName(question), question);
    if (!this.#isAsking) void this.#askAll();
  }

  forget(search: string): void {
    this.#answers.delete(search);
    for (const [log, question] of this.#waiting) if (question.search.metadata.uid === search) this.#waiting.delete(log);
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const answer = await this.#answerTo(next);
      // one about a log that has gone on meanwhile, or about a search that is no more, is of no use
      const current = this.#answers.get(next.search.metadata.uid)?.get(next.purpose);
      if (current?.key === next.key) this.#keep(next, answer);
      this.#options.onAnswer?.(keyOf(next.search));
    }
    this.#isAsking = false;
  }

  #next(): Question | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [log, question] = first;
    this.#waiting.delete(log);
    return question;
  }

  async #answerTo({key, told, ...question}: Question): Promise<Answer> {
    const {asker, clock, onTrouble} = this.#options;
    const answered = (ask: Ask): Answer => ({kind: 'Answered', key, told, ask});
    try {
      return answered(await asker.ask({...question, key, told}));
    } catch (error) {
      onTrouble?.(error);
    }
    try {
      return answered(await asker.ask({...question, key, told}));
    } catch (error) {
      onTrouble?.(error);
      return {kind: 'Broken', key, message: messageOf(error), at: clock.now()};
    }
  }

  #of({search}: Question): Map<LogPurpose, Answer> {
    const {uid} = search.metadata;
    const answers = this.#answers.get(uid) ?? new Map<LogPurpose, Answer>();
    this.#answers.set(uid, answers);
    return answers;
  }

  #keep(question: Question, answer: Answer): void {
    this.#of(question).set(question.purpose, answer);
  }
}
