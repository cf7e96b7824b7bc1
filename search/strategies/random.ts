import {z} from 'zod';
import {identityIn, propose, sampleCandidate} from '../drawing.ts';
import {nothingSeen, remember} from '../seen.ts';
import type {Seen} from '../seen.ts';
import type {Strategy, StrategyType} from '../strategy.ts';

const settings = z.strictObject({});
type Settings = z.output<typeof settings>;

type State = {readonly asked: number; readonly seen: Seen};

const strategy: Strategy<Settings, State> = {
  version: 1,
  init: () => ({asked: 0, seen: nothingSeen}),
  ask: (problem, _settings, state) =>
    propose(problem, state, 'random', (random) => ({
      candidate: sampleCandidate(problem, random),
      epochs: problem.maxEpochs,
      why: 'drawn at random',
    })),
  asked: (problem, _settings, state, proposal) => ({
    asked: state.asked + 1,
    seen: remember(state.seen, identityIn(problem, proposal)),
  }),
  tell: (_problem, _settings, state) => state,
};

/** Draws candidates uniformly, each at most once: the baseline that every strategy must beat. */
export const random: StrategyType<Settings, State> = {type: 'Random', settings, strategy};
