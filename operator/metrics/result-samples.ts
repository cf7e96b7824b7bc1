import {hypervolume, nondominated} from '../../search/hypervolume.ts';
import type {Scores} from '../../search/hypervolume.ts';
import {feasible, measured, scoreOf} from '../../search/objectives.ts';
import type {Objective, Values} from '../../search/objectives.ts';
import {objectivesOf} from '../../api/problem.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {Trial} from '../../api/trial.ts';
import type {Labels, Sample} from './sample.ts';

/** The best candidate and baseline, and the Pareto front. */
export function resultSamples(labels: Labels, search: ArchitectureSearch, trials: readonly Trial[]): Sample[] {
  const objectives = objectivesOf(search.spec);
  const {best, baseline} = search.status ?? {};
  return [
    ...valueSamples('archsearch_search_best_objective', labels, objectives, best?.values),
    ...valueSamples('archsearch_search_baseline_objective', labels, objectives, baseline?.values),
    ...(objectives.length < 2 ? [] : frontSamples(labels, objectives, trials)),
  ];
}

const valueSamples = (
  name: Sample['name'],
  labels: Labels,
  objectives: readonly Objective[],
  values: Values = {},
): Sample[] =>
  objectives.flatMap(({metric}) => {
    const value = values[metric];
    return value === undefined ? [] : [{name, labels: {...labels, objective: metric}, value}];
  });

function frontSamples(labels: Labels, objectives: readonly Objective[], trials: readonly Trial[]): Sample[] {
  const results = resultsOf(objectives, trials);
  const scores = (values: Values): Scores => objectives.map((objective) => scoreOf(objective, values));
  const front = nondominated(results.filter((values) => feasible(objectives, values)).map(scores));
  const size: Sample = {name: 'archsearch_search_pareto_trials', labels, value: front.length};
  if (objectives.length > 2 && front.length > mostOfFront) return [size];
  const value = hypervolume(front, referenceOf(objectives, results));
  return [size, {name: 'archsearch_search_pareto_hypervolume', labels, value}];
}

/** Of three and more objectives, the volume takes time that grows with a power of the front's size: 0.2 s here, at a scrape. */
export const mostOfFront = 400;

/** What candidates were measured at, in their order; a duplicate was not measured. */
const resultsOf = (objectives: readonly Objective[], trials: readonly Trial[]): Values[] =>
  trials
    .filter(
      ({spec, status}) => spec.purpose === 'Candidate' && spec.duplicateOf === undefined && status?.phase !== 'Failed',
    )
    .toSorted((a, b) => a.spec.index - b.spec.index)
    .map(({status}) => status?.values ?? {})
    .filter((values) => measured(objectives, values));

/** Results that the reference is made of where there is no limit: it must not move for the rest of the search. */
const early = 10;

/** The corner that the volume is measured from: limits, and the worst of the first candidates. */
const referenceOf = (objectives: readonly Objective[], results: readonly Values[]): Scores =>
  objectives.map((objective) => {
    const {metric, limit} = objective;
    const scores = results.slice(0, early).map((values) => scoreOf(objective, values));
    return limit === undefined ? Math.min(...scores) : scoreOf(objective, {[metric]: limit});
  });
