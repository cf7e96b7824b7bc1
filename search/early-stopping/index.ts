import type {EarlyStoppingType} from './early-stopping.ts';

export const earlyStoppingRules: readonly EarlyStoppingType[] = [];
