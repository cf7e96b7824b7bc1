import type {Backend, Tensor, Variable} from '../backend.ts';

/** Variables as one flat vector, in their order. */
export interface FlatLayout {
  /** One vector of tensors that have the variables' sizes; undefined stands for zeros. */
  flatten(tensors: readonly (Tensor | undefined)[]): Tensor;
  /** Writes a flat vector into the variables. */
  assign(flat: Tensor): void;
  /** `value` for all of a chosen variable, else 0. */
  mask(chosen: (variable: Variable) => boolean, value: number): Tensor;
  dispose(): void;
}

export function flatLayout({tf, native}: Backend, variables: readonly Variable[]): FlatLayout {
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
