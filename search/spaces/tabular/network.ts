import type {DataShape, Network, Operation} from '../../network.ts';
import {inputName, NetworkBuilder} from '../../network-builder.ts';
import type {TabularGenotype} from './genotype.ts';

const normalizationLayers: Readonly<Record<TabularGenotype['normalization'], readonly Operation[]>> = {
  Identity: [],
  BatchNorm: [{op: 'batchNorm'}],
  LayerNorm: [{op: 'layerNorm'}],
};

/** One hidden layer: dense, normalization, activation, dropout. Batch normalization brings the offset, so that a bias would be inert. */
const hiddenLayer = (units: number, genotype: TabularGenotype): readonly Operation[] => [
  {op: 'dense', units, bias: genotype.normalization !== 'BatchNorm'},
  ...normalizationLayers[genotype.normalization],
  {op: 'activation', activation: genotype.activation},
  ...(genotype.dropout > 0 ? [{op: 'dropout', rate: genotype.dropout} as const] : []),
];

/** The perceptron of a genotype; inputs that are not flat are flattened first. */
export function buildTabular(genotype: TabularGenotype, data: DataShape): Network {
  const network = new NetworkBuilder(data.input);
  let output = data.input.length === 1 ? inputName : network.append({op: 'flatten'}, inputName);
  for (const [at, units] of genotype.widths.entries()) {
    const before = output;
    for (const operation of hiddenLayer(units, genotype)) output = network.append(operation, output);
    if (genotype.residual && at > 0 && genotype.widths[at - 1] === units)
      output = network.append({op: 'add'}, before, output);
  }
  return network.finish(network.append({op: 'dense', units: data.outputs, bias: true}, output));
}
