import type {Baseline} from '../search/baselines/baseline.ts';
import {baselines} from '../search/baselines/index.ts';
import type {Json} from '../search/json.ts';
import type {DataShape} from '../search/network.ts';
import type {Objective} from '../search/objectives.ts';
import type {Dimension, ParameterSpace, ParameterValue} from '../search/parameters.ts';
import {searchedNames} from '../search/parameters.ts';
import type {Space} from '../search/space.ts';
import {spaces} from '../search/spaces/index.ts';
import {strategies} from '../search/strategies/index.ts';
import type {Problem, StrategyType} from '../search/strategy.ts';
import {builtinTable} from './dataset.ts';
import type {SearchSpec} from './search.ts';
import {chosen} from './union.ts';

/** What was learnt since the spec was written: the shape of the data, from Preflight. */
export interface Frozen {
  readonly data?: {readonly input: readonly number[]; readonly outputs: number} | undefined;
}

/** What the strategy searches, from the spec and what is frozen in status. */
export function openProblem(spec: SearchSpec, frozen: Frozen = {}): Problem {
  return problemOver(openSpace(spec), parameterSpace(spec), {spec, frozen});
}

export function openSpace(spec: SearchSpec): Space {
  const {row, settings} = chosen(spaces, spec.searchSpace);
  return row.open(settings);
}

/** The chosen strategy and its settings with defaults filled in. */
export const openStrategy = (spec: SearchSpec): {row: StrategyType; settings: unknown} =>
  chosen(strategies, spec.strategy);

/**
 * The tuning of the baseline, undefined without one: a space of one network, over the spec's training ranges, or over the baseline's own
 * when the spec leaves nothing to tune.
 */
export function openBaseline(spec: SearchSpec, frozen: Frozen = {}): {problem: Problem; row: Baseline} | undefined {
  if (spec.baseline === undefined) return undefined;
  const type = spec.baseline.type;
  const row = baselines.find((candidate) => candidate.type === type);
  if (row === undefined) throw new RangeError(`unknown baseline ${type}`);
  const given = parameterSpace(spec);
  const training = searchedNames(given).length > 0 ? given : {...given, ...row.tuning};
  return {problem: problemOver(oneNetwork(row), training, {spec, frozen}), row};
}

/** The shape of built-in data; other data is measured by Preflight. */
const knownData = (spec: SearchSpec): DataShape | undefined =>
  spec.dataset.builtin === undefined ? undefined : builtinTable[spec.dataset.builtin].data;

function problemOver(space: Space, training: ParameterSpace, from: {spec: SearchSpec; frozen: Frozen}): Problem {
  const {spec, frozen} = from;
  const data = frozen.data ?? knownData(spec);
  return {
    space,
    training,
    objectives: objectivesOf(spec),
    maxEpochs: spec.estimation.maxEpochs,
    seed: spec.randomSeed,
    ...(data === undefined ? {} : {data}),
  };
}

export function objectivesOf(spec: SearchSpec): readonly [Objective, ...Objective[]] {
  const [first, ...others] = spec.objectives.map(({metric, goal, limit}) => ({
    metric,
    goal,
    ...(limit === undefined ? {} : {limit}),
  }));
  if (first === undefined) throw new RangeError('spec.objectives is empty: the schema asks for at least one');
  return [first, ...others];
}

type TrainingSetting = NonNullable<SearchSpec['training'][keyof SearchSpec['training']]>;
/** Settings that are counted; all other ranges are of real numbers. */
const wholeNumbers: ReadonlySet<string> = new Set<keyof SearchSpec['training']>(['batchSize']);

const parameterSpace = (spec: SearchSpec): ParameterSpace =>
  Object.fromEntries(
    // What may be left out is no dimension then: the runner does without.
    Object.entries<TrainingSetting | undefined>(spec.training).flatMap(([name, setting]) =>
      setting === undefined ? [] : [[name, dimensionOf(name, setting)]],
    ),
  );

function dimensionOf(name: string, setting: TrainingSetting): Dimension {
  if (setting.value !== undefined) return {kind: 'fixed', value: setting.value};
  const choices: readonly ParameterValue[] | undefined = setting.choices;
  if (choices !== undefined) return {kind: 'choice', choices};
  if ('min' in setting && setting.min !== undefined && setting.max !== undefined) {
    const kind = wholeNumbers.has(name) ? 'integer' : 'real';
    return {kind, min: setting.min, max: setting.max, scale: setting.scale ?? 'Linear'};
  }
  throw new RangeError(
    `spec.training.${name} holds neither a value nor choices nor a range: the schema's rules ask for one`,
  );
}

/** A space that holds the baseline's network and nothing else. */
function oneNetwork(row: Baseline): Space {
  const step = {genotype: row.genotype, change: 'none: there is one network'};
  return {
    size: 1,
    parse: (value) => sameGenotype(value, row),
    sample: () => row.genotype,
    mutate: () => step,
    neighbours: () => [],
    canonical: () => `${row.type}:${JSON.stringify(row.genotype)}`,
    network: (genotype, data) => row.network(genotype, data),
    describe: () => row.type,
  };
}

function sameGenotype(value: unknown, row: Baseline): Json {
  if (JSON.stringify(value) !== JSON.stringify(row.genotype))
    throw new TypeError(`the baseline ${row.type} has one genotype, ${JSON.stringify(row.genotype)}`);
  return row.genotype;
}
