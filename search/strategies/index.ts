import type {StrategyType} from '../strategy.ts';
import {random} from './random.ts';
import {regularizedEvolution} from './regularized-evolution.ts';

export const strategies: readonly StrategyType[] = [random, regularizedEvolution];
