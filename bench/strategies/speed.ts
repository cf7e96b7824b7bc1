import {fold} from '../../search/fold.ts';
import type {Folding, LogEntry} from '../../search/fold.ts';
import {keyed} from '../../search/random.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import {strategies} from '../../search/strategies/index.ts';
import type {Problem} from '../../search/strategy.ts';
import type {BenchRow} from '../bench.ts';

const space = nasBench201.open({cellsPerStage: 5, channels: 16});
const problem: Problem = {
  space,
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 12,
  seed: 1,
};

/** Milliseconds of a question after 10,000 results, 95th percentile, and seconds of folding them; those that fit a model have more time. */
const limits: Readonly<Record<string, {readonly ask: number; readonly fold: number}>> = {
  Random: {ask: 5, fold: 5},
  RegularizedEvolution: {ask: 5, fold: 5},
  LocalSearch: {ask: 5, fold: 5},
  Nsga2: {ask: 5, fold: 5},
  CostFrugal: {ask: 5, fold: 5},
  Reinforce: {ask: 5, fold: 60},
  Tpe: {ask: 5, fold: 5},
  Bananas: {ask: 200, fold: 60},
  BlendSearch: {ask: 5, fold: 5},
  NetworkMorphism: {ask: 200, fold: 5},
  Portfolio: {ask: 200, fold: 5},
};
/** The first questions are not counted: a search of so many trials has asked as often, and its code is compiled by then. */
const questions = {before: 50, counted: 200};
const fewer = {before: 5, counted: 40};
const slow = 50;

/** A log of cells in random order, each with a made-up result. What proposed them does not matter to whom it is folded into. */
function logOf(trials: number): LogEntry[] {
  const order = keyed(1, 0, 'log').shuffle(Array.from({length: space.size}, (_, rank) => rank));
  return order.slice(0, trials).map((rank, at): LogEntry => {
    const genotype = space.at?.(rank) ?? space.sample(keyed(1, at, 'log'));
    const values = {accuracy: keyed(2, rank, 'result').uniform()};
    const candidate = {genotype, training: {}};
    return {
      proposal: {kind: 'Propose', candidate, epochs: 12, why: 'from the log', skipped: 0},
      after: at === 0 ? [] : [{index: at, kind: 'scored', values, epoch: 12, cost: 100}],
    };
  });
}

/** Of all threads of this process, so that what else runs on the machine does not count. */
function processorMilliseconds(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1_000;
}

function measured(type: string, log: readonly LogEntry[]): {ask: number; fold: number} {
  const row = strategies.find((candidate) => candidate.type === type);
  if (row === undefined) throw new Error(`There is no strategy ${type}.`);
  const folding: Folding = {problem, row, settings: row.settings.parse({})};
  const start = processorMilliseconds();
  const state = fold(folding, log);
  const folded = (processorMilliseconds() - start) / 1_000;
  const ask = (seed: number): number => {
    const begun = processorMilliseconds();
    row.strategy.ask({...problem, seed}, folding.settings, state);
    return processorMilliseconds() - begun;
  };
  const {before, counted} = ask(0) > slow ? fewer : questions;
  const times = Array.from({length: before + counted}, (_, seed) => ask(seed))
    .slice(before)
    .sort((a, b) => a - b);
  return {ask: times[Math.floor(0.95 * counted)] ?? Number.NaN, fold: folded};
}

function rowOf(label: {case: string; unit: string}, ours: number, peer: number): BenchRow {
  const ratio = peer / ours;
  return {...label, peerName: 'limit', ours, peer, ratio, interval: [ratio, ratio], n: 1};
}

/** Figure 5: how long questions and folding take, as the log grows. */
export function speedRows(sizes: readonly number[]): BenchRow[] {
  const whole = logOf(Math.max(...sizes));
  return Object.entries(limits).flatMap(([type, limit]) =>
    sizes.flatMap((size) => {
      const {ask, fold: seconds} = measured(type, whole.slice(0, size));
      const after = `${type}, ${String(size)} trials`;
      return [
        rowOf({case: `${after}: ask, 95th percentile`, unit: 'ms'}, ask, limit.ask),
        rowOf({case: `${after}: fold`, unit: 's'}, seconds, limit.fold),
      ];
    }),
  );
}
