import {setTimeout as pause} from 'node:timers/promises';
import {waitFor} from '../../test/cluster/cluster.ts';
import {TestNamespace} from '../../test/cluster/namespace.ts';
import {comparison} from '../bench.ts';
import type {BenchRow} from '../bench.ts';
import {OperatorProcess} from './operator-process.ts';
import {PaperNode} from './paper-node.ts';
import {createSearch, succeededIn, suspendAll} from './paper-search.ts';

const searches = 8;
const parallelTrials = 16;
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
    const perSecond = await throughput(namespace.name, trials);
    console.error(
      `${String(trials)} trials, ${perSecond.toFixed(1)} a second; an idle operator takes ${idle.toFixed(0)} MB`,
    );
    const {firstAction, megabytes} = await restart(namespace.name);
    const row = (label: string, unit: string, ours: number, goal: number): BenchRow =>
      comparison(
        {case: label, unit, peerName: 'goal'},
        {ours: [ours], peer: [goal]},
        {better: unit === '1/s' ? 'More' : 'Less'},
      );
    return [
      row(`trials on paper, ${String(searches)} searches at a time`, '1/s', perSecond, goals.perSecond),
      row(`restart to first action, ${String(trials)} finished trials`, 's', firstAction, goals.restartSeconds),
      row(`operator above idle, ${String(trials)} finished trials`, 'MB', megabytes - idle, goals.megabytes),
    ];
  } finally {
    await node.stop();
    await namespace.remove();
  }
}

async function restingMegabytes(namespace: string): Promise<number> {
  const operator = new OperatorProcess(namespace, healthPort);
  await pause(restMilliseconds);
  const {megabytes} = operator;
  await operator.end();
  return megabytes;
}

/** Trials that end per second, between the first tenth and the last of them. The searches ask for more, so that none of them ends. */
async function throughput(namespace: string, trials: number): Promise<number> {
  const operator = new OperatorProcess(namespace, healthPort);
  const each = Math.ceil((2 * trials) / searches);
  for (let at = 1; at <= searches; at++)
    await createSearch(namespace, `paper-${String(at)}`, {trials: each, parallelTrials});
  const reached = (count: number) =>
    waitFor(`${String(count)} finished trials`, 900, async () =>
      (await succeededIn(namespace)) >= count ? performance.now() : undefined,
    );
  const first = trials / 10;
  const begun = await reached(first);
  const counted = await succeededIn(namespace);
  const ended = await reached(trials);
  await operator.end();
  return (trials - counted) / ((ended - begun) / 1000);
}

/** What runs has ended meanwhile: there is something to settle and to propose at once. Then all is suspended, and rests. */
async function restart(namespace: string): Promise<{readonly firstAction: number; readonly megabytes: number}> {
  const operator = new OperatorProcess(namespace, healthPort);
  const firstAction = await operator.firstAction;
  await suspendAll(namespace);
  await operator.end();
  return {firstAction, megabytes: await restingMegabytes(namespace)};
}
