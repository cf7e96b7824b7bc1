import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {keyed} from '../search/random.ts';
import {openBackend, type Backend} from '../trial-runner/backend.ts';
import {buildModel} from '../trial-runner/model.ts';
import type {Batch} from '../trial-runner/training/batches.ts';
import {softmaxCrossEntropy} from '../trial-runner/training/loss.ts';
import {createTrainer, type Trainer} from '../trial-runner/training/trainer.ts';
import {comparison, interleaved} from './bench.ts';
import type {BenchOptions, BenchRow, Measure} from './bench.ts';
import {pythonWith, tensorflow} from './python.ts';
import {cases, classes, deep, type Case} from './runner/networks.ts';

const learningRate = 0.003;
/** As in a trial; both sides have the same. */
const threads = 1;
/** What compiling may add to the time until the first step of a deep network. */
const firstStepSeconds = 2.5;

/** Random inputs and labels: what is learned does not matter here. */
function batchFor({network, batchSize}: Pick<Case, 'network' | 'batchSize'>): Batch {
  const random = keyed(1, 0, 'bench/runner');
  const size = network.input.reduce((product, side) => product * side, 1);
  const targets = new Float32Array(batchSize * classes);
  for (let example = 0; example < batchSize; example += 1) targets[example * classes + random.integer(classes)] = 1;
  return {count: batchSize, inputs: Float32Array.from({length: batchSize * size}, () => random.normal()), targets};
}

function trainerFor(backend: Backend, {network}: Pick<Case, 'network'>, eager: boolean): Trainer {
  const trainer = createTrainer(
    backend,
    buildModel(backend, network, 1),
    {optimizer: 'Adam', weightDecay: 0, loss: softmaxCrossEntropy},
    {eager, log: console.error},
  );
  if (trainer.compiled === eager) throw new Error('the step could not be compiled');
  return trainer;
}

/** Milliseconds per step; a measurement ends when the loss has been read. */
function oursFor(trainer: Trainer, each: Case, steps: number): Measure {
  const batch = batchFor(each);
  let step = 0;
  return () => {
    const start = performance.now();
    for (const end = step + steps; step < end; step += 1) trainer.step(batch, {step, rate: learningRate});
    if (!Number.isFinite(trainer.loss())) throw new Error('the loss is not finite');
    return (performance.now() - start) / steps;
  };
}

interface Peer {
  readonly measure: Measure;
  end(): Promise<void>;
}

/** A Python process that builds the same network from the same JSON and measures so many steps for each line it is sent. */
function kerasFor(python: string, {network, batchSize, steps}: Case): Peer {
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

/** Compiled steps beside Keras's and beside our own eager ones, in turn. */
async function stepRows(backend: Backend, python: string, each: Case, rounds: number): Promise<BenchRow[]> {
  const compiled = trainerFor(backend, each, false);
  const label = {
    case: `${each.name}, batch ${String(each.batchSize)}, Adam, ${String(threads)} thread`,
    unit: 'ms/step',
  };
  const ours = oursFor(compiled, each, each.steps);
  const keras = kerasFor(python, each);
  const beside = await interleaved({ours, peer: keras.measure, rounds, warmup: 2});
  await keras.end();
  const eager = trainerFor(backend, each, true);
  const slow = oursFor(eager, each, Math.max(2, Math.round(each.steps / 10)));
  const within = await interleaved({ours, peer: slow, rounds: Math.min(rounds, 5), warmup: 1});
  compiled.dispose();
  eager.dispose();
  return [
    comparison({...label, peerName: `Keras tf.function, ${tensorflow}`}, beside, {better: 'Less'}),
    comparison({...label, peerName: 'the same eagerly'}, within, {better: 'Less'}),
  ];
}

/** Seconds until the first step of a deep network is done, over what the eager one needs. */
function firstStepRow(backend: Backend): BenchRow {
  const each = {network: deep, batchSize: 32};
  const until = (eager: boolean): number => {
    const start = performance.now();
    const trainer = trainerFor(backend, each, eager);
    trainer.step(batchFor(each), {step: 0, rate: learningRate});
    trainer.loss();
    trainer.dispose();
    return (performance.now() - start) / 1000;
  };
  // The first use of every kernel pays for loading it.
  until(true);
  const eager = until(true);
  return comparison(
    {case: 'first step of 20 cells, beyond the eager one', unit: 's', peerName: 'limit'},
    {ours: [until(false) - eager], peer: [firstStepSeconds]},
    {better: 'Less'},
  );
}

/** A training step beside Keras's compiled one (`tf.function`): same network, batch, optimizer and threads, in turn. */
export async function run({quick}: BenchOptions): Promise<BenchRow[]> {
  const python = await pythonWith([tensorflow]);
  const backend = await openBackend(threads);
  const rows: BenchRow[] = [];
  for (const each of cases) rows.push(...(await stepRows(backend, python, each, quick ? 5 : 20)));
  return [...rows, firstStepRow(backend)];
}
