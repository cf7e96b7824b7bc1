import {foldOn, tellAll} from '../../search/fold.ts';
import type {Folded} from '../../search/fold.ts';
import type {Ask, Proposal, Report} from '../../search/strategy.ts';
import {hash} from '../../search/hash.ts';
import {stableText} from '../../search/json.ts';
import type {Stored} from '../../api/meta.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {Purpose, Trial} from '../../api/trial.ts';
import type {Action} from '../actions.ts';
import {mayBeAskedAgain, pauseMinutes} from '../asking/question.ts';
import type {Broken, Question} from '../asking/question.ts';
import type {Situation} from '../observed.ts';
import {untimed} from '../timed.ts';
import {deadlineOf} from './limits.ts';
import type {End} from './limits.ts';
import {entriesOf, placedIn, unfolded} from './logs.ts';
import type {Log} from './logs.ts';
import {fingerprints, newTrial, trialSeed} from './trials.ts';

/** Folded states by purpose: a cache, never the truth. */
export type Memory = Partial<Record<Purpose, Folded>>;

export interface Proposed {
  readonly action?: Action;
  readonly exhausted?: End;
  /** The strategy waits for a report. */
  readonly waiting: boolean;
  /** Why the strategy gives no answer, and how long after that it is asked again. */
  readonly broken?: string;
  readonly memory: Memory;
}

/**
 * Asks the log's strategy for its next trial. Nothing is remembered but what is recorded: `n + 1` is asked only once `n` exists. A heavy
 * strategy is asked on another thread, and its answer is seen in a later round.
 */
export const propose = (situation: Situation, log: Log, memory: Memory): Proposed =>
  log.row.heavy === true ? {...askElsewhere(situation, log), memory} : askHere(situation, log, memory);

function askHere(situation: Situation, log: Log, memory: Memory): Proposed {
  const trials = situation.byPurpose[log.purpose];
  const known = memory[log.purpose];
  const from = known !== undefined && known.count <= trials.length ? known : undefined;
  const {timed = untimed} = situation;
  const entries = entriesOf(trials, from?.count);
  const state = timed(from === undefined ? 'Replay' : 'Fold', () => foldOn(log, from?.state, entries));
  const told = unfolded(trials);
  const next = tellAll(log, state, placedIn(trials, told));
  const ask = timed('Ask', () => log.row.strategy.ask(log.problem, log.settings, next));
  return {...proposed(situation, log, {ask, told}), memory: {...memory, [log.purpose]: {count: trials.length, state}}};
}

/**
 * The answer to a question about another log is dropped: its key is an old one. Results that came while the strategy thought are told to
 * its next question; but what ends a search, or makes it wait, is asked again with them.
 */
function askElsewhere(situation: Situation, log: Log): Omit<Proposed, 'memory'> {
  const {search, now} = situation;
  const trials = situation.byPurpose[log.purpose];
  const told = unfolded(trials);
  const key = logKey(search, trials);
  const question: Question = {search, purpose: log.purpose, trials, told, key};
  const ask = {waiting: false, action: {kind: 'Ask', question}} as const;
  const answer = situation.asked?.get(log.purpose);
  if (answer?.key !== key) return ask;
  if (answer.kind === 'Pending') return {waiting: false, ...brokenBy(answer.broken)};
  if (answer.kind === 'Broken')
    return {...(mayBeAskedAgain(answer, now) ? ask : {waiting: false}), ...brokenBy(answer)};
  const isOld = answer.ask.kind !== 'Propose' && answer.told.length < told.length;
  return isOld ? ask : proposed(situation, log, answer);
}

const brokenBy = (broken: Broken | undefined): Pick<Proposed, 'broken'> =>
  broken === undefined
    ? {}
    : {broken: `${broken.message}; it is asked again after ${String(pauseMinutes(broken))} min`};

/** What a log is: which trials it holds, and what was learnt before them. The spec's part in it cannot change. */
function logKey({status}: ArchitectureSearch, trials: readonly Stored<Trial>[]): string {
  const uids = trials.map(({metadata}) => metadata.uid).join();
  return `${String(trials.length)}/${hash(stableText(status?.frozen ?? {}) + uids)}`;
}

/** What follows from an answer, and from the reports that it was given with. */
function proposed(
  situation: Situation,
  log: Log,
  {ask, told}: {readonly ask: Ask; readonly told: readonly Report[]},
): Omit<Proposed, 'memory'> {
  if (ask.kind === 'Wait') return {waiting: true};
  if (ask.kind === 'Exhausted') return {waiting: false, exhausted: {reason: 'SpaceExhausted', message: ask.why}};
  return {waiting: false, action: {kind: 'CreateTrial', trial: recordOf(situation, log, ask, told)}};
}

function recordOf(situation: Situation, log: Log, proposal: Proposal, after: readonly Report[]): Trial {
  const {search} = situation;
  const trials = situation.byPurpose[log.purpose];
  const {candidate, epochs, parent, tag, why, skipped} = proposal;
  const prints = fingerprints(log.problem, candidate, epochs);
  const twin = trials.find((trial) => trial.spec.identity === prints.identity && trial.spec.duplicateOf === undefined);
  const parentName = parent === undefined ? undefined : trials[parent - 1]?.metadata.name;
  // an index is never used again, so that a trial that was forced away leaves a gap
  const index = (trials.at(-1)?.spec.index ?? 0) + 1;
  return newTrial(search, {
    search: search.metadata.name,
    purpose: log.purpose,
    share: log.share,
    index,
    architecture: log.architecture(candidate.genotype),
    ...prints,
    training: candidate.training,
    epochs,
    seed: trialSeed(search, 'search', 0),
    dataFraction: 1,
    deadlineSeconds: deadlineOf(situation, epochs),
    ...(parentName === undefined ? {} : {parent: parentName}),
    ...(twin === undefined ? {} : {duplicateOf: twin.metadata.name}),
    ...(tag === undefined ? {} : {tag}),
    why: why.slice(0, 512),
    skipped,
    after: [...after],
  } as Trial['spec']);
}
