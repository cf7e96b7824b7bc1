import {objectivesOf, openBaseline, openProblem} from '../../api/problem.ts';
import type {Stored} from '../../api/meta.ts';
import type {Trial} from '../../api/trial.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {compare, feasible} from '../../search/objectives.ts';
import type {Values} from '../../search/objectives.ts';
import {searchedNames} from '../../search/parameters.ts';
import {paretoFront} from '../../search/pareto.ts';
import {gpuSecondsOf, spentAt} from './costs.ts';
import type {Ancestor, Curve, Spent, TrialRow} from './model.ts';

/** Curves that are drawn: more would be a smear, and as many bytes. */
export const maxCurves = 120;
/** Of these, so many are of the best trials; the others are spread evenly over the rest. */
const bestCurves = 20;

const significantDigits = 6;
const rounded = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([metric, value]) => [metric, Number(value.toPrecision(significantDigits))]),
  );

/** Every trial as a row, in the order in which they were made. */
export function trialRows(snapshot: Snapshot): readonly TrialRow[] {
  const {search, trials} = snapshot;
  const objectives = objectivesOf(search.spec);
  const describe = describer(snapshot);
  const searched = searchedTraining(snapshot);
  const spent = spentAt(snapshot);
  return inOrder(trials).map((trial) => {
    // What a scoring trial measured is of the test split: it has no place among validation values.
    const values = trial.spec.score === undefined ? (trial.status?.values ?? {}) : {};
    return {
      ...originOf(trial),
      ...outcomeOf(trial, spent.get(trial.metadata.name)),
      values: rounded(values),
      // without values there is nothing that could be past a limit
      feasible: Object.keys(values).length === 0 || feasible(objectives, values),
      architecture: describe(trial),
      training: Object.fromEntries(Object.entries(trial.spec.training).filter(([name]) => searched.has(name))),
    };
  });
}

const inOrder = (trials: readonly Stored<Trial>[]): Stored<Trial>[] =>
  trials.toSorted(
    (a, b) =>
      a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
      a.spec.purpose.localeCompare(b.spec.purpose) ||
      a.spec.index - b.spec.index,
  );

type Origin = Pick<TrialRow, 'name' | 'purpose' | 'index' | 'why' | 'parent' | 'twin'>;

const originOf = ({metadata, spec}: Trial): Origin => ({
  name: metadata.name,
  purpose: spec.purpose,
  index: spec.index,
  why: spec.why,
  ...(spec.parent === undefined ? {} : {parent: spec.parent}),
  ...(spec.duplicateOf === undefined ? {} : {twin: spec.duplicateOf}),
});

type Result = Pick<TrialRow, 'outcome' | 'message' | 'epochs' | 'gpuSeconds' | 'attempts' | 'spent'>;

function outcomeOf(trial: Trial, spent: Spent | undefined): Result {
  const {phase = 'Pending', reason, message = '', epochs = 0, attempts = []} = trial.status ?? {};
  return {
    outcome: spent === undefined ? phase : (reason ?? phase),
    message,
    epochs,
    gpuSeconds: gpuSecondsOf(trial),
    attempts: attempts.length,
    ...(spent && {spent}),
  };
}

/** A trial's architecture in words; a space that no longer reads an old genotype leaves it as it is. */
function describer({search}: Snapshot): (trial: Trial) => string {
  const {space} = openProblem(search.spec, search.status?.frozen ?? {});
  return ({spec: {architecture}}) => {
    if (architecture.family === 'Baseline') return architecture.type;
    try {
      return space.describe(space.parse(architecture.genotype));
    } catch {
      return JSON.stringify(architecture.genotype);
    }
  };
}

/** Training settings that differ between trials. */
function searchedTraining({search}: Snapshot): ReadonlySet<string> {
  const {training} = openProblem(search.spec, search.status?.frozen ?? {});
  const tuned = openBaseline(search.spec, search.status?.frozen ?? {})?.problem.training ?? {};
  return new Set([...searchedNames(training), ...searchedNames(tuned)]);
}

const candidatesOf = ({trials}: Snapshot): Stored<Trial>[] =>
  trials.filter(({spec, status}) => spec.purpose === 'Candidate' && status?.values !== undefined);

/** Names of the candidates that no other dominates; equal ones are told once. */
export function frontOf(snapshot: Snapshot): readonly string[] {
  const objectives = objectivesOf(snapshot.search.spec);
  if (objectives.length < 2) return [];
  const distinct = Map.groupBy(candidatesOf(snapshot), (trial) =>
    JSON.stringify(objectives.map(({metric}) => trial.status?.values?.[metric])),
  );
  const items = [...distinct.values()].flatMap(([trial]) =>
    trial === undefined ? [] : [{name: trial.metadata.name, values: trial.status?.values ?? {}}],
  );
  return paretoFront(objectives, items).map(({name}) => name);
}

/** Curves of the best trials and of an even choice of the others, by the first objective. */
export function curvesOf(snapshot: Snapshot): readonly Curve[] {
  const objectives = objectivesOf(snapshot.search.spec);
  const [{metric}] = objectives;
  const curves = snapshot.trials
    .filter(({spec, status}) => ['Candidate', 'Baseline'].includes(spec.purpose) && (status?.curve ?? []).length > 0)
    .toSorted((a, b) => compare(objectives, a.status?.values ?? {}, b.status?.values ?? {}))
    .map(({metadata, status}) => ({
      trial: metadata.name,
      points: (status?.curve ?? []).flatMap(({epoch, values}) => {
        const value = values[metric];
        return value === undefined ? [] : [[epoch, Number(value.toPrecision(significantDigits))] as const];
      }),
    }));
  return [...curves.slice(0, bestCurves), ...evenly(curves.slice(bestCurves), maxCurves - bestCurves)];
}

/** At most `most` items, evenly spread. */
function evenly<T>(items: readonly T[], most: number): T[] {
  const step = Math.max(1, items.length / most);
  return items.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step));
}

/** From the first ancestor to the trial itself. */
export function ancestryOf(name: string, snapshot: Snapshot): readonly Ancestor[] {
  const [{metric}] = objectivesOf(snapshot.search.spec);
  const byName = new Map(snapshot.trials.map((trial) => [trial.metadata.name, trial]));
  const line: Ancestor[] = [];
  const seen = new Set<string>();
  for (let trial = byName.get(name); trial !== undefined; trial = byName.get(trial.spec.parent ?? '')) {
    if (seen.has(trial.metadata.name)) break;
    seen.add(trial.metadata.name);
    const value = trial.status?.values?.[metric];
    line.unshift({trial: trial.metadata.name, why: trial.spec.why, ...(value === undefined ? {} : {value})});
  }
  return line;
}
