import type {Stored} from '../../api/meta.ts';
import {parseTimestamp} from '../../api/quantities.ts';
import type {TrialReason} from '../../api/reasons.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import {attemptsOf, livePods, podName} from '../observed.ts';
import type {Situation, ViewedPod} from '../observed.ts';
import {stuckOf, wasOpened} from '../outcome.ts';
import type {Stuck} from '../outcome.ts';
import {isQuota} from '../pod-answers.ts';
import type {RefusedPod} from '../pod-answers.ts';
import {toldFromTrouble} from './conditions.ts';
import type {Finding, Trouble} from './conditions.ts';
import type {Progress} from './progress.ts';

/** A Pod that the API server calls invalid so often will not be taken the next time either. */
const invalidTries = 3;
/** First attempts in a row with one cause, after which the search gives up. */
const sameInARow = 5;
/** A Pod that waits for a node for longer is worth a word. */
const unscheduledSeconds = 30;
/** What keeps a container from starting may be gone the next moment: a registry that is restarted. At most half of the deadline. */
const patienceSeconds = 120;

/** Causes that lie in the set-up, and not in one candidate nor in what the cluster does with Pods every day. */
const telling: ReadonlySet<TrialReason> = new Set<TrialReason>([
  'Evicted',
  'NodeLost',
  'NotStarted',
  'ImagePull',
  'InvalidPod',
  'BadData',
  'MissingFile',
  'WrongShape',
  'UnsupportedArchitecture',
  'RunnerError',
  'NoResult',
  'OutOfMemory',
]);

/** What the API server said to the Pod of this trial's next attempt, if it refused it. */
function refusedPod({answers}: Situation, trial: Trial): RefusedPod | undefined {
  const answer = answers.get(podName(trial));
  return answer?.kind === 'Refused' ? answer : undefined;
}

/** Why a trial's Pod will never be made. */
export function invalidPod(situation: Situation, trial: Trial): string | undefined {
  const refused = refusedPod(situation, trial);
  if (refused?.refusal !== 'Invalid' || refused.times < invalidTries) return undefined;
  return `its Pod was refused ${String(refused.times)} times: ${refused.message}`.slice(0, 512);
}

interface Ended {
  readonly trial: string;
  readonly reason: TrialReason;
  readonly message: string;
  readonly at: string;
}

/** How a trial's first attempt ended. A trial whose Pod was never taken has no attempt. */
function firstEnd(trial: Stored<Trial>): Ended | undefined {
  const {name} = trial.metadata;
  const [first] = attemptsOf(trial);
  if (first !== undefined) return {trial: name, reason: first.reason, message: first.message, at: first.finishedAt};
  const {status} = trial;
  if (status?.reason !== 'InvalidPod' || !isFinished(trial)) return undefined;
  return {trial: name, reason: status.reason, message: status.message ?? '', at: status.finishedAt ?? ''};
}

/** The newest first attempts when they all ended in the same way, for a cause that the next ones will meet too. */
export function repeatedFailure({trials}: Situation): Ended | undefined {
  const ends = trials.map(firstEnd).filter((end) => end !== undefined);
  const newest = ends.toSorted((a, b) => a.at.localeCompare(b.at)).slice(-sameInARow);
  const last = newest.at(-1);
  if (last === undefined || newest.length < sameInARow || !telling.has(last.reason)) return undefined;
  return newest.every(({reason}) => reason === last.reason) ? last : undefined;
}

/** The same failure again and again: nothing new starts, and the search ends once nothing runs any more. */
export function givingUp(situation: Situation): Progress | undefined {
  const last = repeatedFailure(situation);
  if (last === undefined) return undefined;
  const message = `the first attempts of ${String(sameInARow)} trials in a row ended with ${last.reason}; the last one, of ${last.trial}: ${last.message}`;
  const busy = livePods(situation).length > 0 || !situation.trials.every(isFinished);
  const phase = busy ? (situation.search.status?.phase ?? 'Pending') : 'Failed';
  return {phase, reason: 'SameFailureRepeated', message, actions: []};
}

/** A container of this Pod that will not start, once it has been tried for long enough. */
export function hopelesslyStuck({now}: Situation, {pod}: ViewedPod): Stuck | undefined {
  const stuck = stuckOf(pod);
  const since = pod.status?.startTime;
  if (stuck === undefined || since === undefined) return undefined;
  const patience = Math.min(patienceSeconds, pod.spec.activeDeadlineSeconds / 2);
  return now - parseTimestamp(since) >= patience * 1000 ? stuck : undefined;
}

/** What the scheduler lacks for this Pod, in its own words, once the Pod has waited for a while. */
export function unscheduled({now}: Situation, {pod, view}: ViewedPod): string | undefined {
  if (view.kind !== 'busy' || pod.spec.nodeName !== undefined || !wasOpened(pod)) return undefined;
  if (now - parseTimestamp(pod.metadata.creationTimestamp) < unscheduledSeconds * 1000) return undefined;
  return pod.status?.conditions?.find(({type, status}) => type === 'PodScheduled' && status === 'False')?.message;
}

/** Whether Pods come to be made and scheduled; told from the first time on that they do not. */
export function startingPods(situation: Situation): Finding[] {
  const trouble = refusals(situation) ?? waits(situation);
  const {conditions} = situation.search.status ?? {};
  return toldFromTrouble(conditions, 'PodsStarting', trouble, 'no Pod waits for quota or for a node');
}

function refusals(situation: Situation): Trouble | undefined {
  for (const trial of situation.trials) {
    const refused = isFinished(trial) ? undefined : refusedPod(situation, trial);
    if (refused === undefined) continue;
    const reason = isQuota(refused) ? 'QuotaExceeded' : 'PodRejected';
    return {reason, message: `${podName(trial)}: ${refused.message}`};
  }
  return undefined;
}

function waits(situation: Situation): Trouble | undefined {
  for (const viewed of situation.viewed) {
    const message = unscheduled(situation, viewed);
    if (message !== undefined) return {reason: 'Unschedulable', message: `${viewed.pod.metadata.name}: ${message}`};
  }
  return undefined;
}
