import {z} from 'zod';
import {augmentations, optimizers, schedules} from '../../api/training.ts';
import {TrialFailure} from '../failure.ts';

/** A trial's training values; what a proposal leaves out has the default of the search's `training`. */
const settings = z.strictObject({
  optimizer: z.enum(optimizers).default('Adam'),
  learningRate: z.number().gt(0).default(0.003),
  schedule: z.enum(schedules).default('Cosine'),
  weightDecay: z.number().min(0).default(0),
  batchSize: z.int().min(1).default(64),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  augmentation: z.enum(augmentations).default('Identity'),
  cutout: z.number().min(0).max(1).default(0),
  mixup: z.number().min(0).default(0),
  dropPath: z.number().min(0).lt(1).default(0),
  gradientClipping: z.number().min(0).default(0),
});
export type TrainingSettings = z.output<typeof settings>;

export function parseSettings(values: unknown): TrainingSettings {
  const parsed = settings.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TrialFailure('RunnerError', `training.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}
