import {setTimeout as pause} from 'node:timers/promises';
import {waitFor} from '../../test/cluster/cluster.ts';
import {TestNamespace} from '../../test/cluster/namespace.ts';
import {comparison} from '../bench.ts';
import type {BenchRow} from '../bench.ts';
import {OperatorProcess} from './operator-process.ts';
import {PaperNode} from './paper-node.ts';
import {createSearch, succeededIn, suspendAll} from './paper-search.ts';

const searches = 8;
const parallelTrials = 4;
const goals = {perSecond: 30, megabytes: 60, restartSeconds: 5};
/** Until an operator's memory is that of one that has nothing to do. */
const restMilliseconds = 15_000;
const healthPort = 18_081;

/** Trials per second, and what it takes to start again with so many of them finished. */
export async function manyTrials(trials: number): Promise<BenchRow[]> {
  const namespace = await TestNamespace.create('bench');
  const node = new PaperNode(namespace.name);
  try {
    const idle = await restingMegabytes(namespace.name);
    await node.start();
    const {perSecond, processor} = await throughput(namespace.name, trials);
    console.error(
      `${String(trials)} trials, ${perSecond.toFixed(1)} a second; an idle operator takes ${idle.toFixed(0)} MB`,
    );
    const {firstAction, megabytes} = await restart(namespace.name);
    console.error(`restarted within ${firstAction.toFixed(1)} s; ${megabytes.toFixed(0)} MB at rest`);
    const row = (label: string, unit: string, ours: number, goal: number): BenchRow =>
      comparison(
        {case: label, unit, peerName: 'goal'},
        {ours: [ours], peer: [goal]},
        {better: unit === '1/s' ? 'More' : 'Less'},
      );
    return [
      row(`trials on paper, ${String(searches)} searches at a time`, '1/s', perSecond, goals.perSecond),
      row("an operator's processor time, a trial", 'ms', 1000 * processor, 1000 / goals.perSecond),
      row(`restart to first action, ${String(trials)} finished trials`, 's', firstAction, goals.restartSeconds),
      row(`operator above idle, ${String(trials)} finished trials`, 'MB', megabytes - idle, goals.megabytes),
    ];
  } finally {
    await node.stop();
    await namespace.remove();
  }
}

/** An operator for as long as the work takes. */
async function operating<T>(namespace: string, work: (operator: OperatorProcess) => Promise<T>): Promise<T> {
  const operator = new OperatorProcess(namespace, healthPort);
  try {
    return await work(operator);
  } finally {
    await operator.end();
  }
}

const restingMegabytes = (namespace: string): Promise<number> =>
  operating(namespace, async (operator) => {
    await pause(restMilliseconds);
    return operator.megabytes;
  });

interface Throughput {
  readonly perSecond: number;
  /** Seconds of processor time that the operator takes for a trial. */
  readonly processor: number;
}

/** Trials that end, from the first tenth to the last of them. The searches ask for more, so that none of them ends. */
const throughput = (namespace: string, trials: number): Promise<Throughput> =>
  operating(namespace, async (operator) => {
    const limits = {trials: Math.ceil((2 * trials) / searches), parallelTrials};
    for (let at = 1; at <= searches; at++) await createSearch(namespace, `paper-${String(at)}`, limits);
    const first = {...(await reached(namespace, trials / 10)), processor: operator.processorSeconds};
    const last = {...(await reached(namespace, trials)), processor: operator.processorSeconds};
    const done = last.count - first.count;
    return {perSecond: done / ((last.at - first.at) / 1000), processor: (last.processor - first.processor) / done};
  });

const reached = (namespace: string, least: number): Promise<{readonly count: number; readonly at: number}> =>
  waitFor(`${String(least)} finished trials`, 1800, async () => {
    const count = await succeededIn(namespace);
    return count >= least ? {count, at: performance.now()} : undefined;
  });

/** What ran has ended meanwhile: there is something to settle and to propose at once. Then all is suspended, and rests. */
async function restart(namespace: string): Promise<{readonly firstAction: number; readonly megabytes: number}> {
  const firstAction = await operating(namespace, async (operator) => {
    const seconds = await operator.firstAction;
    await suspendAll(namespace);
    return seconds;
  });
  return {firstAction, megabytes: await restingMegabytes(namespace)};
}
