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
  /** It waits or is thought about: for the first time, or after it broke. */
  | {readonly kind: 'Pending'; readonly key: string; readonly broken?: Broken}
  | {readonly kind: 'Answered'; readonly key: string; readonly told: readonly Report[]; readonly ask: Ask}
  | Broken;

/** It broke twice in a row, or took too long. */
export interface Broken {
  readonly kind: 'Broken';
  readonly key: string;
  readonly message: string;
  /** How often in a row it has come to this. */
  readonly times: number;
  readonly at: Instant;
}

const longestPauseMinutes = 60;

/** What broke will hardly do better at once, and all others wait while it is thought about: it is asked less and less often. */
export const pauseMinutes = ({times}: Pick<Broken, 'times'>): number => Math.min(longestPauseMinutes, 2 ** (times - 1));

export const mayBeAskedAgain = (broken: Broken, now: Instant): boolean =>
  now - broken.at >= pauseMinutes(broken) * 60_000;

/** A question was given up because it took so long; asked again at once it would take as long again. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/**
 * Where heavy strategies think: a function of the question, whoever answers. One question at a time: the next is asked once this one has
 * come to its end.
 */
export interface Asker {
  /**
   * Rejects when the strategy failed, when whoever thought about it broke, or when it took too long (`TookTooLong`). The next question is
   * answered again.
   */
  ask(question: Question): Promise<Ask>;
}
