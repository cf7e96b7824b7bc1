/**
 * A network as data: the layers of a concrete model in topological order, before any tensor exists.
 * Spaces expand a genotype into it, `measure` counts it, the trial runner builds a tfjs model from it, the report draws it.
 */

/**
 * Sizes of one example without the batch: `[features]` for tables, `[height, width, channels]` for images, `[length, features]` for
 * sequences, `[length]` for sequences of tokens (whole numbers from 0 on).
 */
export type Shape = readonly number[];

export type Padding = 'same' | 'valid';
export type ActivationName =
  'relu' | 'relu6' | 'elu' | 'selu' | 'gelu' | 'swish' | 'tanh' | 'sigmoid' | 'softmax' | 'linear';

/**
 * What one layer does. A dense layer reads features, or those at each place of a sequence. `sequences`: the output at every place, not the
 * last alone. Self-attention (Vaswani et al. 2017, section 3.2.2) keeps the width, of which each head has its part.
 * `zeros` is the NAS-Bench-201 operation `none`: its output is all zeros of its input's shape, strided. */
export type Operation =
  | {
      readonly op: 'conv2d';
      readonly filters: number;
      readonly kernel: number;
      readonly strides: number;
      readonly padding: Padding;
      readonly bias: boolean;
      readonly dilation?: number;
    }
  | {
      readonly op: 'depthwiseConv2d';
      readonly kernel: number;
      readonly strides: number;
      readonly padding: Padding;
      readonly bias: boolean;
      readonly dilation?: number;
    }
  | {readonly op: 'avgPool2d' | 'maxPool2d'; readonly size: number; readonly strides: number; readonly padding: Padding}
  | {readonly op: 'globalAvgPool2d'}
  | {readonly op: 'flatten'}
  | {readonly op: 'zeros'; readonly strides: number}
  | {readonly op: 'dense'; readonly units: number; readonly bias: boolean}
  | {readonly op: 'batchNorm'}
  | {readonly op: 'layerNorm'}
  | {readonly op: 'activation'; readonly activation: ActivationName}
  | {readonly op: 'dropout'; readonly rate: number}
  | {readonly op: 'add'}
  | {readonly op: 'concat'}
  | {readonly op: 'embedding'; readonly tokens: number; readonly width: number}
  | {readonly op: 'lstm' | 'gru'; readonly units: number; readonly sequences: boolean}
  | {readonly op: 'selfAttention'; readonly heads: number}
  | {readonly op: 'globalAvgPool1d'};

/** A layer in a network: its operation, a unique name and the names of the layers (or `'input'`) that it reads. */
export type Layer = Operation & {readonly name: string; readonly inputs: readonly string[]};

export interface Network {
  readonly input: Shape;
  readonly layers: readonly Layer[];
  /** Name of the layer whose output is the model's: logits for classification, values for regression (no final activation). */
  readonly output: string;
}

/** What the data asks of a network: one example's shape and the number of outputs (classes, or 1 for regression). */
export interface DataShape {
  readonly input: Shape;
  readonly outputs: number;
}
