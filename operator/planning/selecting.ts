import {compare} from '../../search/objectives.ts';
import type {Objective, Values} from '../../search/objectives.ts';
import type {Stored} from '../../api/meta.ts';
import {objectivesOf} from '../../api/problem.ts';
import type {SearchStatus} from '../../api/search-status.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial, TrialSpecification} from '../../api/trial.ts';
import type {Action} from '../actions.ts';
import type {Situation} from '../observed.ts';
import {deadlineOf} from './limits.ts';
import type {Progress} from './progress.ts';
import {newTrial, trialName, trialSeed} from './trials.ts';

const hasResult = ({status}: Trial): boolean => status?.values !== undefined && status.phase !== 'Failed';
const valuesOf = ({status}: Trial): Values => status?.values ?? {};

const eligible = (trials: readonly Stored<Trial>[]): Stored<Trial>[] =>
  trials.filter((trial) => hasResult(trial) && trial.spec.duplicateOf === undefined);
const order =
  (objectives: readonly Objective[]) =>
  (a: Trial, b: Trial): number =>
    compare(objectives, valuesOf(a), valuesOf(b)) || a.spec.index - b.spec.index;

/** Trials with a result, the best first; the older one first where they are equal. */
export const ranked = (objectives: readonly Objective[], trials: readonly Stored<Trial>[]): Stored<Trial>[] =>
  eligible(trials).toSorted(order(objectives));

/** The first of those that `ranked` gives: it is looked for in every round, among all trials. */
export function leader(objectives: readonly Objective[], trials: readonly Stored<Trial>[]): Stored<Trial> | undefined {
  const inOrder = order(objectives);
  const [first, ...others] = eligible(trials);
  return first && others.reduce((best, trial) => (inOrder(trial, best) < 0 ? trial : best), first);
}

/** What is retrained: the best candidates, and the best baseline beside them. */
interface Entrant {
  readonly trial: Stored<Trial>;
  readonly share: 'Selection' | 'Baseline';
}

function entrants({search, byPurpose}: Situation): Entrant[] {
  const {selection} = search.spec;
  const objectives = objectivesOf(search.spec);
  const best = ranked(objectives, byPurpose.Candidate).slice(0, selection?.retrain ?? 0);
  const baseline = ranked(objectives, byPurpose.Baseline).slice(0, 1);
  return [
    ...best.map((trial) => ({trial, share: 'Selection'}) as const),
    ...baseline.map((trial) => ({trial, share: 'Baseline'}) as const),
  ];
}

const isScoring = (trial: Trial): boolean => trial.spec.score !== undefined;
const retrainings = ({byPurpose}: Situation) => byPurpose.Final.filter((trial) => !isScoring(trial));

/** Every entrant with every seed. The plan of the finals follows from finished trials alone, so that it never changes. */
function plannedFinals(situation: Situation): Trial[] {
  const {search} = situation;
  const {selection, estimation} = search.spec;
  if (selection === undefined) return [];
  const epochs = selection.epochs ?? estimation.maxEpochs;
  return entrants(situation).flatMap(({trial, share}, place) =>
    Array.from({length: selection.seeds}, (_, seed) =>
      newTrial(search, {
        ...trial.spec,
        purpose: 'Final',
        share,
        index: place * selection.seeds + seed + 1,
        epochs,
        seed: trialSeed(search, 'final', seed),
        dataFraction: 1,
        deadlineSeconds: deadlineOf(situation, epochs),
        parent: trial.metadata.name,
        why: `${trial.metadata.name} trained again, seed ${String(seed + 1)} of ${String(selection.seeds)}`,
        skipped: 0,
        after: [],
      }),
    ),
  );
}

const missing = (planned: readonly Trial[], {byName}: Situation): Action[] =>
  planned.filter(({metadata}) => !byName.has(metadata.name)).map((trial) => ({kind: 'CreateTrial', trial}));

/** Trains the best candidates and the best baseline again, with several seeds. */
export function selecting(situation: Situation): Progress | undefined {
  const planned = plannedFinals(situation);
  const done = planned.filter(({metadata}) => {
    const trial = situation.byName.get(metadata.name);
    return trial !== undefined && isFinished(trial);
  });
  if (done.length === planned.length) return undefined;
  return {
    phase: 'Selecting',
    reason: 'Selecting',
    message: `${String(done.length)} of ${String(planned.length)} trained again`,
    actions: missing(planned, situation),
  };
}

/** The retrained models of one entrant, and their mean validation. */
interface Group {
  readonly entrant: Stored<Trial>;
  readonly share: Entrant['share'];
  readonly members: readonly Stored<Trial>[];
  readonly validation: Values;
}

function groups(situation: Situation): Group[] {
  return entrants(situation).flatMap(({trial, share}) => {
    const members = retrainings(situation).filter(
      (final) => final.spec.parent === trial.metadata.name && hasResult(final),
    );
    return members.length === 0 ? [] : [{entrant: trial, share, members, validation: mean(members.map(valuesOf))}];
  });
}

/** The mean of every metric that all of them have. */
function mean(all: readonly Values[]): Values {
  const [first = {}, ...rest] = all;
  const shared = Object.keys(first).filter((metric) => rest.every((values) => values[metric] !== undefined));
  const average = (metric: string) => all.reduce((sum, values) => sum + (values[metric] ?? 0), 0) / all.length;
  return Object.fromEntries(shared.map((metric) => [metric, average(metric)]));
}

/** Who is scored on test: the winner by mean validation, and the baseline. */
function finalists(situation: Situation): {winner: Group | undefined; baseline: Group | undefined} {
  const objectives = objectivesOf(situation.search.spec);
  const all = groups(situation);
  const [winner] = all
    .filter(({share}) => share === 'Selection')
    .toSorted((a, b) => compare(objectives, a.validation, b.validation));
  return {winner, baseline: all.find(({share}) => share === 'Baseline')};
}

function scoringTrial(situation: Situation, group: Group, index: number): Trial {
  const spec: TrialSpecification = {
    ...group.entrant.spec,
    purpose: 'Final',
    share: group.share,
    index,
    epochs: 0,
    seed: trialSeed(situation.search, 'score', 0),
    deadlineSeconds: deadlineOf(situation, 0),
    parent: group.entrant.metadata.name,
    score: group.members.map(({metadata}) => metadata.name),
    why: `${group.entrant.metadata.name} scored once on the test split`,
    skipped: 0,
    after: [],
  };
  return newTrial(situation.search, spec);
}

/** Scoring trials come after all retrainings; the winner's is first. */
function plannedScorings(situation: Situation): Trial[] {
  const {winner, baseline} = finalists(situation);
  const first = plannedFinals(situation).length + 1;
  return [winner, baseline]
    .filter((group) => group !== undefined)
    .map((group, place) => scoringTrial(situation, group, first + place));
}

/** Scores winner and baseline once on the test split. */
export function scoring(situation: Situation): Progress | undefined {
  if (situation.search.spec.selection === undefined) return undefined;
  const planned = plannedScorings(situation);
  const open = planned.filter(({metadata}) => {
    const trial = situation.byName.get(metadata.name);
    return trial === undefined || !isFinished(trial);
  });
  if (open.length === 0) return undefined;
  return {
    phase: 'Selecting',
    reason: 'Scoring',
    message: 'scoring the winner and the baseline on the test split',
    actions: missing(planned, situation),
  };
}

type Scored = NonNullable<SearchStatus['comparison']>['winner'];

/** Validation and test of a finalist; the model that is kept is its best by validation. */
function scoredOf(situation: Situation, group: Group, index: number): Scored | undefined {
  const objectives = objectivesOf(situation.search.spec);
  const scores = situation.byName.get(trialName(situation.search, 'Final', index));
  const [kept] = group.members.toSorted((a, b) => compare(objectives, valuesOf(a), valuesOf(b)));
  if (scores === undefined || !hasResult(scores) || kept === undefined) return undefined;
  return {
    trial: kept.metadata.name,
    from: group.entrant.metadata.name,
    validation: group.validation,
    test: valuesOf(scores),
  };
}

const isCompared = ({search}: Situation): boolean =>
  search.status?.conditions?.some(({type}) => type === 'Compared') ?? false;

/** Asks for the comparison on the test split, once both are scored. */
export function comparing(situation: Situation): Progress | undefined {
  if (situation.search.spec.selection === undefined || isCompared(situation)) return undefined;
  const {winner, baseline} = finalists(situation);
  const first = plannedFinals(situation).length + 1;
  const scored = winner && scoredOf(situation, winner, first);
  const against = baseline && scoredOf(situation, baseline, first + 1);
  if (scored === undefined) {
    const message = 'no retrained candidate could be scored: the best is told by validation alone';
    const findings = [{type: 'Compared', status: 'False', reason: 'NoComparison', message}] as const;
    return {phase: 'Selecting', reason: 'NoComparison', message, actions: [], findings};
  }
  const action = compareAction(situation, first, {winner: scored, ...(against && {baseline: against})});
  return {phase: 'Selecting', reason: 'Scoring', message: 'comparing the winner with the baseline', actions: [action]};
}

function compareAction(
  {search, namespace}: Situation,
  first: number,
  comparison: {readonly winner: Scored; readonly baseline?: Scored},
): Action {
  const {name, resourceVersion} = search.metadata;
  return {
    kind: 'Compare',
    search: {namespace, name},
    resourceVersion,
    comparison: {
      seed: search.spec.randomSeed,
      winnerTrial: trialName(search, 'Final', first),
      ...(comparison.baseline && {baselineTrial: trialName(search, 'Final', first + 1)}),
      comparison,
    },
  };
}
