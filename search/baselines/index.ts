import type {Baseline} from './baseline.ts';
import {mlp} from './mlp.ts';
import {resnet} from './resnet.ts';

export const baselines: readonly Baseline[] = [resnet, mlp];
