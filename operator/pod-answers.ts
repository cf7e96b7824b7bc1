import {labels} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import type {Instant} from '../api/quantities.ts';
import type {Action} from './actions.ts';
import type {ApiRefusal, Refusal} from './ports.ts';

/** What the API server said when it was asked to make a Pod, or whether it would. */
export type PodAnswer =
  | {readonly kind: 'Taken'}
  | {
      readonly kind: 'Refused';
      /** Invalid: the Pod is wrong, and will be the next time. Forbidden: quota, a policy or a missing right; it may pass. */
      readonly refusal: Extract<Refusal, 'Invalid' | 'Forbidden'>;
      readonly message: string;
      /** How often in a row. */
      readonly times: number;
      readonly at: Instant;
    };

/** An action that asks the API server for a Pod. */
export type Asking = Extract<Action, {kind: 'CreatePod' | 'DryRunPod'}>;
export const isAsking = (action: Action): action is Asking =>
  action.kind === 'CreatePod' || action.kind === 'DryRunPod';

export type RefusedPod = Extract<PodAnswer, {kind: 'Refused'}>;

/** The quota admission plugin's words; a 403 has no other mark of it (kubernetes/apiserver, plugin/resourcequota). */
export const isQuota = ({refusal, message}: RefusedPod): boolean =>
  refusal === 'Forbidden' && message.includes('exceeded quota');

const secondsBetween = {Invalid: 5, Forbidden: 15} as const;

/** A Pod that was refused is asked for again after a while only. */
export const mayAskAgain = (answer: PodAnswer | undefined, now: Instant): boolean =>
  answer?.kind !== 'Refused' || now - answer.at >= secondsBetween[answer.refusal] * 1000;

/**
 * The answers of this operator's life, by search UID and Pod name. They are no state: an operator that starts knows none and asks again,
 * which does no harm.
 */
export class PodAnswers {
  readonly #bySearch = new Map<string, Map<string, PodAnswer>>();

  of(search: string): ReadonlyMap<string, PodAnswer> {
    return this.#answers(search);
  }

  /** The Pod was made, or would be. A Pod that is there is seen, so that nothing needs to be remembered of it. */
  taken(action: Asking): void {
    const {name} = action.pod.metadata;
    const answers = this.#answers(searchOf(action.pod));
    if (action.kind === 'DryRunPod') answers.set(name, {kind: 'Taken'});
    else answers.delete(name);
  }

  refused({pod}: Asking, {refusal, message}: ApiRefusal, at: Instant): void {
    if (refusal !== 'Invalid' && refusal !== 'Forbidden') return;
    const answers = this.#answers(searchOf(pod));
    const before = answers.get(pod.metadata.name);
    const times = before?.kind === 'Refused' && before.refusal === refusal ? before.times + 1 : 1;
    answers.set(pod.metadata.name, {kind: 'Refused', refusal, message, times, at});
  }

  forget(search: string): void {
    this.#bySearch.delete(search);
  }

  #answers(search: string): Map<string, PodAnswer> {
    const answers = this.#bySearch.get(search) ?? new Map<string, PodAnswer>();
    this.#bySearch.set(search, answers);
    return answers;
  }
}

const searchOf = ({metadata}: Pod): string => metadata.labels?.[labels.searchUid] ?? '';
