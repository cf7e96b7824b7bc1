import type {StrategyType} from '../strategy.ts';
import {blendSearch} from './blend-search.ts';
import {costFrugal} from './cost-frugal.ts';
import {grid} from './grid.ts';
import {localSearch} from './local-search.ts';
import {nsga2} from './nsga2.ts';
import {portfolio} from './portfolio.ts';
import {random} from './random.ts';
import {regularizedEvolution} from './regularized-evolution.ts';

export const strategies: readonly StrategyType[] = [
  random,
  grid,
  regularizedEvolution,
  localSearch,
  nsga2,
  costFrugal,
  blendSearch,
  portfolio,
];
