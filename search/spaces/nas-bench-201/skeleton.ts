import type {DataShape, Network} from '../../network.ts';
import {inputName, NetworkBuilder} from '../../network-builder.ts';
import {operations} from '../../operations/index.ts';
import {edgesInto, innerNodes} from './cell.ts';
import type {Cell} from './cell.ts';

/** Sizes of the skeleton that cells are stacked in. */
export interface Skeleton {
  readonly cellsPerStage: number;
  readonly channels: number;
}

const stages = 3;

function appendCell(network: NetworkBuilder, cell: Cell, input: string, channels: number): string {
  const nodes = [input];
  for (const node of innerNodes)
    nodes.push(
      network.sum(
        edgesInto(cell, node).map(({from, operation}) =>
          operations[operation](network, nodes[from] ?? input, {channels, strides: 1}),
        ),
      ),
    );
  return nodes.at(-1) ?? input;
}

/** Halves the sides and changes the channels between two stages: two convolutions beside an averaged 1×1 projection. */
function appendReduction(network: NetworkBuilder, input: string, channels: number): string {
  const halved = operations.nor_conv_3x3(network, input, {channels, strides: 2});
  const convolved = operations.nor_conv_3x3(network, halved, {channels, strides: 1});
  const averaged = operations.skip_connect(network, input, {channels, strides: 2});
  const projected = network.append(
    {op: 'conv2d', filters: channels, kernel: 1, strides: 1, padding: 'same', bias: false},
    averaged,
  );
  return network.append({op: 'add'}, projected, convolved);
}

/** The macro skeleton of Dong & Yang 2020, figure 1 top: stem, three stages of cells with a residual block between, pooling, classifier. */
export function buildNetwork(cell: Cell, {cellsPerStage, channels}: Skeleton, data: DataShape): Network {
  const network = new NetworkBuilder(data.input);
  const convolved = network.append(
    {op: 'conv2d', filters: channels, kernel: 3, strides: 1, padding: 'same', bias: false},
    inputName,
  );
  let output = network.append({op: 'batchNorm'}, convolved);
  for (let stage = 0; stage < stages; stage += 1) {
    const width = channels * 2 ** stage;
    if (stage > 0) output = appendReduction(network, output, width);
    for (let repeat = 0; repeat < cellsPerStage; repeat += 1) output = appendCell(network, cell, output, width);
  }
  const normalized = network.append({op: 'batchNorm'}, output);
  const active = network.append({op: 'activation', activation: 'relu'}, normalized);
  const pooled = network.append({op: 'globalAvgPool2d'}, active);
  return network.finish(network.append({op: 'dense', units: data.outputs, bias: true}, pooled));
}
