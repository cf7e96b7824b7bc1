import {z} from 'zod';
import type {Strategy, StrategyType} from '../strategy.ts';
import {mostPromising} from './local-threads/priority.ts';
import {askedLocal, askMove, askStart, beginLocal, toldLocal} from './local-threads/search.ts';
import type {LocalState} from './local-threads/search.ts';

/** Where a search over training settings is cheap; shared with BlendSearch. */
export const cheapSettings = z
  .record(z.string(), z.number())
  .default({})
  .describe(
    'Numbers among the training settings at which a trial is cheap, such as {batchSize: 512}: the search begins there. Of architectures it begins with the least of every amount.',
  )
  .meta({maxProperties: 32});

const settings = z.strictObject({cheap: cheapSettings});
type Settings = z.output<typeof settings>;

const strategy: Strategy<Settings, LocalState> = {
  version: 1,
  init: (problem, _settings, prior) => beginLocal(problem, prior),
  ask: (problem, {cheap}, state) => {
    const threads = state.threads.filter(({converged}) => !converged);
    const thread = mostPromising(problem, state, {threads, elsewhere: false});
    if (thread === undefined || thread === 'elsewhere') return askStart(problem, state, cheap);
    return askMove(problem, state, thread);
  },
  asked: (problem, _settings, state, proposal) => askedLocal(problem, state, proposal),
  tell: (problem, _settings, state, report) => toldLocal(problem, state, report),
};

/**
 * FLAML's CFO (Wu, Wang & Huang 2021, Frugal optimization for cost-related hyperparameters): a randomized direct search that begins where
 * trials are cheap and moves at most one step at a time, so that a trial never costs much more than the best so far. When its steps have
 * become too short it begins again near the cheap end, with a longer step. Several searches compete by what an improvement has cost them.
 */
export const costFrugal: StrategyType<Settings, LocalState> = {type: 'CostFrugal', settings, strategy};
