import type {TrainingSettings} from './settings.ts';

/** Factor on the learning rate at `step` of `total` (0 ≤ step < total). Cosine: Loshchilov and Hutter 2017, without restarts. */
export const schedules: Readonly<Record<TrainingSettings['schedule'], (step: number, total: number) => number>> = {
  Constant: () => 1,
  Cosine: (step, total) => 0.5 * (1 + Math.cos((Math.PI * step) / total)),
};
