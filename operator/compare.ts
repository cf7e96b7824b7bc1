import {z} from 'zod';
import {compareOnTest} from '../search/comparison.ts';
import type {Comparison} from '../search/comparison.ts';
import {blobs} from '../api/protocol.ts';
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

const testScores = z.array(z.array(z.number()));

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
  if (winner === undefined || baseline === undefined) return untold('the per-example scores are gone');
  const {metric, higherIsBetter, transform} = paired[search.spec.task];
  const compared = compareOnTest({winner, baseline, higherIsBetter, transform, seed: request.seed});
  const {difference: value, interval, conclusion} = compared;
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

async function scoresOf(bus: Bus, search: Key, trial: string): Promise<number[][] | undefined> {
  const bytes = await bus.readBlob(search, trial, blobs.testScores);
  if (bytes === undefined) return undefined;
  const parsed = testScores.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  return parsed.success ? parsed.data : undefined;
}
