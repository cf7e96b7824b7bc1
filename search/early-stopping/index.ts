import type {EarlyStoppingType} from './early-stopping.ts';
import {medianStopping} from './median.ts';

export const earlyStoppingRules: readonly EarlyStoppingType[] = [medianStopping];
