import {z} from 'zod';
import {hasResult} from '../history.ts';
import type {Observation} from '../history.ts';
import type {Ask, Candidate, Problem, Strategy, StrategyType} from '../strategy.ts';
import {cheapSettings} from './cost-frugal.ts';
import {coordinatesOf} from './local-threads/coordinates.ts';
import {mostPromising} from './local-threads/priority.ts';
import {
  askedLocal,
  askMove,
  askStart,
  beginLocal,
  observationAt,
  scoresFor,
  toldLocal,
  withThread,
} from './local-threads/search.ts';
import type {LocalState} from './local-threads/search.ts';
import type {Thread} from './local-threads/thread.ts';
import {modelsChoice} from './portfolio/guided.ts';

const settings = z.strictObject({
  cheap: cheapSettings,
  margin: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      'How far beyond what the local searches have tried the global one may go, as a share of every range; it grows with each local search that ends.',
    ),
});
type Settings = z.output<typeof settings>;

const alive = ({threads}: LocalState): readonly Thread[] => threads.filter(({converged}) => !converged);

/** The global search keeps to the box around what the local ones have tried: beyond it a trial may cost anything (section 3.3). */
function admits(problem: Problem, {margin}: Settings, {box, threads}: LocalState): (candidate: Candidate) => boolean {
  const ended = threads.filter(({converged}) => converged).length;
  const beyond = margin * (1 + ended);
  return (candidate) =>
    Object.entries(coordinatesOf(problem, candidate)).every(([name, position]) => {
      const [low, high] = [box.low[name], box.high[name]];
      return low === undefined || high === undefined || (position >= low - beyond && position <= high + beyond);
    });
}

/** A result of the global search that is better than the median of the threads' begins one itself. */
function beginsThread(problem: Problem, state: LocalState, found: Observation): boolean {
  if (!hasResult(problem, found)) return false;
  const bests = alive(state).flatMap(({index}) => observationAt(state.history, index) ?? []);
  const [score = -Infinity, ...others] = scoresFor(problem, 0, [found, ...bests]);
  return others.filter((other) => other < score).length * 2 >= others.length;
}

function ask(problem: Problem, given: Settings, state: LocalState): Ask {
  const threads = alive(state);
  const chosen = mostPromising(problem, state, {threads, elsewhere: true});
  // What never was tried elsewhere is not rated: it gets a turn once the model has something to learn from.
  const untried =
    state.elsewhere.best === null && !Object.values(state.sources).some((source) => 'elsewhere' in source);
  if (chosen === 'elsewhere' || untried) {
    const global = modelsChoice(problem, state.history, admits(problem, given, state));
    if (global !== undefined) return {...global, tag: {elsewhere: true}};
  }
  const thread = chosen === 'elsewhere' ? mostPromising(problem, state, {threads, elsewhere: false}) : chosen;
  if (thread === undefined || thread === 'elsewhere') return askStart(problem, state, given.cheap);
  return askMove(problem, state, thread);
}

const strategy: Strategy<Settings, LocalState> = {
  version: 1,
  init: (problem, _settings, prior) => beginLocal(problem, prior),
  ask,
  asked: (problem, _settings, state, proposal) => askedLocal(problem, state, proposal),
  tell: (problem, _settings, state, report) =>
    toldLocal(problem, state, report, (told, {observation, cost}) =>
      beginsThread(problem, told, observation) ? withThread(problem, told, observation, cost) : told,
    ),
};

/**
 * BlendSearch (Wang et al. 2021, Economical hyperparameter optimization with blended search strategy): the local searches of CostFrugal, and
 * a global one that may begin more of them where it finds something good. The next trial goes to whichever is expected to be best
 * after what its next improvement costs, by observed cost. The global search is the Gaussian-process model of Portfolio.
 */
export const blendSearch: StrategyType<Settings, LocalState> = {type: 'BlendSearch', settings, strategy, heavy: true};
