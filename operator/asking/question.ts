import type {Ask, Report} from '../../search/strategy.ts';
import type {Stored} from '../../api/meta.ts';
import type {Instant} from '../../api/quantities.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {Trial} from '../../api/trial.ts';
import type {LogPurpose} from '../planning/logs.ts';

/** What a heavy strategy is asked: what comes after a log, and after reports that no trial has recorded yet. */
export interface Question {
  readonly search: Stored<ArchitectureSearch>;
  readonly purpose: LogPurpose;
  /** The whole log, in its order. */
  readonly trials: readonly Stored<Trial>[];
  /** By index of their trial. */
  readonly told: readonly Report[];
  /** Equal keys, equal logs. */
  readonly key: string;
}

/** What has come of the newest question about a log. */
export type Answer =
  /** It is thought about. The message is there if that broke before. */
  | {readonly kind: 'Pending'; readonly key: string; readonly message?: string}
  | {readonly kind: 'Answered'; readonly key: string; readonly told: readonly Report[]; readonly ask: Ask}
  /** It broke twice in a row. */
  | {readonly kind: 'Broken'; readonly key: string; readonly message: string; readonly at: Instant};

const pauseMilliseconds = 60_000;

/** What broke twice will hardly do better at once. */
export const mayBeAskedAgain = ({at}: Extract<Answer, {kind: 'Broken'}>, now: Instant): boolean =>
  now - at >= pauseMilliseconds;

/**
 * Where heavy strategies think: a function of the question, whoever answers. One question at a time: the next is asked once this one has
 * come to its end.
 */
export interface Asker {
  /** Rejects when the strategy failed, when whoever thought about it broke, or when it took too long. The next question is answered again. */
  ask(question: Question): Promise<Ask>;
}
