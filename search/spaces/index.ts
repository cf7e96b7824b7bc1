import type {SpaceType} from '../space.ts';

export const spaces: readonly SpaceType[] = [];
