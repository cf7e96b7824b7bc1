import type {Baseline} from './baseline.ts';

export const baselines: readonly Baseline[] = [];
