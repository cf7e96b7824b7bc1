import {joiningRules} from './measure/joining.ts';
import {pointwiseRules} from './measure/pointwise.ts';
import {ShapeError} from './measure/rule.ts';
import type {Cost, OperationName, Rule, Rules} from './measure/rule.ts';
import {sequenceRules} from './measure/sequence.ts';
import {windowRules} from './measure/window.ts';
import type {Layer, Network, Shape} from './network.ts';
import {inputName} from './network-builder.ts';

export {ShapeError} from './measure/rule.ts';

const rules: Rules<OperationName> = {...windowRules, ...pointwiseRules, ...joiningRules, ...sequenceRules};

export interface LayerMeasure extends Cost {
  readonly name: string;
}

export interface Measure {
  /** Trainable parameters (a batch normalization has two per channel). */
  readonly parameters: number;
  /** Multiply-adds of convolutions and dense layers for one example; branches that lead nowhere are counted. */
  readonly flops: number;
  /** Output shape and cost of every layer, in the network's order. */
  readonly layers: readonly LayerMeasure[];
}

function costOf(layer: Layer, shapes: ReadonlyMap<string, Shape>): Cost {
  const [first, ...rest] = layer.inputs.map((name) => {
    const shape = shapes.get(name);
    if (shape === undefined) throw new ShapeError(`reads ${name}, which no earlier layer is called`);
    return shape;
  });
  if (first === undefined) throw new ShapeError('reads nothing; give it an input');
  // The table holds for each name the rule of that name's operation, which the compiler cannot see through the lookup.
  const rule = rules[layer.op] as Rule<never> as (layer: Layer, inputs: readonly [Shape, ...Shape[]]) => Cost;
  return rule(layer, [first, ...rest]);
}

/**
 * Infers every shape of a network and counts its parameters and multiply-adds.
 * Throws a ShapeError that names the layer and the shapes when the network cannot be built.
 */
export function measure(network: Network): Measure {
  const shapes = new Map<string, Shape>([[inputName, network.input]]);
  const layers = network.layers.map((layer) => {
    if (shapes.has(layer.name)) throw new ShapeError(`two layers are called ${layer.name}`);
    try {
      const cost = costOf(layer, shapes);
      shapes.set(layer.name, cost.shape);
      return {name: layer.name, ...cost};
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw new ShapeError(`layer ${layer.name} (${layer.op}) ${error.message}`, {cause: error});
    }
  });
  if (!shapes.has(network.output)) throw new ShapeError(`the output ${network.output} is not a layer of the network`);
  return {
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    flops: layers.reduce((sum, layer) => sum + layer.flops, 0),
    layers,
  };
}
