import type {Problem} from '../../strategy.ts';
import {observationAt, scoresFor} from './search.ts';
import type {Elsewhere, LocalState} from './search.ts';
import type {Thread} from './thread.ts';

type Costs = Pick<Elsewhere, 'cost' | 'costBest' | 'costBefore'>;

/** What the next improvement is expected to cost: what the last one did, or what was spent since in vain (section 3.2). */
const costOfImprovement = ({cost, costBest, costBefore}: Costs): number =>
  Math.max(cost - costBest, costBest - costBefore);

interface Contender {
  readonly costs: Costs;
  readonly score: number;
  readonly scoreBefore: number | undefined;
}

function contenders(
  problem: Problem,
  {history}: LocalState,
  all: readonly (Costs & {best: number; before: number | null})[],
) {
  const indices = all.flatMap(({best, before}) => [best, ...(before === null ? [] : [before])]);
  const known = [...new Set(indices)].flatMap((index) => {
    const observation = observationAt(history, index);
    return observation === undefined ? [] : [{index, observation}];
  });
  const scores = scoresFor(
    problem,
    0,
    known.map(({observation}) => observation),
  );
  const scoreOf = new Map(known.map(({index}, at) => [index, scores[at] ?? -Infinity]));
  return all.map((each): Contender => ({
    costs: each,
    score: scoreOf.get(each.best) ?? -Infinity,
    scoreBefore: each.before === null ? undefined : scoreOf.get(each.before),
  }));
}

/** Improvement per cost, `undefined` before the first improvement. */
function speedOf({costs, score, scoreBefore}: Contender): number | undefined {
  if (scoreBefore === undefined) return undefined;
  return (score - scoreBefore) / Math.max(1e-9, costs.cost - costs.costBefore);
}

/**
 * The thread to go on with: the one that would have the best result once so much was spent on it as the slowest needs for an improvement, if
 * each goes on as fast as it was (Wang et al. 2021, Economical hyperparameter optimization with blended search strategy, section 3.2). One
 * that never improved is believed to be as fast as the fastest. `elsewhere` stands for the global search, when it takes part.
 */
export function mostPromising(
  problem: Problem,
  state: LocalState,
  {threads, elsewhere}: {threads: readonly Thread[]; elsewhere: boolean},
): Thread | 'elsewhere' | undefined {
  const {best} = state.elsewhere;
  const takesPart = elsewhere && best !== null;
  const all = [
    ...threads.map((thread) => ({...thread, best: thread.index})),
    ...(takesPart ? [{...state.elsewhere, best}] : []),
  ];
  const rated = contenders(problem, state, all);
  const fastest = rated.reduce((most, each) => Math.max(most, speedOf(each) ?? 0), 0);
  const horizon = rated.reduce((most, {costs}) => Math.max(most, costOfImprovement(costs)), 0);
  const promise = (each: Contender): number => each.score + (speedOf(each) ?? fastest) * horizon;
  const leader = rated.reduce<{at: number; promise: number}>(
    (first, each, at) => (promise(each) > first.promise ? {at, promise: promise(each)} : first),
    {at: -1, promise: -Infinity},
  );
  return leader.at < threads.length ? threads[leader.at] : 'elsewhere';
}
