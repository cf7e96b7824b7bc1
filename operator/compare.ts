import {compareOnTest} from '../search/comparison.ts';
import type {Comparison, TestScores} from '../search/comparison.ts';
import {blobs} from '../api/protocol.ts';
import {mostScoreBytes, parseTestScores} from '../api/test-scores.ts';
import type {TestScoresRead} from '../api/test-scores.ts';
import type {Instant} from '../api/quantities.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {SearchStatus} from '../api/search-status.ts';
import type {ComparisonRequest} from './actions.ts';
import {withFindings} from './planning/conditions.ts';
import type {Finding} from './planning/conditions.ts';
import type {Bus, Key} from './ports.ts';

/** The metric whose per-example scores the runner keeps: what the paired interval can be computed for. */
const paired = {
  ImageClassification: {metric: 'accuracy', higherIsBetter: true, transform: 'Mean'},
  TabularClassification: {metric: 'accuracy', higherIsBetter: true, transform: 'Mean'},
  TabularRegression: {metric: 'rmse', higherIsBetter: false, transform: 'RootMean'},
} as const;

interface Sources {
  readonly bus: Bus;
  readonly now: Instant;
}

/** Compares winner and baseline on the test split, from the per-example scores that their scoring trials kept. */
export async function comparisonStatus(
  {bus, now}: Sources,
  search: ArchitectureSearch,
  request: ComparisonRequest,
): Promise<Pick<SearchStatus, 'comparison' | 'conditions'>> {
  const key = {namespace: search.metadata.namespace ?? 'default', name: search.metadata.name};
  const told = await tell(bus, key, search, request);
  const generation = search.metadata.generation ?? 1;
  return {
    comparison: {...request.comparison, ...(told.difference && {difference: told.difference})},
    conditions: withFindings(search.status?.conditions ?? [], [told.finding], {generation, now}),
  };
}

interface Told {
  readonly finding: Finding;
  readonly difference?: NonNullable<NonNullable<SearchStatus['comparison']>['difference']>;
}

const untold = (message: string): Told => ({
  finding: {type: 'Compared', status: 'False', reason: 'NoComparison', message},
});

async function tell(bus: Bus, key: Key, search: ArchitectureSearch, request: ComparisonRequest): Promise<Told> {
  if (request.baselineTrial === undefined)
    return untold(search.spec.baseline === undefined ? 'the search has no baseline' : 'no baseline trial succeeded');
  const winner = await scoresOf(bus, key, request.winnerTrial);
  const baseline = await scoresOf(bus, key, request.baselineTrial);
  const sides = bothOf(winner, baseline);
  return typeof sides === 'string' ? untold(sides) : compared(search, {...sides, seed: request.seed});
}

type Sides = Pick<TestScores, 'winner' | 'baseline'>;

/** The scores of both, or why they cannot be compared. */
function bothOf(winner: TestScoresRead | undefined, baseline: TestScoresRead | undefined): Sides | string {
  const unfit = 'the per-example scores cannot be compared: ';
  for (const side of [winner, baseline]) if (side?.kind === 'Damaged') return unfit + side.why;
  if (winner?.kind !== 'Found' || baseline?.kind !== 'Found') return 'the per-example scores are gone';
  if (winner.examples !== baseline.examples)
    return `${unfit}${String(winner.examples)} examples of the winner and ${String(baseline.examples)} of the baseline`;
  return {winner: winner.scores, baseline: baseline.scores};
}

function compared(search: ArchitectureSearch, sides: Sides & Pick<TestScores, 'seed'>): Told {
  const {metric, higherIsBetter, transform} = paired[search.spec.task];
  const {difference: value, interval, conclusion} = compareOnTest({...sides, higherIsBetter, transform});
  return {
    finding: {type: 'Compared', status: 'True', reason: 'Compared', message: sentences[conclusion](metric)},
    difference: {metric, value, interval: [...interval], conclusion},
  };
}

const sentences: Readonly<Record<Comparison['conclusion'], (metric: string) => string>> = {
  WinnerBetter: (metric) => `the winner is better than the baseline in test ${metric}`,
  BaselineBetter: (metric) => `the baseline is better than the winner in test ${metric}`,
  NoDifference: (metric) => `no difference in test ${metric} can be told between the winner and the baseline`,
};

async function scoresOf(bus: Bus, search: Key, trial: string): Promise<TestScoresRead | undefined> {
  const read = await bus.readBlob(search, trial, blobs.testScores, {mostBytes: mostScoreBytes});
  if (read.kind === 'Missing') return undefined;
  const scores: TestScoresRead = read.kind === 'Found' ? parseTestScores(read.bytes) : read;
  return scores.kind === 'Damaged' ? {...scores, why: `${trial}: ${scores.why}`} : scores;
}
