import {keyed} from '../../search/random.ts';
import type {Random} from '../../search/random.ts';
import type {Network} from '../../search/network.ts';
import type {TabularEdit} from '../../search/spaces/tabular/morphs.ts';
import type {Backend, LayersModel, Tensor} from '../backend.ts';

/** One array of a layer's weights: row-major values, [inputs, units] for a kernel and [units] for everything else. */
interface Weights {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A dense layer with the normalization that follows it, if any. The last block of a perceptron is its output layer. */
interface Block {
  readonly dense: readonly Weights[];
  readonly norm: readonly Weights[];
}

/** Of a batch normalization's variance, in trial-runner/layers/normalization.ts. */
const epsilon = 1e-5;
/** What a new layer adds at first: nearly nothing, but above zero, where a rectifier learns. */
const offset = 1e-7;

const weighted = new Set(['dense', 'batchNorm', 'layerNorm']);

/** Names of the layers of each block. */
function blockNames(network: Network): string[][] {
  const blocks: string[][] = [];
  for (const {op, name} of network.layers) {
    if (!weighted.has(op)) continue;
    if (op === 'dense') blocks.push([name]);
    else blocks.at(-1)?.push(name);
  }
  return blocks;
}

const read = (model: LayersModel, name: string | undefined): Weights[] =>
  name === undefined
    ? []
    : model
        .getLayer(name)
        .getWeights()
        .map((tensor) => ({shape: tensor.shape, values: tensor.dataSync() as Float32Array}));

const blocksOf = (network: Network, model: LayersModel): Block[] =>
  blockNames(network).map(([dense, norm]) => ({dense: read(model, dense), norm: read(model, norm)}));

const filled = ({shape, values}: Weights, value: number): Weights => ({
  shape,
  values: new Float32Array(values.length).fill(value),
});

const identity = ({shape}: Weights): Weights => {
  const [inputs = 0, units = 0] = shape;
  return {
    shape,
    values: Float32Array.from({length: inputs * units}, (_, at) => (Math.floor(at / units) === at % units ? 1 : 0)),
  };
};

/** A skipped layer that adds nearly nothing: by its scale where it is normalized, else by its kernel. */
function silent({dense: [kernel, ...bias], norm: [scale, shift, ...statistics]}: Block): Block {
  if (kernel === undefined) throw new RangeError('a dense layer has no kernel');
  if (scale === undefined || shift === undefined)
    return {dense: [filled(kernel, 0), ...bias.map((each) => filled(each, offset))], norm: []};
  return {dense: [kernel, ...bias], norm: [filled(scale, 0), filled(shift, offset), ...statistics]};
}

/** A layer that passes on what it gets: rectified before, it is rectified again for nothing. */
function passing({dense: [kernel, ...bias], norm: [scale, ...others]}: Block): Block {
  if (kernel === undefined) throw new RangeError('a dense layer has no kernel');
  const norm = scale === undefined ? [] : [filled(scale, Math.sqrt(1 + epsilon)), ...others];
  return {dense: [identity(kernel), ...bias.map((each) => filled(each, 0))], norm};
}

/** Which old unit each new one repeats, and what share of its output the new one takes over. */
interface Repeats {
  readonly source: readonly number[];
  readonly share: readonly number[];
}

/**
 * The first repetitions are in turn, so that a whole multiple repeats every unit as often, as layer normalization needs. Shares are uneven:
 * units that are equal in all would stay so.
 */
function repeats(units: number, wider: number, random: Random): Repeats {
  const source = Array.from({length: wider}, (_, unit) => unit % units);
  const claims = source.map(() => 0.5 + random.uniform());
  const total = new Map<number, number>();
  for (const [unit, from] of source.entries()) total.set(from, (total.get(from) ?? 0) + (claims[unit] ?? 0));
  return {source, share: source.map((from, unit) => (claims[unit] ?? 0) / (total.get(from) ?? 1))};
}

/** The last axis of the array, repeated. */
function repeated({shape, values}: Weights, {source}: Repeats): Weights {
  const units = shape.at(-1) ?? 1;
  const rows = values.length / units;
  const wider = source.length;
  return {
    shape: [...shape.slice(0, -1), wider],
    values: Float32Array.from(
      {length: rows * wider},
      (_, at) => values[Math.floor(at / wider) * units + (source[at % wider] ?? 0)] ?? 0,
    ),
  };
}

/** The rows of the next kernel, for inputs that are repeated: each takes its share. */
function shared({shape, values}: Weights, {source, share}: Repeats): Weights {
  const units = shape[1] ?? 1;
  return {
    shape: [source.length, units],
    values: Float32Array.from({length: source.length * units}, (_, at) => {
      const row = Math.floor(at / units);
      return (share[row] ?? 0) * (values[(source[row] ?? 0) * units + (at % units)] ?? 0);
    }),
  };
}

function widen(blocks: readonly Block[], {layer, units}: Extract<TabularEdit, {kind: 'Widen'}>, seed: number): Block[] {
  const [block, next] = [blocks[layer], blocks[layer + 1]];
  const old = block?.dense[0]?.shape[1];
  const [kernel, ...others] = next?.dense ?? [];
  if (block === undefined || next === undefined || old === undefined || kernel === undefined)
    throw new RangeError(`edit: there is no hidden layer ${String(layer)} to widen`);
  const how = repeats(old, units, keyed(seed, layer, 'widen'));
  const wider = (all: readonly Weights[]): Weights[] => all.map((each) => repeated(each, how));
  return blocks
    .with(layer, {dense: wider(block.dense), norm: wider(block.norm)})
    .with(layer + 1, {...next, dense: [shared(kernel, how), ...others]});
}

/** A model and the network that it was built from. */
export interface Built {
  readonly network: Network;
  readonly model: LayersModel;
}

const shapesOf = (blocks: readonly Block[]): string =>
  JSON.stringify(blocks.map(({dense, norm}) => [...dense, ...norm].map(({shape}) => shape)));

/**
 * Gives a perceptron of the Tabular space the weights of its parent, so that it computes the same (Chen, Goodfellow & Shlens 2016, Net2Net;
 * Wei et al. 2016, Network morphism): equal outputs in inference, up to rounding and what a new layer needs to learn. Without an edit the two
 * are one architecture. `skip` says whether the child has skip connections. Throws a RangeError for an edit that does not fit, and leaves the
 * child as it was.
 */
export function inheritTabular(
  {tf}: Backend,
  {parent, child}: {parent: Built; child: Built},
  {edit, skip, seed}: {edit: TabularEdit | undefined; skip: boolean; seed: number},
): void {
  const blocks = blocksOf(parent.network, parent.model);
  const own = blocksOf(child.network, child.model);
  const inherited = edited(blocks, own, {edit, skip, seed});
  if (shapesOf(inherited) !== shapesOf(own))
    throw new RangeError('the weights are of other shapes than this network has');
  const toTensor = ({shape, values}: Weights): Tensor => tf.tensor(values, [...shape]);
  tf.tidy(() => {
    for (const [at, [dense = '', norm]] of blockNames(child.network).entries()) {
      child.model.getLayer(dense).setWeights((inherited[at]?.dense ?? []).map(toTensor));
      if (norm !== undefined) child.model.getLayer(norm).setWeights((inherited[at]?.norm ?? []).map(toTensor));
    }
  });
}

function edited(
  blocks: readonly Block[],
  own: readonly Block[],
  {edit, skip, seed}: {edit: TabularEdit | undefined; skip: boolean; seed: number},
): readonly Block[] {
  if (edit === undefined) return blocks;
  return edit.kind === 'Widen' ? widen(blocks, edit, seed) : deepen(blocks, own, {after: edit.after, skip});
}

function deepen(
  blocks: readonly Block[],
  own: readonly Block[],
  {after, skip}: {after: number; skip: boolean},
): Block[] {
  const added = own[after + 1];
  if (added === undefined || own.length !== blocks.length + 1)
    throw new RangeError(`edit: the child has no hidden layer behind layer ${String(after)} that its parent lacks`);
  return blocks.toSpliced(after + 1, 0, skip ? silent(added) : passing(added));
}
