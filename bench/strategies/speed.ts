import {begin, fold} from '../../search/fold.ts';
import type {Folding, LogEntry} from '../../search/fold.ts';
import {keyed} from '../../search/random.ts';
import {oneArchitecture} from '../../search/simulation/one-architecture.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import {strategies} from '../../search/strategies/index.ts';
import type {Problem, Proposal} from '../../search/strategy.ts';
import type {BenchRow} from '../bench.ts';
import {eightParameters} from './eight-parameters.ts';

const space = nasBench201.open({cellsPerStage: 5, channels: 16});
const cells: Problem = {
  space,
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 12,
  seed: 1,
};
const numbers: Problem = {...cells, space: oneArchitecture, training: eightParameters, maxEpochs: 1};

interface Limit {
  /** Milliseconds of a question after 10,000 results, 95th percentile. */
  readonly ask: number;
  /** Seconds of folding a log of 10,000 trials. */
  readonly fold: number;
  /** Whether it thinks about each question for as long as a search of 10,000 questions is too long for a bench. */
  readonly heavy?: boolean;
}

const limits: Readonly<Record<string, Limit>> = {
  Random: {ask: 5, fold: 5},
  RegularizedEvolution: {ask: 5, fold: 5},
  LocalSearch: {ask: 5, fold: 5},
  Nsga2: {ask: 5, fold: 5},
  CostFrugal: {ask: 5, fold: 5},
  Tpe: {ask: 5, fold: 5},
  Reinforce: {ask: 5, fold: 60},
  Bananas: {ask: 200, fold: 60, heavy: true},
  BlendSearch: {ask: 200, fold: 5, heavy: true},
  NetworkMorphism: {ask: 200, fold: 5, heavy: true},
  Portfolio: {ask: 200, fold: 5, heavy: true},
};

/** Questions that the percentile is of: the last ones of a search, or so many to one state after a few that are not counted. */
const questions = {own: 100, asked: 40, uncounted: 5};

/** Of all threads of this process, so that what else runs on the machine does not count. */
function processorMilliseconds(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1_000;
}

function timed(work: () => unknown): number {
  const begun = processorMilliseconds();
  work();
  return processorMilliseconds() - begun;
}

function percentile(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(0.95 * times.length) - 1] ?? Number.NaN;
}

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

/** A made-up score of a point of the eight parameters, with one best place. */
function scoreOf({candidate: {training}}: Proposal): number {
  const at = (name: string): number => Number(training[name]);
  const apart = [Math.log10(at('learningRate')) + 2.5, at('dropout') - 0.2, (Math.log2(at('batchSize')) - 6) / 4];
  return -apart.reduce((sum, each) => sum + Math.abs(each), 0);
}

/** Milliseconds of each question of a search over the eight parameters. */
function ownQuestions({row, settings}: Folding, trials: number): number[] {
  let state = begin({problem: numbers, row, settings});
  return Array.from({length: trials}, (_, at) => {
    const begun = processorMilliseconds();
    const ask = row.strategy.ask(numbers, settings, state);
    const taken = processorMilliseconds() - begun;
    if (ask.kind !== 'Propose') throw new Error(`${row.type} proposes nothing at ${at + 1}.`);
    state = row.strategy.asked(numbers, settings, state, ask);
    const report = {index: at + 1, kind: 'scored', values: {accuracy: scoreOf(ask)}, epoch: 1, cost: 1} as const;
    state = row.strategy.tell(numbers, settings, state, report);
    return taken;
  });
}

/** Milliseconds of questions to the state after a log, each with a seed of its own. */
function askedQuestions({problem, row, settings}: Folding, log: readonly LogEntry[]): number[] {
  const state = fold({problem, row, settings}, log);
  const times = Array.from({length: questions.uncounted + questions.asked}, (_, seed) =>
    timed(() => row.strategy.ask({...problem, seed}, settings, state)),
  );
  return times.slice(questions.uncounted);
}

function rowOf(label: {case: string; unit: string}, ours: number, peer: number): BenchRow {
  const ratio = peer / ours;
  return {...label, peerName: 'limit', ours, peer, ratio, interval: [ratio, ratio], n: 1};
}

function rowsOf(
  type: string,
  {ask, fold: seconds, heavy = false}: Limit,
  log: readonly LogEntry[],
  sizes: readonly number[],
) {
  const row = strategies.find((candidate) => candidate.type === type);
  if (row === undefined) throw new Error(`There is no strategy ${type}.`);
  const folding: Folding = {problem: cells, row, settings: row.settings.parse({})};
  const own = heavy ? [] : ownQuestions(folding, Math.max(...sizes));
  return sizes.flatMap((size) => {
    const whole = log.slice(0, size);
    const times = heavy ? askedQuestions(folding, whole) : own.slice(Math.max(0, size - questions.own), size);
    const after = `${type}, ${String(size)} trials`;
    return [
      rowOf({case: `${after}: ask, 95th percentile`, unit: 'ms'}, percentile(times), ask),
      rowOf({case: `${after}: fold`, unit: 's'}, timed(() => fold(folding, whole)) / 1_000, seconds),
    ];
  });
}

/**
 * Figure 5: processor time of questions and of folding, as the log grows. Light strategies are asked in a search of their own over eight
 * parameters, heavy ones after a log of random cells of NAS-Bench-201, which is what all fold.
 */
export function speedRows(sizes: readonly number[]): BenchRow[] {
  const log = logOf(Math.max(...sizes));
  return Object.entries(limits).flatMap(([type, limit]) => rowsOf(type, limit, log, sizes));
}
