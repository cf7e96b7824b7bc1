import {pino} from 'pino';
import {Operator} from '../../operator/cluster/operator.ts';
import {clusterClient} from '../../operator/kubernetes.ts';
import type {ApiRequest, ApiServerClient} from '../../operator/kubernetes.ts';
import {silentBus} from '../../operator/silent-bus.ts';
import {waitFor} from '../../test/cluster/cluster.ts';
import {TestNamespace} from '../../test/cluster/namespace.ts';
import {comparison} from '../bench.ts';
import type {BenchRow} from '../bench.ts';
import {PaperNode} from './paper-node.ts';
import {createSearch, succeededIn} from './paper-search.ts';

const trials = 12;
const goal = 12;

/** Events and the lease are not of the search. */
const isOfSearch = ({method, path}: ApiRequest): boolean =>
  method !== 'GET' && !path.includes('/leases') && !path.includes('/events');

/** Writes of one search, from its creation to its end, by its number of trials. */
export async function writesPerTrial(): Promise<BenchRow[]> {
  const namespace = await TestNamespace.create('bench-writes');
  const node = new PaperNode(namespace.name);
  const ending = new AbortController();
  let writes = 0;
  const cluster = clusterClient();
  const client: ApiServerClient = {
    request: (request) => {
      if (isOfSearch(request)) writes += 1;
      return cluster.request(request);
    },
    watch: (...words) => cluster.watch(...words),
  };
  const operator = new Operator({
    client,
    bus: silentBus,
    log: pino({level: 'silent'}),
    identity: 'bench',
    lease: {namespace: namespace.name, name: 'archsearch-operator'},
    leaseSeconds: 5,
    namespace: namespace.name,
    workers: 1,
  });
  const ended = operator.run(ending.signal);
  try {
    await node.start();
    await createSearch(namespace.name, 'writes', {trials, parallelTrials: 2});
    await waitFor('the search is over', 300, async () =>
      (await succeededIn(namespace.name)) === trials ? true : undefined,
    );
    await waitFor(
      'nothing is written any more',
      60,
      quiet(() => writes),
    );
  } finally {
    ending.abort();
    await ended;
    await node.stop();
    await namespace.remove();
  }
  console.error(`${String(writes)} writes for ${String(trials)} trials`);
  const row = {case: `API writes per trial, a search of ${String(trials)}`, unit: 'writes', peerName: 'goal'};
  return [comparison(row, {ours: [writes / trials], peer: [goal]}, {better: 'Less'})];
}

/** A count that has stayed for two seconds. */
function quiet(count: () => number): () => Promise<true | undefined> {
  let [last, since] = [count(), performance.now()];
  return () => {
    if (count() !== last) [last, since] = [count(), performance.now()];
    return Promise.resolve(performance.now() - since > 2000 ? true : undefined);
  };
}
