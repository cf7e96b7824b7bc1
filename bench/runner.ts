import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {openBackend, type Backend} from '../trial-runner/backend.ts';
import {comparison, interleaved} from './bench.ts';
import type {BenchOptions, BenchRow, Measure} from './bench.ts';
import {pythonWith, tensorflow} from './python.ts';
import {cases, classes, deep, type Case} from './runner/networks.ts';
import {batchFor, learningRate, oursFor, processorMilliseconds, threads, trainerFor} from './runner/ours.ts';

/** What compiling may add to the time until the first step of a deep network. */
const firstStepSeconds = 2.5;

interface Peer {
  readonly measure: Measure;
  /** The process's largest resident set so far, MiB. */
  readonly peakMemory: Measure;
  end(): Promise<void>;
}

/** A Python process that builds the same network from the same JSON and measures so many steps for each line it is sent. */
function kerasFor(python: string, {network, batchSize, steps}: Case): Peer {
  const script = join(import.meta.dirname, 'peers', 'keras_step.py');
  const settings = JSON.stringify({network, steps, batchSize, classes, learningRate, threads});
  return peerOf(python, [script, settings]);
}

/** The same network trained by ours in a process of its own. */
const oursAlone = ({name}: Case): Peer =>
  peerOf(process.execPath, [join(import.meta.dirname, 'runner', 'alone.ts'), name]);

/** A process that answers each line that it is sent with a number. */
function peerOf(command: string, given: readonly string[]): Peer {
  const child = spawn(command, given, {stdio: ['pipe', 'pipe', 'pipe']});
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const exited = once(child, 'exit');
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const ask = async (line: string): Promise<number> => {
    child.stdin.write(`${line}\n`);
    const answer: IteratorResult<string, unknown> = await lines.next();
    if (answer.done === true) throw new Error(`${given[0] ?? command} ended before it answered:\n${stderr}`);
    return Number(answer.value);
  };
  return {
    measure: () => ask('measure'),
    peakMemory: () => ask('memory'),
    async end() {
      child.stdin.end();
      await exited;
    },
  };
}

/** Cases whose memory is compared: one that is hardly more than the libraries, and the larger ones. */
const weighed = new Set([cases[0], ...cases.slice(-3)]);

/** Peak memory of a process that trains, from its start on. */
async function memoryRow(python: string, each: Case, rounds: number): Promise<BenchRow> {
  const peakOf = async (peer: Peer): Promise<number> => {
    await peer.measure();
    const peak = await peer.peakMemory();
    await peer.end();
    return peak;
  };
  const samples = await interleaved({
    ours: () => peakOf(oursAlone(each)),
    peer: () => peakOf(kerasFor(python, each)),
    rounds,
    warmup: 0,
  });
  const label = {case: `${each.name}, batch ${String(each.batchSize)}: peak memory`, unit: 'MiB'};
  return comparison({...label, peerName: `Keras tf.function, ${tensorflow}`}, samples, {better: 'Less'});
}

/** Compiled steps beside Keras's and beside our own eager ones, in turn. */
async function stepRows(backend: Backend, python: string, each: Case, rounds: number): Promise<BenchRow[]> {
  const compiled = trainerFor(backend, each, false);
  const label = {
    case: `${each.name}, batch ${String(each.batchSize)}, Adam, ${String(threads)} thread`,
    unit: 'CPU ms/step',
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

/** Processor seconds until the first step of a deep network is done, over what the eager one needs. */
function firstStepRow(backend: Backend): BenchRow {
  const each = {network: deep, batchSize: 32};
  const until = (eager: boolean): number => {
    const start = processorMilliseconds();
    const trainer = trainerFor(backend, each, eager);
    trainer.step(batchFor(each), {step: 0, rate: learningRate});
    trainer.loss();
    trainer.dispose();
    return (processorMilliseconds() - start) / 1000;
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
  for (const each of cases) if (weighed.has(each)) rows.push(await memoryRow(python, each, quick ? 1 : 3));
  return [...rows, firstStepRow(backend)];
}
