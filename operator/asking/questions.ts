import type {Ask} from '../../search/strategy.ts';
import type {LogPurpose} from '../planning/logs.ts';
import {keyOf} from '../key.ts';
import type {Clock, Key} from '../ports.ts';
import {logName} from './errands.ts';
import {TookTooLong} from './question.ts';
import type {Answer, Asker, Question} from './question.ts';

export interface QuestionsOptions {
  readonly asker: Asker;
  readonly clock: Clock;
  /** A question about this search has come to its end. */
  readonly onAnswer: (search: Key) => void;
  /** A question broke, and is asked again sooner or later; or `onAnswer` failed. */
  readonly onTrouble: (error: unknown) => void;
}

interface Waiting {
  readonly question: Question;
  /** It broke before: it is given no second chance at once. */
  readonly isRetry: boolean;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The questions of this operator's life and what came of them, by search UID. They are no state: an operator that starts knows none and
 * asks again, and the answer is the same.
 */
export class Questions {
  readonly #options: QuestionsOptions;
  readonly #answers = new Map<string, Map<LogPurpose, Answer>>();
  /** The newest question about each log that waits for its turn, in the order of their turns. */
  readonly #waiting = new Map<string, Waiting>();
  #isAsking = false;
  #isClosed = false;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  of(search: string): ReadonlyMap<LogPurpose, Answer> {
    return this.#answers.get(search) ?? new Map<LogPurpose, Answer>();
  }

  /** Has it thought about when its turn comes; at once returns. A question about the same log that still waits is not asked any more. */
  put(question: Question): void {
    const before = this.#of(question).get(question.purpose);
    if (this.#isClosed || (before?.kind === 'Pending' && before.key === question.key)) return;
    const {key} = question;
    const broken = before?.key === key && before.kind === 'Broken' ? before : undefined;
    this.#keep(question, {kind: 'Pending', key, ...(broken === undefined ? {} : {broken})});
    this.#waiting.set(logName(question), {question, isRetry: broken !== undefined});
    this.#askNext();
  }

  forget(search: string): void {
    this.#answers.delete(search);
    for (const [log, {question}] of this.#waiting)
      if (question.search.metadata.uid === search) this.#waiting.delete(log);
  }

  /** For good: nothing that waits or comes is asked, and what becomes of the question that is thought about is of no interest. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  #askNext(): void {
    const [first] = this.#waiting;
    if (this.#isAsking || first === undefined) return;
    const [log, waiting] = first;
    this.#waiting.delete(log);
    this.#isAsking = true;
    void this.#ask(waiting).finally(() => {
      this.#isAsking = false;
      this.#askNext();
    });
  }

  /** What became of a question is kept before anybody is told: whoever listens may fail. */
  async #ask({question, isRetry}: Waiting): Promise<void> {
    const {asker, onTrouble} = this.#options;
    const {key, told} = question;
    let ask: Ask;
    try {
      ask = await asker.ask(question);
    } catch (error) {
      if (this.#isClosed) return;
      if (isRetry || error instanceof TookTooLong) this.#break(question, messageOf(error));
      else this.#retry(question);
      onTrouble(error);
      return;
    }
    this.#end(question, {kind: 'Answered', key, told, ask});
  }

  /** After all others that wait: they are not to pay for it. */
  #retry(question: Question): void {
    if (this.#current(question) !== undefined) this.#waiting.set(logName(question), {question, isRetry: true});
  }

  #break(question: Question, message: string): void {
    const current = this.#current(question);
    const before = current?.kind === 'Pending' ? (current.broken?.times ?? 0) : 0;
    const at = this.#options.clock.now();
    this.#end(question, {kind: 'Broken', key: question.key, message, times: before + 1, at});
  }

  #end(question: Question, answer: Answer): void {
    if (this.#isClosed) return;
    if (this.#current(question) !== undefined) this.#keep(question, answer);
    const {onAnswer, onTrouble} = this.#options;
    try {
      onAnswer(keyOf(question.search));
    } catch (error) {
      onTrouble(error);
    }
  }

  /** One about a log that has gone on meanwhile, or about a search that is no more, is of no use: there is none of it. */
  #current({search, purpose, key}: Question): Answer | undefined {
    const answer = this.#answers.get(search.metadata.uid)?.get(purpose);
    return answer?.key === key ? answer : undefined;
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
