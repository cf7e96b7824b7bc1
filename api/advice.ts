import {parameterSpaceSize} from '../search/parameters.ts';
import {baselineTrials, budgetMilliseconds, checkShares} from './arithmetic.ts';
import type {Path} from './cel.ts';
import {objectivesOf, openProblem, openStrategy} from './problem.ts';
import type {SearchSpec} from './search.ts';

/** What is wrong, or worth knowing, in a spec whose fields are all well formed. */
export interface Advice {
  readonly severity: 'error' | 'warning';
  readonly path: Path;
  readonly message: string;
  readonly remedy: string;
}

type Check = (spec: SearchSpec) => Advice | undefined;

/** Findings that no schema and no rule can make: they need arithmetic, the search space, or judgement. */
export const advise = (spec: SearchSpec): readonly Advice[] =>
  checks.map((check) => check(spec)).filter((advice) => advice !== undefined);

const warning = (path: string, message: string, remedy: string): Advice => ({
  severity: 'warning',
  path: path.split('.'),
  message,
  remedy,
});

const shares: Check = (spec) => {
  const outcome = checkShares(spec);
  if (outcome.ok) return undefined;
  return {severity: 'error', path: outcome.field.split('.'), message: outcome.problem, remedy: outcome.remedy};
};

const baselineMissing: Check = (spec) =>
  spec.baseline === undefined
    ? warning('spec', 'there is no baseline, so that nobody can tell what the search gained', 'add baseline')
    : undefined;

const selectionMissing: Check = (spec) =>
  spec.selection === undefined
    ? warning(
        'spec',
        'there is no selection: the winner is whoever was luckiest on the validation split, and it is never scored on the test split',
        'add selection',
      )
    : undefined;

const spaceOpens: Check = (spec) => {
  try {
    openProblem(spec);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {severity: 'error', path: ['spec', 'searchSpace'], message, remedy: 'correct its settings'};
  }
};

const spaceTooSmall: Check = (spec) => {
  if (spaceOpens(spec) !== undefined) return undefined;
  const {space, training} = openProblem(spec);
  const size = space.size * parameterSpaceSize(training);
  if (spec.limits.trials === undefined || size >= spec.limits.trials) return undefined;
  return warning(
    'spec.limits.trials',
    `the space holds ${String(size)} candidates, fewer than limits.trials`,
    'lower limits.trials, or search training settings as well',
  );
};

const strategyRefuses: Check = (spec) => {
  if (spaceOpens(spec) !== undefined) return undefined;
  const {row, settings} = openStrategy(spec);
  const refusal = row.refuse?.(openProblem(spec), settings, spec.limits.trials);
  return refusal === undefined ? undefined : {severity: 'error', path: ['spec', 'strategy'], ...refusal};
};

const idlePlaces: Check = ({limits}) =>
  limits.trials !== undefined && limits.parallelTrials > limits.trials
    ? warning(
        'spec.limits.parallelTrials',
        `there are never more than ${String(limits.trials)} candidates`,
        'lower limits.parallelTrials',
      )
    : undefined;

const blindEvolution: Check = ({limits}) =>
  limits.trials !== undefined && limits.trials > 1 && limits.parallelTrials === limits.trials
    ? warning(
        'spec.limits.parallelTrials',
        'all candidates start at once, so that none can learn from another',
        'lower limits.parallelTrials',
      )
    : undefined;

const priceWithoutLimit: Check = ({limits, template}) =>
  template.pricePerGpuHour !== undefined && limits.cost === undefined && limits.gpuHours === undefined
    ? warning('spec.limits', 'GPU time has a price but no limit', 'add limits.cost or limits.gpuHours')
    : undefined;

const untunedBaseline: Check = (spec) => {
  const trials = baselineTrials(spec);
  if (spec.baseline === undefined || trials === undefined || trials > 1) return undefined;
  return warning(
    'spec.baseline.share',
    'the baseline gets one tuning trial: it is not tuned, and beating it says little',
    'raise baseline.share or limits.trials',
  );
};

const singleSeed: Check = ({selection}) =>
  selection?.seeds === 1
    ? warning(
        'spec.selection.seeds',
        'with one seed, luck of the seed and merit of the architecture cannot be told apart',
        'set selection.seeds to 3 or more',
      )
    : undefined;

const sharesWithoutBudget: Check = (spec) =>
  budgetMilliseconds(spec) === undefined && spec.limits.duration !== undefined && spec.limits.trials === undefined
    ? warning(
        'spec.limits',
        'only time ends this search: shares of baseline and selection cannot be kept back, and it may end without its comparison',
        'add limits.trials, limits.gpuHours or limits.cost',
      )
    : undefined;

const reachedAtOnce: Check = (spec) => {
  const [first] = objectivesOf(spec);
  const {target} = spec.limits;
  if (target === undefined || first.limit === undefined) return undefined;
  const looser = first.goal === 'Maximize' ? target < first.limit : target > first.limit;
  return looser
    ? warning(
        'spec.limits.target',
        'the target is looser than the limit of the first objective, so that the first feasible candidate ends the search',
        'set limits.target beyond the limit of the first objective',
      )
    : undefined;
};

const checks: readonly Check[] = [
  shares,
  spaceOpens,
  baselineMissing,
  selectionMissing,
  spaceTooSmall,
  strategyRefuses,
  idlePlaces,
  blindEvolution,
  priceWithoutLimit,
  untunedBaseline,
  singleSeed,
  sharesWithoutBudget,
  reachedAtOnce,
];
