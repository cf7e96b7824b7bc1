import {openBaseline, openProblem} from '../../api/problem.ts';
import type {Trial} from '../../api/trial.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {measure, ShapeError} from '../../search/measure.ts';
import type {Layer, Network} from '../../search/network.ts';
import type {CellGraph} from '../../search/space.ts';
import type {LayerData, NetworkData} from './model.ts';

/** An architecture with what is needed to draw it. */
interface Opened {
  readonly title: string;
  readonly description: string;
  readonly cells: readonly CellGraph[];
  readonly network: Network;
}

/** What a layer is called in the drawing: its operation and the sizes that matter. */
const labels: {readonly [Op in Layer['op']]: (layer: Extract<Layer, {readonly op: Op}>) => string} = {
  conv2d: ({kernel, filters, strides}) => `conv ${square(kernel)}, ${String(filters)}${striding(strides)}`,
  depthwiseConv2d: ({kernel, strides}) => `depthwise ${square(kernel)}${striding(strides)}`,
  avgPool2d: ({size, strides}) => `average pool ${square(size)}${striding(strides)}`,
  maxPool2d: ({size, strides}) => `max pool ${square(size)}${striding(strides)}`,
  globalAvgPool2d: () => 'global average pool',
  flatten: () => 'flatten',
  zeros: ({strides}) => `zeros${striding(strides)}`,
  dense: ({units}) => `dense ${String(units)}`,
  batchNorm: () => 'batch norm',
  layerNorm: () => 'layer norm',
  activation: ({activation}) => activation,
  dropout: ({rate}) => `dropout ${String(rate)}`,
  add: () => 'add',
  concat: () => 'concat',
  embedding: ({width}) => `embedding ${String(width)}`,
  lstm: ({units}) => `LSTM ${String(units)}`,
  gru: ({units}) => `GRU ${String(units)}`,
  selfAttention: ({heads}) => `self-attention, ${String(heads)} heads`,
  globalAvgPool1d: () => 'average over places',
};
const square = (size: number): string => `${String(size)}×${String(size)}`;
const striding = (strides: number): string => (strides === 1 ? '' : `, stride ${String(strides)}`);

/** The table holds for each operation the label of that operation, which the compiler cannot see through the lookup. */
const labelOf = (layer: Layer): string => (labels[layer.op] as (layer: Layer) => string)(layer);

/** The architecture of a trial as layers with shapes and costs; undefined while the shape of the data is not known. */
export function networkOf(role: NetworkData['role'], trial: Trial, {search}: Snapshot): NetworkData | undefined {
  try {
    const opened = families[trial.spec.architecture.family](trial, search);
    if (opened === undefined) return undefined;
    const {network, title, description, cells} = opened;
    const {layers, parameters, flops} = measure(network);
    return {
      role,
      title,
      trial: trial.metadata.name,
      description,
      genotype: JSON.stringify(trial.spec.architecture.genotype),
      input: network.input,
      cells,
      layers: network.layers.map((layer, at) => layerData(layer, layers[at])),
      parameters,
      flops,
    };
  } catch (error) {
    // A network that cannot be built on this data failed as a trial, and is told there.
    if (error instanceof ShapeError) return undefined;
    throw error;
  }
}

type Measured = ReturnType<typeof measure>['layers'][number];

const layerData = (layer: Layer, measured: Measured | undefined): LayerData => ({
  name: layer.name,
  op: layer.op,
  label: labelOf(layer),
  inputs: layer.inputs,
  shape: measured?.shape ?? [],
  parameters: measured?.parameters ?? 0,
  flops: measured?.flops ?? 0,
});

const families: Readonly<
  Record<Trial['spec']['architecture']['family'], (trial: Trial, search: Snapshot['search']) => Opened | undefined>
> = {
  SearchSpace: ({spec: {architecture}}, {spec, status}) => {
    const {space, data} = openProblem(spec, status?.frozen ?? {});
    if (data === undefined) return undefined;
    const genotype = space.parse(architecture.genotype);
    return {
      title: architecture.type,
      description: space.describe(genotype),
      cells: space.cells?.(genotype) ?? [],
      network: space.network(genotype, data),
    };
  },
  Baseline: ({spec: {architecture}}, {spec, status}) => {
    const baseline = openBaseline(spec, status?.frozen ?? {});
    const data = baseline?.problem.data;
    if (baseline === undefined || data === undefined) return undefined;
    const {row} = baseline;
    const network = row.network(architecture.genotype, data);
    return {title: row.type, description: row.type, cells: row.cells ?? [], network};
  },
};
