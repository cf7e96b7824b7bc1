import type {Stored} from '../../api/meta.ts';
import type {Pod} from '../../api/pod.ts';
import {instant} from '../../api/quantities.ts';
import {ClusterApi} from '../../operator/cluster/api.ts';
import type {ApiServerClient, WatchLine} from '../../operator/kubernetes.ts';
import type {KubernetesApi} from '../../operator/ports.ts';
import type {Asker} from '../../operator/asking/question.ts';
import {testNamespace} from '../builders.ts';
import {askerContract} from '../contract/asker.ts';
import {kubernetesApiContract} from '../contract/kubernetes-api.ts';
import {podAdmissionContract} from '../contract/pod-admission.ts';
import type {AdmittingServer} from '../contract/pod-admission.ts';
import {Calls} from './calls.ts';
import {GuardedServer} from './guarded-server.ts';
import {HttpTwin, placeOf} from './http-twin.ts';
import {Mirror} from './mirror.ts';
import {ParkedAsker} from './parked-asker.ts';
import type {Step} from './step.ts';

// What the simulated world is made of keeps the contracts that the real API server keeps.

const clock = {now: () => instant(Date.parse('2026-01-01T00:00:00.900Z'))};

/** The simulated API server, seen directly or by the operator's own client. */
function twin(look: (server: GuardedServer, http: HttpTwin) => KubernetesApi): AdmittingServer {
  const mirror = new Mirror();
  const state = {uids: 0, version: 0};
  const server = new GuardedServer({
    clock,
    uid: () => `uid-${String(++state.uids)}`,
    journal: (entry) => {
      state.version = entry.rv;
      mirror.apply(entry);
    },
    pods: (): readonly Stored<Pod>[] => mirror.pods(),
  });
  return {
    api: look(server, new HttpTwin(server, () => state.version, 3)),
    namespace: testNamespace,
    node: 'node-1',
    bind: (...call) => server.bind(...call),
    setPodStatus: (...call) => server.setPodStatus(...call),
    forceDelete: (...call) => server.forceDelete(...call),
    collectGarbage: () => {
      server.collectGarbage();
      return Promise.resolve();
    },
    limitPods: (most = Infinity) => {
      server.quota = most;
      return Promise.resolve();
    },
    endNamespace: () => {
      server.terminating.add(testNamespace);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

/** Requests are answered at once, watches hear at once. */
const client = (server: KubernetesApi, http: HttpTwin): ApiServerClient => ({
  request: (request) => http.request(request),
  watch: (path, query, signal) => lines({server, http, path, from: Number(query['resourceVersion']), signal}),
});

interface Watching {
  readonly server: KubernetesApi;
  readonly http: HttpTwin;
  readonly path: string;
  readonly from: number;
  readonly signal: AbortSignal;
}

async function* lines({server, http, path, from, signal}: Watching): AsyncIterable<WatchLine> {
  const {kind} = placeOf(path);
  let [heard, wake] = [from, (): void => undefined];
  const wakeUp = (): void => {
    wake();
  };
  signal.addEventListener('abort', wakeUp);
  const stop = server.watch(kind, wakeUp);
  while (!signal.aborted) {
    for (const {version, line} of http.after(kind, heard)) {
      heard = version;
      yield line;
    }
    await new Promise<void>((resolve) => (wake = resolve));
  }
  stop();
}

askerContract('the simulated thread of heavy strategies', () => {
  const calls = new Calls();
  const asker = new ParkedAsker(calls);
  // one step at a time, as soon as there is one
  const steps = (): readonly Step[] => calls.steps('operator', 0, () => undefined);
  const proceed = (): void =>
    void steps()
      .find(({fault}) => fault !== true)
      ?.run();
  const ask: Asker['ask'] = (question) => {
    const answer = asker.ask(question);
    setImmediate(proceed);
    return answer;
  };
  const interrupt = async (): Promise<void> => {
    await steps()
      .find(({name}) => name.endsWith('the thread dies'))
      ?.run();
  };
  return {asker: {ask}, interrupt, close: () => Promise.resolve()};
});

const looks: Readonly<Record<string, (server: GuardedServer, http: HttpTwin) => KubernetesApi>> = {
  'the simulated API server': (server) => server,
  'the operator’s client of the simulated API server': (server, http) => new ClusterApi(client(server, http)),
};
for (const [name, look] of Object.entries(looks)) {
  kubernetesApiContract(name, () => Promise.resolve(twin(look)));
  podAdmissionContract(name, () => Promise.resolve(twin(look)));
}
