import type {Backend, Tensor, Variable} from '../backend.ts';
import type {TrainingSettings} from './settings.ts';
import {flatLayout} from './flat-layout.ts';

/**
 * Updates all weights as one flat vector: a handful of kernels per step instead of a handful per variable. All that it knows is in
 * `state`; the model's own variables are written by `spread`.
 */
export interface Optimizer {
  /** The flat weights. */
  readonly weights: Variable;
  /** The weights first. */
  readonly state: readonly Variable[];
  /** What the rule needs at a step (counted from 0) besides gradients and state; the learning rate is part of it. */
  coefficients(learningRate: number, step: number): Float32Array;
  readonly coefficientCount: number;
  /** The flat weights into the model's variables. */
  spread(): void;
  /** The model's variables into the flat weights. */
  gather(): void;
  /** One update. `gradients[i]` belongs to variable i; undefined where the loss does not depend on it. `coefficients` is [count]. */
  update(gradients: readonly (Tensor | undefined)[], coefficients: Tensor): void;
  dispose(): void;
}

export type OptimizerSettings = Pick<TrainingSettings, 'optimizer' | 'weightDecay'> &
  Partial<Pick<TrainingSettings, 'gradientClipping'>>;

interface Update {
  /** What is subtracted from the weights, before decoupled weight decay. */
  readonly delta: Tensor;
  readonly slots: readonly Tensor[];
}

interface Rule {
  readonly slots: number;
  /** Whether weight decay shrinks the weights themselves (Loshchilov and Hutter 2019) or is added to the gradient. */
  readonly decoupled: boolean;
  /** The learning rate first. */
  coefficients(learningRate: number, step: number): readonly number[];
  update(gradient: Tensor, slots: readonly Tensor[], coefficients: readonly Tensor[]): Update;
}

const momentum = 0.9;
const epsilon = 1e-7;
const [beta1, beta2] = [0.9, 0.999];

const onlyRate: Rule['coefficients'] = (learningRate) => [learningRate];

const adam: Pick<Rule, 'slots' | 'coefficients' | 'update'> = {
  slots: 2,
  // The bias corrections of Kingma and Ba 2015, section 2, folded into the step size and epsilon.
  coefficients(learningRate, step) {
    const correction = Math.sqrt(1 - beta2 ** (step + 1));
    return [learningRate, (learningRate * correction) / (1 - beta1 ** (step + 1)), epsilon * correction];
  },
  update(gradient, slots, coefficients) {
    const [first, second] = slots as [Tensor, Tensor];
    const [, size, small] = coefficients as [Tensor, Tensor, Tensor];
    const mean = lerp(first, gradient, beta1);
    const square = lerp(second, gradient.square(), beta2);
    return {delta: mean.mul(size).div(square.sqrt().add(small)), slots: [mean, square]};
  },
};

const rules: Readonly<Record<TrainingSettings['optimizer'], Rule>> = {
  Sgd: {
    slots: 0,
    decoupled: false,
    coefficients: onlyRate,
    update: (gradient, _slots, [rate]) => ({delta: gradient.mul(rate as Tensor), slots: []}),
  },
  /** Nesterov's form. */
  Momentum: {
    slots: 1,
    decoupled: false,
    coefficients: onlyRate,
    update(gradient, [velocity], [rate]) {
      const moved = (velocity as Tensor).mul(momentum).add(gradient);
      return {
        delta: moved
          .mul(momentum)
          .add(gradient)
          .mul(rate as Tensor),
        slots: [moved],
      };
    },
  },
  RmsProp: {
    slots: 1,
    decoupled: false,
    coefficients: onlyRate,
    update(gradient, [square], [rate]) {
      const moved = lerp(square as Tensor, gradient.square(), 0.9);
      return {delta: gradient.mul(rate as Tensor).div(moved.sqrt().add(epsilon)), slots: [moved]};
    },
  },
  Adam: {...adam, decoupled: false},
  AdamW: {...adam, decoupled: true},
};

/** By the norm over all weights (Pascanu et al. 2013, On the difficulty of training recurrent neural networks, algorithm 1); 0: not at all. */
const clipped = (gradient: Tensor, norm: number): Tensor =>
  norm === 0 ? gradient : gradient.mul(gradient.square().sum<Tensor>().sqrt().maximum(norm).reciprocal().mul(norm));

/** `kept` of the old value, the rest of the new one. */
const lerp = (old: Tensor, added: Tensor, kept: number): Tensor => old.mul(kept).add(added.mul(1 - kept));

export function createOptimizer(
  backend: Backend,
  variables: readonly Variable[],
  {optimizer, weightDecay, gradientClipping = 0}: OptimizerSettings,
): Optimizer {
  const {tf} = backend;
  const rule = rules[optimizer];
  const layout = flatLayout(backend, variables);
  const weights = tf.tidy(() => tf.variable(layout.flatten(variables), false));
  const slots = Array.from({length: rule.slots}, () => tf.tidy(() => tf.variable(tf.zerosLike(weights), false)));
  // Kernels decay; biases and the scales of normalizations do not.
  const decay =
    weightDecay === 0
      ? undefined
      : tf.tidy(() =>
          tf.variable(
            layout.mask((variable) => variable.rank > 1, weightDecay),
            false,
          ),
        );
  const state: Variable[] = [weights, ...slots, ...(decay === undefined ? [] : [decay])];
  return {
    weights,
    state,
    coefficients: (learningRate, step) => Float32Array.from(rule.coefficients(learningRate, step)),
    coefficientCount: rule.coefficients(1, 0).length,
    spread() {
      tf.tidy(() => {
        layout.assign(weights);
      });
    },
    gather() {
      tf.tidy(() => {
        weights.assign(layout.flatten(variables));
      });
    },
    update(gradients, given) {
      tf.tidy(() => {
        const coefficients = tf.unstack(given);
        const shrink = decay?.mul(weights);
        const raw = clipped(layout.flatten(gradients), gradientClipping);
        const gradient = shrink === undefined || rule.decoupled ? raw : raw.add(shrink);
        const {delta, slots: updated} = rule.update(gradient, slots, coefficients);
        const total = shrink !== undefined && rule.decoupled ? delta.add(shrink.mul(coefficients[0] as Tensor)) : delta;
        weights.assign(weights.sub(total));
        for (const [index, slot] of slots.entries()) slot.assign(updated[index] as never);
      });
    },
    dispose() {
      tf.dispose(state);
      layout.dispose();
    },
  };
}
