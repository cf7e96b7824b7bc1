import type {Layer as NetworkLayer, Operation} from '../../search/network.ts';
import type {Backend, Initializer, Layer, SymbolicTensor, Tensor} from '../backend.ts';

/** What a builder may use: the backend, the trial's seeded initializers, and the layer's own name. */
export interface LayerContext {
  readonly backend: Backend;
  readonly name: string;
  /** He-normal (convolutions) and Glorot-uniform (dense) initializers, seeded by (trial seed, layer name). */
  readonly kernelInitializer: Initializer;
  readonly denseInitializer: Initializer;
  /** A whole number that is this layer's own in this trial: the key of its random draws. */
  readonly key: number;
  /** The context of a layer that this one is made of, with draws of its own. */
  part(name: string): LayerContext;
}

/**
 * One row of the table of primitives: how the operation is applied to its inputs. Every layer made here is a stock tf.layers layer in its
 * configuration, so that a saved model loads with `tf.loadLayersModel` and nothing of ours.
 */
export type Builder<Op extends Operation['op']> = (
  operation: Extract<NetworkLayer, {op: Op}>,
  inputs: readonly SymbolicTensor[],
  context: LayerContext,
) => SymbolicTensor;

/** What tf.layers passes to a layer's `call`; `step` [1] counts training steps and comes from the training loop. */
export interface CallArguments {
  readonly training?: boolean;
  readonly step?: Tensor;
  /** Probability with which a path is dropped; see `merge.ts`. */
  readonly dropPath?: number;
}

/** Replaces how a stock layer computes, not what it is: its configuration and weights stay as they are saved. */
export function overrideCalls(layer: Layer, call: (inputs: readonly Tensor[], given: CallArguments) => Tensor): void {
  layer.call = (inputs, given) => call(Array.isArray(inputs) ? inputs : [inputs], given);
}

/** The same for a layer with one input. */
export function overrideCall(layer: Layer, call: (input: Tensor, given: CallArguments) => Tensor): void {
  overrideCalls(layer, ([input], given) => {
    if (input === undefined) throw new Error(`layer ${layer.name} was called without an input`);
    return call(input, given);
  });
}

export const apply = (layer: Layer, input: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor =>
  layer.apply(input as SymbolicTensor) as SymbolicTensor;

export function only(inputs: readonly SymbolicTensor[], name: string): SymbolicTensor {
  const [input] = inputs;
  if (input === undefined || inputs.length !== 1)
    throw new RangeError(`layer ${name} takes one input, found ${String(inputs.length)}`);
  return input;
}
