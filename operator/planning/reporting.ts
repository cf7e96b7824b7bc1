import {isDeepStrictEqual} from 'node:util';
import type {Objective} from '../../search/objectives.ts';
import {paretoFront} from '../../search/pareto.ts';
import {objectivesOf, openSpace, openStrategy} from '../../api/problem.ts';
import {parseTimestamp, timestamp} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {SearchStatus} from '../../api/search-status.ts';
import {summaryOf} from '../../api/summary.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import type {Stored} from '../../api/meta.ts';
import type {Action} from '../actions.ts';
import {reservedOf, usedOf} from '../ledger.ts';
import type {Situation} from '../observed.ts';
import {startingPods} from './attempts.ts';
import {toldFromTrouble, withFindings} from './conditions.ts';
import type {Finding, Trouble} from './conditions.ts';
import {missingFrom} from './logs.ts';
import {leader, ranked} from './selecting.ts';
import type {Progress} from './progress.ts';

type Best = NonNullable<SearchStatus['best']>;
/** The front that status shows; the whole of it is in the Trials. */
const frontSize = 20;

/** Counts and amounts that change with every step of every trial are written at most this often, unless something else is. */
const countingSeconds = 5;

/** The search's status as it follows from what is; written only when it says something new. */
export function reporting(situation: Situation, progress: Progress): Action[] {
  const {search, now} = situation;
  const counted = statusOf(situation, progress);
  const status = {...counted, summary: summaryOf(search.spec, counted), updatedAt: timestamp(now)};
  if (!isWorthWriting(search.status, status, now)) return [];
  return [{kind: 'WriteSearchStatus', search, status}];
}

function isWorthWriting(before: SearchStatus | undefined, after: SearchStatus, now: Instant): boolean {
  if (before?.updatedAt === undefined || !isDeepStrictEqual(essence(before), essence(after))) return true;
  if (isDeepStrictEqual(before, {...after, updatedAt: before.updatedAt})) return false;
  return now - parseTimestamp(before.updatedAt) >= countingSeconds * 1000;
}

/** A status without what merely counts. */
function essence({
  updatedAt: _at,
  usage: _usage,
  summary: _summary,
  trials: _trials,
  ...status
}: SearchStatus): unknown {
  const conditions = (status.conditions ?? []).map(({message: _message, ...condition}) => condition);
  return {...status, conditions};
}

const isOver = (phase: SearchStatus['phase']): boolean => phase === 'Succeeded' || phase === 'Failed';

function statusOf(situation: Situation, progress: Progress): SearchStatus {
  const {search, now} = situation;
  const before = search.status ?? {};
  const over = isOver(progress.phase);
  const suspended = search.spec.suspend && !over;
  const generation = search.metadata.generation ?? 1;
  return {
    ...before,
    ...progress.status,
    observedGeneration: generation,
    phase: suspended ? 'Suspended' : progress.phase,
    conditions: withFindings(
      before.conditions ?? [],
      [
        ...findingsOf(progress, suspended),
        ...doubts(situation),
        ...startingPods(situation),
        ...(over ? [] : [...hearing(situation), ...trusting(situation), ...guarding(situation)]),
      ],
      {
        generation,
        now,
      },
    ),
    ...(over && before.finishedAt === undefined ? {finishedAt: timestamp(now)} : {}),
    trials: countsOf(situation),
    ...resultsOf(situation),
    ...usageOf(situation),
  };
}

/** A space is opened for what came from it alone: one that cannot be opened is told by acceptance. */
function described(search: ArchitectureSearch, trial: Trial): string {
  const space = openSpace(search.spec);
  return space.describe(space.parse(trial.spec.architecture.genotype)).slice(0, 512);
}

/** The best candidate, the best baseline, and the front when there are several objectives. */
function resultsOf({search, byPurpose}: Situation): Pick<SearchStatus, 'best' | 'baseline' | 'front'> {
  const objectives = objectivesOf(search.spec);
  const bestOf = (trial: Stored<Trial>): Best => ({
    trial: trial.metadata.name,
    values: trial.status?.values ?? {},
    ...(trial.spec.purpose === 'Candidate' ? {description: described(search, trial)} : {}),
  });
  const best = leader(objectives, byPurpose.Candidate);
  const baseline = leader(objectives, byPurpose.Baseline);
  const front = objectives.length < 2 ? [] : frontOf(objectives, byPurpose.Candidate);
  return {
    ...(best === undefined ? {} : {best: bestOf(best)}),
    ...(baseline === undefined ? {} : {baseline: bestOf(baseline)}),
    ...(front.length === 0 ? {} : {front: front.map(bestOf)}),
  };
}

function frontOf(objectives: readonly Objective[], trials: readonly Stored<Trial>[]): Stored<Trial>[] {
  const valued = ranked(objectives, trials).map((trial) => ({trial, values: trial.status?.values ?? {}}));
  return paretoFront(objectives, valued)
    .slice(0, frontSize)
    .map(({trial}) => trial);
}

function findingsOf(progress: Progress, suspended: boolean): Finding[] {
  const over = isOver(progress.phase);
  const {reason, message} = suspended
    ? {reason: 'Suspended' as const, message: 'spec.suspend is true: nothing new starts'}
    : progress;
  return [
    ...(progress.findings ?? []),
    {type: 'Progressing', status: over || suspended ? 'False' : 'True', reason, message},
  ];
}

/** What makes a replay of this search differ from what was recorded; told only when there is something to tell. */
function doubts({search, byPurpose}: Situation): Finding[] {
  const frozen = search.status?.frozen?.strategyVersion;
  const {version} = openStrategy(search.spec).row.strategy;
  const missing = [...missingFrom(byPurpose.Candidate), ...missingFrom(byPurpose.Baseline)];
  return [
    ...(frozen === undefined || frozen === version
      ? []
      : [
          {
            type: 'StrategyCurrent',
            status: 'False',
            reason: 'StrategyVersionChanged',
            message: `accepted with version ${String(frozen)} of the strategy, going on with version ${String(version)}`,
          } as const,
        ]),
    ...(missing.length === 0
      ? []
      : [
          {
            type: 'LogComplete',
            status: 'False',
            reason: 'LogIncomplete',
            message: `trials that were forced away: ${missing.map(String).join(', ')}; the search cannot be replayed`,
          } as const,
        ]),
  ];
}

/** Longer than a server takes to start again. */
const awaySeconds = 30;

/** Whether trials are heard of while they run. */
function hearing({search, bus, now}: Situation): Finding[] {
  if (bus === undefined || (!bus.connected && now - bus.since < awaySeconds * 1000)) return [];
  const why = bus.reason ?? 'no connection';
  const message = `NATS: ${why}; results come from the Pods themselves, without live curves, early stops and models`;
  const trouble = bus.connected ? undefined : ({reason: 'NatsUnreachable', message} as const);
  return toldFromTrouble(search.status?.conditions, 'MessagesArriving', trouble, 'trials are heard of as they run');
}

const untrusted: Trouble = {
  reason: 'IdentityDisabled',
  message:
    'NATS lets everybody in: whoever reaches it may speak for this search’s trials, stop them, and read their models; ' +
    'have it ask the operator (nats.identity: Token, docs/messages.md)',
};

/** Whether trials alone speak for themselves, where there is NATS. */
function trusting({search, bus}: Situation): Finding[] {
  if (bus?.open === undefined) return [];
  const trouble = bus.open ? untrusted : undefined;
  return toldFromTrouble(
    search.status?.conditions,
    'MessagesTrusted',
    trouble,
    'NATS asks the operator whom to let in',
  );
}

const unguarded: Trouble = {
  reason: 'GraceUnguarded',
  message:
    'nothing refuses deletions and evictions that stretch a Pod’s grace: what it then costs beyond its reservation is overrun; ' +
    'install the policies of the chart (helm/archsearch/templates/grace-policy.yaml)',
};

/** Whether what a Pod can cost at most can be relied on, where that is known. */
function guarding({search, graceGuarded}: Situation): Finding[] {
  if (graceGuarded === undefined) return [];
  const trouble = graceGuarded ? undefined : unguarded;
  return toldFromTrouble(
    search.status?.conditions,
    'GraceGuarded',
    trouble,
    'policies refuse to stretch a Pod’s grace',
  );
}

/** Counts are of candidates: duplicates and all. */
function countsOf({byPurpose}: Situation): NonNullable<SearchStatus['trials']> {
  const candidates = byPurpose.Candidate;
  const count = (test: (trial: Trial) => boolean): number => candidates.filter(test).length;
  return {
    total: candidates.length,
    running: count((trial) => !isFinished(trial)),
    succeeded: count(({status}) => status?.phase === 'Succeeded'),
    failed: count(({status}) => status?.phase === 'Failed'),
    stopped: count(({status}) => status?.phase === 'Stopped'),
    duplicates: count(({spec}) => spec.duplicateOf !== undefined),
    skippedDuplicates: candidates.reduce((sum, {spec}) => sum + spec.skipped, 0),
  };
}

function usageOf({ledger}: Situation): Pick<SearchStatus, 'usage'> {
  if (ledger === undefined) return {};
  const used = usedOf(ledger.spec);
  return {
    usage: {
      gpuMilliseconds: used.gpuMilliseconds,
      reservedGpuMilliseconds: reservedOf(ledger.spec).gpuMilliseconds,
      wastedGpuMilliseconds: ledger.spec.wasted.gpuMilliseconds,
      microDollars: used.microDollars,
    },
  };
}
