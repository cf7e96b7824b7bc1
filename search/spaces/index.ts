import type {SpaceType} from '../space.ts';
import {nasBench201} from './nas-bench-201.ts';
import {tabular} from './tabular.ts';

export const spaces: readonly SpaceType[] = [nasBench201, tabular];
