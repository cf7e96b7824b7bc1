import type {StrategyType} from '../strategy.ts';
import {bananas} from './bananas.ts';
import {blendSearch} from './blend-search.ts';
import {costFrugal} from './cost-frugal.ts';
import {grid} from './grid.ts';
import {localSearch} from './local-search.ts';
import {networkMorphism} from './network-morphism.ts';
import {nsga2} from './nsga2.ts';
import {portfolio} from './portfolio.ts';
import {random} from './random.ts';
import {regularizedEvolution} from './regularized-evolution.ts';
import {reinforce} from './reinforce.ts';
import {tpe} from './tpe.ts';

export const strategies: readonly StrategyType[] = [
  random,
  grid,
  regularizedEvolution,
  localSearch,
  nsga2,
  reinforce,
  tpe,
  bananas,
  costFrugal,
  blendSearch,
  networkMorphism,
  portfolio,
];
