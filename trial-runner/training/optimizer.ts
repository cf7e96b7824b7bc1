import type {Backend, Tensor, Variable} from '../backend.ts';
import type {TrainingSettings} from './settings.ts';

/** One update of all weights. `gradients[i]` belongs to variable i; undefined where the loss does not depend on it. */
export interface Optimizer {
  step(gradients: readonly (Tensor | undefined)[], learningRate: number): void;
  dispose(): void;
}

interface Update {
  /** What is subtracted from the weights, before decoupled weight decay. */
  readonly delta: Tensor;
  readonly slots: readonly Tensor[];
}

interface Rule {
  readonly slots: number;
  /** Whether weight decay shrinks the weights themselves (Loshchilov and Hutter 2019) or is added to the gradient. */
  readonly decoupled: boolean;
  update(gradient: Tensor, slots: readonly Tensor[], learningRate: number, step: number): Update;
}

const momentum = 0.9;
const epsilon = 1e-7;

const adam: Rule['update'] = (gradient, [first, second], learningRate, step) => {
  const [beta1, beta2] = [0.9, 0.999];
  const mean = lerp(first, gradient, beta1);
  const square = lerp(second, gradient.square(), beta2);
  // The bias corrections of Kingma and Ba 2015, section 2, folded into the step size and epsilon.
  const correction = Math.sqrt(1 - beta2 ** step);
  const size = (learningRate * correction) / (1 - beta1 ** step);
  return {delta: mean.mul(size).div(square.sqrt().add(epsilon * correction)), slots: [mean, square]};
};

const rules: Readonly<Record<TrainingSettings['optimizer'], Rule>> = {
  Sgd: {
    slots: 0,
    decoupled: false,
    update: (gradient, _slots, learningRate) => ({delta: gradient.mul(learningRate), slots: []}),
  },
  /** Nesterov's form. */
  Momentum: {
    slots: 1,
    decoupled: false,
    update: (gradient, [velocity], learningRate) => {
      const moved = velocity === undefined ? gradient : velocity.mul(momentum).add(gradient);
      return {delta: moved.mul(momentum).add(gradient).mul(learningRate), slots: [moved]};
    },
  },
  RmsProp: {
    slots: 1,
    decoupled: false,
    update: (gradient, [square], learningRate) => {
      const moved = lerp(square, gradient.square(), 0.9);
      return {delta: gradient.mul(learningRate).div(moved.sqrt().add(epsilon)), slots: [moved]};
    },
  },
  Adam: {slots: 2, decoupled: false, update: adam},
  AdamW: {slots: 2, decoupled: true, update: adam},
};

/** `kept` of the old value, the rest of the new one. */
const lerp = (old: Tensor | undefined, added: Tensor, kept: number): Tensor =>
  old === undefined ? added.mul(1 - kept) : old.mul(kept).add(added.mul(1 - kept));

/**
 * Updates all weights as one flat vector: a handful of kernels per step instead of a handful per variable, which is most of what a small
 * network's eager step would cost.
 */
export function createOptimizer(
  backend: Backend,
  variables: readonly Variable[],
  {optimizer, weightDecay}: Pick<TrainingSettings, 'optimizer' | 'weightDecay'>,
): Optimizer {
  const {tf} = backend;
  const rule = rules[optimizer];
  const layout = flatLayout(backend, variables);
  let weights = tf.keep(tf.tidy(() => layout.flatten(variables)));
  let slots: Tensor[] = Array.from({length: rule.slots}, () => tf.keep(tf.zerosLike(weights)));
  // Kernels decay; biases and the scales of normalizations do not.
  const decay = weightDecay === 0 ? undefined : tf.keep(layout.mask((variable) => variable.rank > 1, weightDecay));
  let steps = 0;
  return {
    step(gradients, learningRate) {
      steps += 1;
      const [next, ...nextSlots] = tf.tidy(() => {
        const shrink = decay?.mul(weights);
        const raw = layout.flatten(gradients);
        const gradient = shrink === undefined || rule.decoupled ? raw : raw.add(shrink);
        const {delta, slots: updated} = rule.update(gradient, slots, learningRate, steps);
        const total = shrink !== undefined && rule.decoupled ? delta.add(shrink.mul(learningRate)) : delta;
        const moved = weights.sub(total);
        layout.assign(moved);
        return [moved, ...updated];
      }) as [Tensor, ...Tensor[]];
      tf.dispose([weights, ...slots]);
      weights = tf.keep(next);
      slots = nextSlots.map((slot) => tf.keep(slot));
    },
    dispose() {
      tf.dispose([weights, ...slots, ...(decay === undefined ? [] : [decay])]);
      layout.dispose();
    },
  };
}

interface FlatLayout {
  flatten(tensors: readonly (Tensor | undefined)[]): Tensor;
  /** Writes a flat vector back into the variables. */
  assign(flat: Tensor): void;
  mask(chosen: (variable: Variable) => boolean, value: number): Tensor;
  dispose(): void;
}

function flatLayout({tf, native}: Backend, variables: readonly Variable[]): FlatLayout {
  const vector = tf.keep(tf.tensor1d([-1], 'int32'));
  const shapes = variables.map((variable) => tf.keep(tf.tensor1d(variable.shape, 'int32')));
  const zeros = variables.map((variable) => tf.keep(tf.zeros([variable.size])));
  const reshape = (tensor: Tensor, shape: Tensor): Tensor =>
    // tfjs would make the shape a new tensor at every call.
    native(
      'Reshape',
      [
        {name: 'T', kind: 'type', value: 'float32'},
        {name: 'Tshape', kind: 'type', value: 'int32'},
      ],
      [tensor, shape],
      1,
    )[0] as Tensor;
  return {
    flatten: (tensors) =>
      tf.concat(
        tensors.map((tensor, index) => (tensor === undefined ? (zeros[index] as Tensor) : reshape(tensor, vector))),
      ),
    assign(flat) {
      const parts = tf.split(
        flat,
        variables.map((variable) => variable.size),
      );
      for (const [index, variable] of variables.entries())
        variable.assign(reshape(parts[index] as Tensor, shapes[index] as Tensor));
    },
    mask: (chosen, value) =>
      tf.tidy(() => tf.concat(variables.map((variable) => tf.fill([variable.size], chosen(variable) ? value : 0)))),
    dispose() {
      tf.dispose([vector, ...shapes, ...zeros]);
    },
  };
}
