import type {Backend, Tensor} from '../backend.ts';

/** Mean loss of a batch, a scalar; `outputs` and `targets` are [batch, outputs]. */
export type Loss = (backend: Backend, outputs: Tensor, targets: Tensor) => Tensor;

/**
 * Mean cross-entropy of logits against target distributions, both [batch, classes], as TensorFlow's fused operation: it gives the
 * gradient with the value.
 */
export const softmaxCrossEntropy: Loss = ({tf, native}, logits, labels) => {
  const entropy = tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor, (tensors: Tensor[]) => void];
    const [losses, slope] = native(
      'SoftmaxCrossEntropyWithLogits',
      [{name: 'T', kind: 'type', value: 'float32'}],
      [x, labels],
      2,
    ) as [Tensor, Tensor];
    save([slope]);
    const [batch] = x.shape as [number, number];
    return {
      value: losses.mean(),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [(saved[0] as Tensor).mul(dy.div(batch))],
    };
  });
  return entropy(logits);
};

/** Mean squared error of outputs [batch, 1] against standardized targets [batch, 1]. */
export const meanSquaredError: Loss = (_backend, outputs, targets) => outputs.sub(targets).square().mean();
