import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {inboxPrefix, natsAudience} from '../../../api/permissions.ts';
import type {Stored} from '../../../api/meta.ts';
import {annotations, labels} from '../../../api/pod.ts';
import type {Pod} from '../../../api/pod.ts';
import {modelFiles} from '../../../api/protocol.ts';
import type {RefusalReason} from '../../../api/reasons.ts';
import {directGet, stores, subjects} from '../../../api/subjects.ts';
import type {TrialAddress} from '../../../api/subjects.ts';
import {openBlobReader} from '../../../operator/nats/blob-reader.ts';
import {PlainClient} from '../../nats-client.ts';
import {agreed, call, kubectl, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {closeNats, install, logs, openNats, systemNamespace, uninstall} from './installation.ts';
import {apply, listOf, searchOf, shellSearch, untilOver} from './searches.ts';

// Containers that mean harm, with real tokens of real Pods, on the NATS that the chart runs; and beside them a search that knows nothing
// of it.

/** A search from beginning to end: curves, early stopping's control, models that are kept and compared. */
const honest = `
apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: honest}
spec:
  task: TabularClassification
  dataset: {builtin: breastCancer}
  objectives: [{metric: balancedAccuracy, goal: Maximize}]
  searchSpace: {type: Tabular}
  strategy: {type: Random}
  estimation: {maxEpochs: 2, trialDuration: 3m}
  limits: {trials: 4, parallelTrials: 2, gpuHours: 2}
  preflight: {trials: 1, gpuHours: 0.2}
  baseline: {type: Mlp, share: 0.2}
  selection: {retrain: 1, epochs: 3, seeds: 1, share: 0.4}
`;

const hostile = shellSearch({
  name: 'hostile',
  script: 'trap "exit 0" TERM; while true; do sleep 1; done',
  limits: 'trials: 6, parallelTrials: 6, failedTrials: 6',
  trialDuration: '20m',
});

const natsPort = 4222;
const held: {namespace?: TestNamespace; strangers?: TestNamespace; host?: string} = {};
const namespace = (): TestNamespace => held.namespace ?? assert.fail('the namespace was not made');
const strangers = (): TestNamespace => held.strangers ?? assert.fail('the namespace was not made');
const host = (): string => held.host ?? assert.fail('NATS has no address');

/** What the kubelet gives to a container of the Pod. */
async function tokenOf(
  {metadata: {name, uid, namespace: own = ''}}: Stored<Pod>,
  audience = natsAudience,
): Promise<string> {
  const path = `/api/v1/namespaces/${own}/serviceaccounts/archsearch-trial/token`;
  const boundObjectRef = {apiVersion: 'v1', kind: 'Pod', name, uid};
  const asked = await agreed(
    call('POST', path, {spec: {audiences: [audience], expirationSeconds: 600, boundObjectRef}}),
  );
  return (asked as {readonly status: {readonly token: string}}).status.token;
}

async function dial(pod: Stored<Pod>, token?: string): Promise<PlainClient> {
  const inbox = `${inboxPrefix(pod.metadata.uid)}.by-hand`;
  return PlainClient.open(natsPort, {host: host(), inbox, token: token ?? (await tokenOf(pod))});
}

const knock = (token?: string) =>
  assert.rejects(
    PlainClient.open(natsPort, {host: host(), ...(token === undefined ? {} : {token})}),
    /Authorization Violation/,
  );

const addressOf = ({metadata}: Stored<Pod>): TrialAddress => ({
  search: metadata.labels?.[labels.searchUid] ?? '',
  trial: metadata.ownerReferences?.[0]?.uid ?? '',
});

async function podsOf(search: string): Promise<Stored<Pod>[]> {
  const query = `labelSelector=${encodeURIComponent(`${labels.search}=${search}`)}`;
  const list = await agreed(call('GET', `/api/v1/namespaces/${namespace().name}/pods?${query}`));
  return (list as {readonly items: Stored<Pod>[]}).items;
}

/** What the operator says of itself. */
async function counted(reason: RefusalReason): Promise<number> {
  const path = `/api/v1/namespaces/${systemNamespace}/pods?labelSelector=app.kubernetes.io/component=operator`;
  const {items} = (await agreed(call('GET', path))) as {readonly items: readonly Stored<Pod>[]};
  const name = items.find(({status}) => status?.phase === 'Running')?.metadata.name ?? '';
  const raw = `/api/v1/namespaces/${systemNamespace}/pods/${name}:8080/proxy/metrics`;
  const {stdout} = await kubectl(['get', '--raw', raw]);
  const line = new RegExp(`^archsearch_operator_nats_refusals_total{reason="${reason}"} (\\d+)$`, 'm').exec(stdout);
  return Number(line?.[1] ?? Number.NaN);
}

const untilCounted = (reason: RefusalReason, before: number) =>
  waitFor(`${reason} is counted`, 60, async () => ((await counted(reason)) > before ? true : undefined));

/** What people see of the trial of a Pod. */
const untilTold = (pod: Stored<Pod>, reason: RefusalReason) =>
  waitFor(`an event ${reason} of ${pod.metadata.name}`, 60, async () => {
    const trial = pod.metadata.ownerReferences?.[0]?.name ?? '';
    const selector = `involvedObject.kind=Trial,involvedObject.name=${trial},reason=${reason}`;
    const {stdout} = await kubectl([
      'get',
      'events',
      '-n',
      namespace().name,
      `--field-selector=${selector}`,
      '-o',
      'name',
    ]);
    return stdout.includes('event/') ? true : undefined;
  });

const untilCutOff = (pod: Stored<Pod>) =>
  namespace().until(
    pod.metadata.name,
    'is cut off',
    90,
    (now) => now.metadata.annotations?.[annotations.cutOff] !== undefined,
  );

/** Many small messages at once, as fast as they go. */
async function pour(client: PlainClient, count: number, subjectAt: (at: number) => string): Promise<void> {
  for (let at = 0; at < count && !client.ended; at += 5000) {
    const some = Array.from(
      {length: Math.min(5000, count - at)},
      (_, more) => `PUB ${subjectAt(at + more)} 2\r\n{}\r\n`,
    );
    await client.write(some.join('')).catch(() => undefined);
  }
}

describe('containers that mean harm', {concurrency: false}, () => {
  const pods: Stored<Pod>[] = [];
  const pod = (at: number): Stored<Pod> => pods[at] ?? assert.fail(`there is no hostile Pod ${String(at)}`);
  const [victim, forger, flooder, hoarder, shouter, ghost] = [0, 1, 2, 3, 4, 5] as const;

  before(async () => {
    held.namespace = await TestNamespace.create('identity', {'pod-security.kubernetes.io/enforce': 'restricted'});
    held.strangers = await TestNamespace.create('strangers');
    await install([namespace().name]);
    held.host = await openNats();
    await apply(namespace().name, hostile);
    await apply(namespace().name, honest);
    await waitFor('six hostile Pods run', 180, async () => {
      const running = (await podsOf('hostile')).filter(({status}) => status?.phase === 'Running');
      pods.splice(0, pods.length, ...running.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name)));
      return pods.length >= 6 ? true : undefined;
    });
  });
  after(async () => {
    await namespace().remove();
    await strangers().remove();
    await closeNats();
    await uninstall();
  });

  test('are not let in without a token, and that is counted', async () => {
    const before = await counted('NoToken');
    await knock();
    await untilCounted('NoToken', before);
  });

  test('are not let in with a word, nor with a token for the API server', async () => {
    const before = await counted('TokenRejected');
    await knock('let-me-in');
    await knock(await tokenOf(pod(forger), 'https://kubernetes.default.svc'));
    await untilCounted('TokenRejected', before + 1);
  });

  test('are not let in out of another namespace', async () => {
    const account = {metadata: {name: 'archsearch-trial', namespace: strangers().name}};
    await agreed(call('POST', `/api/v1/namespaces/${strangers().name}/serviceaccounts`, account));
    const stranger = await strangers().create('stranger', {spec: {serviceAccountName: 'archsearch-trial'}});
    await strangers().untilRunning('stranger');
    const before = await counted('NotATrial');
    await knock(await tokenOf(stranger));
    await untilCounted('NotATrial', before);
  });

  test("are not let in out of a Pod that somebody has made to look like a trial's", async () => {
    const securityContext = {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}};
    const {labels: worn, ownerReferences} = pod(victim).metadata;
    const made = await namespace().create('disguised', {
      // the operator deletes it at once: it is held, so that somebody can try
      metadata: {labels: worn, ownerReferences, finalizers: ['archsearch.test/hold']},
      spec: {
        serviceAccountName: 'archsearch-trial',
        securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: 'RuntimeDefault'}},
        schedulingGates: [{name: 'archsearch.test/never'}],
        containers: [{name: 'trial', image: 'registry.local/busybox:1', securityContext}],
        activeDeadlineSeconds: 600,
      },
    });
    const before = await counted('NotATrial');
    await knock(await tokenOf(made));
    await untilCounted('NotATrial', before);
    await namespace().release('disguised');
  });

  test("cannot speak for another, write or read another one's models, nor listen: refused, counted, told", async () => {
    const before = await counted('ForbiddenSubject');
    const client = await dial(pod(forger));
    const other = addressOf(pod(victim));
    const model = subjects.blobChunk(other, 'model/weights.bin', 0);
    const inbox = `${inboxPrefix(pod(forger).metadata.uid)}.x`;
    const tries = [
      `PUB ${subjects.message(other, 'epoch')} 2\r\n{}\r\n`,
      `PUB ${model} 4\r\nEVIL\r\n`,
      `PUB ${directGet(stores.blobs.stream, model)} ${inbox} 0\r\n\r\n`,
      'SUB > 7\r\n',
      `PUB $JS.API.STREAM.PURGE.${stores.blobs.stream} ${inbox} 0\r\n\r\n`,
    ];
    for (const text of tries) await client.write(text);
    assert.equal(client.heard.match(/Permissions Violation/g)?.length, tries.length, client.heard);
    // an acknowledgement that is to lie where a model is
    await client.publish(subjects.message(addressOf(pod(forger)), 'event'), '{}');
    await client.write(`PUB ${subjects.message(addressOf(pod(forger)), 'event')} ${model} 2\r\n{}\r\n`);
    client.close();
    await untilCounted('ForbiddenSubject', before + tries.length - 1);
    await untilTold(pod(forger), 'ForbiddenSubject');
    const seen = await dial(pod(victim));
    await seen.write(
      `PUB ${directGet(stores.blobs.stream, model)} ${inboxPrefix(pod(victim).metadata.uid)}.by-hand.1 0\r\n\r\n`,
    );
    await waitFor('an answer', 5, async () =>
      Promise.resolve(seen.heard.includes('Message Not Found') ? true : undefined),
    );
    seen.close();
  });

  test('lose their connection over a message of 10 MB', async () => {
    const before = await counted('MessageTooLarge');
    const client = await dial(pod(shouter));
    const size = 10 * 1024 * 1024;
    await client
      .write(`PUB ${subjects.message(addressOf(pod(shouter)), 'event')} ${String(size)}\r\n`)
      .catch(() => undefined);
    await waitFor('the end', 10, () => Promise.resolve(client.ended ? true : undefined));
    await untilCounted('MessageTooLarge', before);
    await untilTold(pod(shouter), 'MessageTooLarge');
  });

  test('that flood are thrown out, and let in no more', async () => {
    const client = await dial(pod(flooder));
    const subject = subjects.message(addressOf(pod(flooder)), 'event');
    await pour(client, 150_000, () => subject);
    await untilCutOff(pod(flooder));
    await waitFor('the end', 30, () => Promise.resolve(client.ended ? true : undefined));
    await untilTold(pod(flooder), 'TooManyMessages');
    const before = await counted('CutOff');
    await knock(await tokenOf(pod(flooder)));
    await untilCounted('CutOff', before);
  });

  test('that hoard are thrown out, and what they have kept is taken away', async () => {
    const client = await dial(pod(hoarder));
    const own = addressOf(pod(hoarder));
    await pour(client, 2000, (at) => subjects.blobChunk(own, 'hoard', at));
    await untilCutOff(pod(hoarder));
    await waitFor('the end', 30, () => Promise.resolve(client.ended ? true : undefined));
    await untilTold(pod(hoarder), 'TooManyBlobs');
    await knock(await tokenOf(pod(hoarder)));
  });

  test('are not let in with the token of a Pod that has ended', async () => {
    const token = await tokenOf(pod(ghost));
    const before = await counted('PodFinished');
    const {name} = pod(ghost).metadata;
    const hold = [...(pod(ghost).metadata.finalizers ?? []), 'archsearch.test/hold'];
    await agreed(namespace().patch(name, {metadata: {finalizers: hold}}));
    const {name: trial = ''} = pod(ghost).metadata.ownerReferences?.[0] ?? {};
    await call('DELETE', `/apis/archsearch.dev/v1alpha1/namespaces/${namespace().name}/trials/${trial}`);
    await namespace().untilEnded(name, 90);
    await knock(token);
    await untilCounted('PodFinished', before);
    await untilTold(pod(ghost), 'PodFinished');
    await namespace().patch(name, {metadata: {finalizers: null}});
    await namespace().untilGone(name, 60);
    await knock(token);
  });

  test('go on as trials: what they say counts for nothing', async () => {
    for (const at of [forger, flooder, hoarder, shouter]) {
      const now = await namespace().get(pod(at).metadata.name);
      assert.equal(now?.status?.phase, 'Running', pod(at).metadata.name);
    }
  });

  test('and an honest search beside them comes to its end, with its curves and its models', async () => {
    const search = await untilOver(namespace().name, 900, 'honest');
    assert.equal(search.status?.phase, 'Succeeded', `${JSON.stringify(search.status)}\n${await logs()}`);
    const trials = (await listOf(namespace().name, 'trials')).filter(({spec}) => spec.search === 'honest');
    for (const {status, metadata} of trials.filter(({spec}) => spec.purpose === 'Candidate'))
      assert.ok((status?.curve ?? []).length > 0, metadata.name);
    const {uid, name} = (await searchOf(namespace().name, 'honest')).metadata;
    const path = `/api/v1/namespaces/${namespace().name}/serviceaccounts/archsearch-report/token`;
    const asked = await agreed(call('POST', path, {spec: {audiences: [natsAudience], expirationSeconds: 600}}));
    const {token} = (asked as {readonly status: {readonly token: string}}).status;
    const place = {servers: `nats://${host()}:${String(natsPort)}`};
    const reader = await openBlobReader(place, {search: {namespace: namespace().name, name, uid}, token});
    const winner = trials.find(({metadata}) => metadata.name === search.status?.comparison?.winner.trial);
    for (const file of modelFiles) {
      const read = await reader.read({search: uid, trial: winner?.metadata.uid ?? ''}, file);
      assert.equal(read.kind, 'Found', file);
    }
    await reader.close();
  });
});
