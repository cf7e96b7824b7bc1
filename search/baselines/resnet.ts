import {z} from 'zod';
import type {DataShape, Network} from '../network.ts';
import {inputName, NetworkBuilder} from '../network-builder.ts';
import type {CellGraph} from '../space.ts';
import type {Baseline} from './baseline.ts';

const genotype = z.strictObject({
  filters: z.array(z.int().min(1)).min(1),
  blocksPerStage: z.int().min(1),
});

/** From this side on the stem halves the image, so that the first stage does not cost all the time. */
const largeSide = 64;

function appendConvolution(
  network: NetworkBuilder,
  input: string,
  size: {filters: number; kernel: number; strides: number},
) {
  const convolved = network.append({op: 'conv2d', ...size, padding: 'same', bias: false}, input);
  return network.append({op: 'batchNorm'}, convolved);
}

const relu = (network: NetworkBuilder, input: string): string =>
  network.append({op: 'activation', activation: 'relu'}, input);

/** Two convolutions beside the identity, or beside a 1×1 projection where channels or sides change. */
function appendBlock(
  network: NetworkBuilder,
  input: string,
  filters: number,
  change: {strides: number; project: boolean},
) {
  const {strides, project} = change;
  const first = relu(network, appendConvolution(network, input, {filters, kernel: 3, strides}));
  const second = appendConvolution(network, first, {filters, kernel: 3, strides: 1});
  const shortcut = project ? appendConvolution(network, input, {filters, kernel: 1, strides}) : input;
  return relu(network, network.append({op: 'add'}, shortcut, second));
}

function build(value: unknown, data: DataShape): Network {
  const {filters, blocksPerStage} = genotype.parse(value);
  const network = new NetworkBuilder(data.input);
  const stemStrides = Math.min(data.input[0] ?? 1, data.input[1] ?? 1) >= largeSide ? 2 : 1;
  const stem = {filters: filters[0] ?? 1, kernel: 3, strides: stemStrides};
  let output = relu(network, appendConvolution(network, inputName, stem));
  for (const [stage, width] of filters.entries())
    for (let block = 0; block < blocksPerStage; block += 1) {
      const enters = stage > 0 && block === 0;
      output = appendBlock(network, output, width, {strides: enters ? 2 : 1, project: enters});
    }
  const pooled = network.append({op: 'globalAvgPool2d'}, output);
  return network.finish(network.append({op: 'dense', units: data.outputs, bias: true}, pooled));
}

const block: CellGraph = {
  name: 'residual block',
  nodes: ['in', 'middle', 'out'],
  edges: [
    {from: 'in', to: 'middle', operation: 'conv 3×3, norm, relu'},
    {from: 'middle', to: 'out', operation: 'conv 3×3, norm'},
    {from: 'in', to: 'out', operation: 'identity or conv 1×1'},
  ],
};

/**
 * The small residual network for small images (He et al. 2016, Deep residual learning for image recognition, section 4.2, n = 1): stem,
 * three stages of 16, 32 and 64 filters, one block each. Works from 1×1 pixel up.
 */
export const resnet: Baseline = {
  type: 'ResNet',
  tasks: ['ImageClassification'],
  genotype: {filters: [16, 32, 64], blocksPerStage: 1},
  network: build,
  cells: [block],
  tuning: {
    optimizer: {kind: 'fixed', value: 'AdamW'},
    learningRate: {kind: 'real', min: 0.0005, max: 0.02, scale: 'Log'},
    schedule: {kind: 'fixed', value: 'Cosine'},
    weightDecay: {kind: 'real', min: 0.00001, max: 0.05, scale: 'Log'},
    batchSize: {kind: 'choice', choices: [32, 64, 128]},
    labelSmoothing: {kind: 'choice', choices: [0, 0.1]},
    augmentation: {kind: 'choice', choices: ['Identity', 'Shift']},
  },
};
