import type {Random} from '../../search/random.ts';

/** Something that may happen next in the simulated world. */
export interface Step {
  readonly name: string;
  /** How likely it is beside the others. */
  readonly weight: number;
  /** What a calm world does not do: crashes, losses, interfering users. */
  readonly fault?: boolean;
  run(): void | Promise<void>;
}

/** Whoever can do something: asked again before every step, so that each step is possible when it is taken. */
export interface Actor {
  steps(): readonly Step[];
}

/** A step at random, by weight; undefined when nothing can happen. */
export function choose(steps: readonly Step[], random: Random): Step | undefined {
  const total = steps.reduce((sum, step) => sum + step.weight, 0);
  let left = random.uniform() * total;
  return steps.find((step) => (left -= step.weight) < 0) ?? steps.at(-1);
}
