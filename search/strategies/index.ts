import type {StrategyType} from '../strategy.ts';

export const strategies: readonly StrategyType[] = [];
