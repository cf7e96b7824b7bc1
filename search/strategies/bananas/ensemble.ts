import {at} from '../../cholesky.ts';
import type {Random} from '../../random.ts';
import type {Fit, Model, Samples} from './model.ts';
import {ridge} from './ridge.ts';

export interface EnsembleSettings {
  readonly members: number;
  /** Hidden units of each network. */
  readonly units: number;
}

/** Weight decay of the output layer: of about one sample's size, since what is learnt from is noisy. */
const decay = 0.3;
/** Spread of the hidden units' kinks, as a multiple of the typical length of an input. */
const kinks = 1;

/** A network with one hidden layer of rectified linear units, which are drawn, and an output layer over them and the inputs. */
interface Network {
  /** Hidden units × inputs, row by row. */
  readonly hidden: Float64Array;
  readonly biases: Float64Array;
  readonly output: Float64Array;
}

/** Inputs are mostly zeros: a list of those that are not. */
function filledOf(input: readonly number[]): number[] {
  const filled: number[] = [];
  for (let index = 0; index < input.length; index += 1) if (input[index] !== 0) filled.push(index);
  return filled;
}

/** What the output layer sees: the hidden units, the inputs, and 1. */
function layerOf({hidden, biases}: Pick<Network, 'hidden' | 'biases'>, input: readonly number[]): Float64Array {
  const units = biases.length;
  const layer = new Float64Array(units + input.length + 1);
  const filled = filledOf(input);
  for (let unit = 0; unit < units; unit += 1) {
    let sum = at(biases, unit);
    for (const index of filled) sum += at(hidden, unit * input.length + index) * (input[index] ?? 0);
    layer[unit] = Math.max(0, sum);
  }
  layer.set(input, units);
  layer[layer.length - 1] = 1;
  return layer;
}

/** Trains one network on samples drawn with repetition: its output layer by ridge regression, in closed form. */
function train({inputs, targets}: Samples, units: number, random: Random): Network {
  const width = inputs[0]?.length ?? 0;
  const lengths = inputs.reduce((sum, input) => sum + input.reduce((square, value) => square + value * value, 0), 0);
  const typical = Math.sqrt(lengths / inputs.length) || 1;
  const hidden = Float64Array.from({length: units * width}, () => random.normal() / typical);
  const biases = Float64Array.from({length: units}, () => kinks * random.normal());
  const draws = inputs.map(() => random.integer(inputs.length));
  const counts = new Map<number, number>();
  for (const which of draws) counts.set(which, (counts.get(which) ?? 0) + 1);
  const drawn = [...counts.keys()];
  const lessons = {
    rows: drawn.map((which) => layerOf({hidden, biases}, inputs[which] ?? [])),
    targets: drawn.map((which) => targets[which] ?? 0),
    counts: [...counts.values()],
  };
  return {hidden, biases, output: ridge(lessons, decay)};
}

function outputOf(network: Network, input: readonly number[]): number {
  const layer = layerOf(network, input);
  let sum = 0;
  for (let index = 0; index < layer.length; index += 1) sum += at(layer, index) * at(network.output, index);
  return sum;
}

/**
 * An ensemble of networks: where they agree, the mean is to be believed. Each sees samples drawn with repetition and has hidden units of its
 * own, drawn at random (Schmidt, Kraaijveld & Duin 1992, Feed forward neural networks with random weights), so that its training is a
 * small linear system: an ensemble is trained anew for every proposal in a few milliseconds, where gradient descent takes seconds.
 */
export const fitEnsemble =
  ({members, units}: EnsembleSettings): Fit =>
  (samples, random): Model => {
    const networks = Array.from({length: members}, () => train(samples, units, random));
    return (input) => {
      const outputs = networks.map((network) => outputOf(network, input));
      const mean = outputs.reduce((sum, output) => sum + output, 0) / members;
      const variance = outputs.reduce((sum, output) => sum + (output - mean) ** 2, 0) / members;
      return {mean, deviation: Math.sqrt(variance)};
    };
  };
