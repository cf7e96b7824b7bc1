import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Network, Operation, Shape} from '../search/network.ts';
import {inputName, NetworkBuilder} from '../search/network-builder.ts';
import {keyed} from '../search/random.ts';
import {openBackend, type Backend} from '../trial-runner/backend.ts';
import {buildModel} from '../trial-runner/model.ts';
import type {Batch} from '../trial-runner/training/batches.ts';
import {softmaxCrossEntropy} from '../trial-runner/training/loss.ts';
import {createStepper} from '../trial-runner/training/step.ts';
import {comparison, interleaved} from './bench.ts';
import type {BenchOptions, BenchRow, Measure} from './bench.ts';
import {pythonWith} from './python.ts';

const tensorflow = 'tensorflow-cpu==2.21.0';
const batchSize = 64;
const classes = 10;
const learningRate = 0.003;
/** As in a trial; both sides have the same. */
const threads = 1;

interface Case {
  readonly name: string;
  readonly network: Network;
  /** Steps of one measurement. */
  readonly steps: number;
}

const relu: Operation = {op: 'activation', activation: 'relu'};

function chain(input: Shape, operations: readonly Operation[]): Network {
  const network = new NetworkBuilder(input);
  return network.finish(operations.reduce((name, operation) => network.append(operation, name), inputName));
}

const dense = (units: number): Operation => ({op: 'dense', units, bias: true});
const convolution = (filters: number, strides: number): Operation[] => [
  {op: 'conv2d', filters, kernel: 3, strides, padding: 'same', bias: false},
  {op: 'batchNorm'},
  relu,
];

const convolutional = (side: number): Network =>
  chain(
    [side, side, 1],
    [...convolution(16, 1), ...convolution(16, 1), ...convolution(32, 2), {op: 'globalAvgPool2d'}, dense(classes)],
  );

const cases: readonly Case[] = [
  {
    name: 'perceptron 30-64-64-10',
    network: chain([30], [dense(64), relu, dense(64), relu, dense(classes)]),
    steps: 200,
  },
  {name: 'convolutions 8×8', network: convolutional(8), steps: 50},
  {name: 'convolutions 28×28', network: convolutional(28), steps: 10},
];

/** Random inputs and labels: what is learned does not matter here. */
function batchFor({input}: Network): Batch {
  const random = keyed(1, 0, 'bench/training');
  const size = input.reduce((product, side) => product * side, 1);
  const targets = new Float32Array(batchSize * classes);
  for (let example = 0; example < batchSize; example += 1) targets[example * classes + random.integer(classes)] = 1;
  return {count: batchSize, inputs: Float32Array.from({length: batchSize * size}, () => random.normal()), targets};
}

/** Milliseconds per step; a measurement ends when the loss has been read. */
function oursFor(backend: Backend, {network, steps}: Case): Measure {
  const model = buildModel(backend, network, 1);
  const stepper = createStepper(backend, model, {optimizer: 'Adam', weightDecay: 0, loss: softmaxCrossEntropy});
  const batch = batchFor(network);
  let step = 0;
  return () => {
    const start = performance.now();
    let loss = backend.tf.scalar(0) as ReturnType<typeof stepper.step>;
    for (const end = step + steps; step < end; step += 1) {
      const sum = stepper.step(batch, {step, rate: learningRate, loss});
      loss.dispose();
      loss = sum;
    }
    if (!Number.isFinite(loss.dataSync()[0])) throw new Error('the loss is not finite');
    loss.dispose();
    return (performance.now() - start) / steps;
  };
}

interface Peer {
  readonly measure: Measure;
  end(): Promise<void>;
}

/** A Python process that builds the same network from the same JSON and measures so many steps for each line it is sent. */
function kerasFor(python: string, {network, steps}: Case): Peer {
  const script = join(import.meta.dirname, 'peers', 'keras_step.py');
  const settings = JSON.stringify({network, steps, batchSize, classes, learningRate, threads});
  const child = spawn(python, [script, settings], {stdio: ['pipe', 'pipe', 'pipe']});
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const exited = once(child, 'exit');
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  return {
    async measure() {
      child.stdin.write('measure\n');
      const line: IteratorResult<string, unknown> = await lines.next();
      if (line.done === true) throw new Error(`keras_step.py ended before it measured:\n${stderr}`);
      return Number(line.value);
    },
    async end() {
      child.stdin.end();
      await exited;
    },
  };
}

/** An eager training step beside Keras's compiled one (`tf.function`): same network, batch, optimizer and threads, in turn. */
export async function run({quick}: BenchOptions): Promise<BenchRow[]> {
  const python = await pythonWith([tensorflow]);
  const backend = await openBackend(threads);
  const rows: BenchRow[] = [];
  for (const each of cases) {
    const peer = kerasFor(python, each);
    const samples = await interleaved({
      ours: oursFor(backend, each),
      peer: peer.measure,
      rounds: quick ? 5 : 20,
      warmup: 2,
    });
    await peer.end();
    const label = {case: `${each.name}, batch ${String(batchSize)}, Adam, ${String(threads)} thread`, unit: 'ms/step'};
    rows.push(comparison({...label, peerName: `Keras tf.function, ${tensorflow}`}, samples, {better: 'Less'}));
  }
  return rows;
}
