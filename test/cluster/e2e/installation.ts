import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {connect, createServer} from 'node:net';
import type {Server} from 'node:net';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {promisify} from 'node:util';
import {packageVersion} from '../../../cli/package.ts';
import {agreed, call, installImages, kubectl, waitFor} from '../cluster.ts';
import {chart} from '../../helm/chart.ts';
import {helm} from '../helm.ts';

const run = promisify(execFile);
const project = join(import.meta.dirname, '..', '..', '..');
export const systemNamespace = 'archsearch-system';

/** In the cluster's own network namespace nobody else listens there. */
const port = 47_999;

/**
 * There is one archsearch on a cluster: files that install it wait for each other. It is given back by `uninstall`, or when the process
 * ends, however it ends.
 */
async function takeCluster(): Promise<Server> {
  for (;;) {
    const server = createServer().listen(port, '127.0.0.1');
    const taken = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (taken) return server.unref();
    await pause(500);
  }
}

let held: Server | undefined;

/** Waits until no other test file has archsearch installed, and has the images made. */
export async function prepare(): Promise<void> {
  held ??= await takeCluster();
  await installImages();
  await run(join(project, 'test/cluster/setup/nats-image.sh'));
}

/** The operator of one test must not look after the searches of the next. */
export async function uninstall(): Promise<void> {
  const {code} = await call('GET', `/apis/apps/v1/namespaces/${systemNamespace}/deployments/archsearch-operator`);
  if (code === 200) await scaleOperator(0);
  held?.close();
  held = undefined;
}

/** None: whoever looks after searches is away. Returns when that is so. */
export async function scaleOperator(replicas: 0 | 1): Promise<void> {
  const scale = ['scale', '--namespace', systemNamespace, 'deployment/archsearch-operator'];
  await kubectl([...scale, `--replicas=${String(replicas)}`]);
  if (replicas === 0) await kubectl(['wait', ...byOperator, '--for=delete', 'pod', '--timeout=60s']);
  else await ready();
}

const byOperator = ['--namespace', systemNamespace, '--selector', 'app.kubernetes.io/component=operator'];

/** Of the chart, as every test installs it: images of this tree, no storage, one replica, a lease that soon runs out. */
const testValues: readonly string[] = [
  `image.tag=${packageVersion}`,
  `trialImage.tag=${packageVersion}`,
  'nats.image.repository=archsearch/nats',
  'nats.image.tag=test',
  'nats.storage.type=EmptyDir',
  'operator.replicas=1',
  'operator.leaseSeconds=5',
  'operator.logLevel=debug',
];

/** Options of helm beside those that a page of the documentation has. What a test did by hand before is undone. */
export const testOptions: readonly string[] = [
  '--timeout=150s',
  '--take-ownership',
  '--force-conflicts',
  ...testValues.flatMap((value) => ['--set', value]),
];

export interface Installation {
  readonly namespace?: string;
  /** More values, `path=value`. */
  readonly values?: readonly string[];
  /** More options of helm. */
  readonly options?: readonly string[];
}

/** `helm upgrade --install`; returns once everything is ready. */
export async function helmInstall({
  namespace = systemNamespace,
  values = [],
  options = [],
}: Installation): Promise<void> {
  const set = values.flatMap((value) => ['--set', value]);
  const where = ['--namespace', namespace, '--wait'];
  await helm('upgrade', '--install', 'archsearch', chart, ...where, ...testOptions, ...set, ...options);
}

/** The chart as an administrator installs it, for these namespaces with searches. */
export async function install(searchNamespaces: readonly string[], values: readonly string[] = []): Promise<void> {
  await prepare();
  const namespaces = `searchNamespaces={${searchNamespaces.join(',')}}`;
  try {
    await helmInstall({values: [namespaces, ...values], options: ['--create-namespace']});
  } catch (cause) {
    throw new Error(`archsearch is not installed: ${await logs()}`, {cause});
  }
}

/** Operator and NATS run and say that they are ready. */
export async function ready(): Promise<void> {
  for (const workload of ['statefulset/archsearch-nats', 'deployment/archsearch-operator']) {
    const waited = await kubectl(['rollout', 'status', '--namespace', systemNamespace, workload, '--timeout=120s']);
    if (waited.code !== 0) throw new Error(`${workload} is not ready: ${waited.stderr}${await logs()}`);
  }
}

/** The last lines of the operator, for the message of a test that fails. */
export async function logs(): Promise<string> {
  const {stdout} = await kubectl([
    'logs',
    '--namespace',
    systemNamespace,
    'deployment/archsearch-operator',
    '--tail=30',
  ]);
  return stdout;
}

interface Named {
  readonly metadata: {readonly name: string; readonly uid: string};
}

/** Kills a workload's Pods at once, as a node that loses its power does: no SIGTERM, no grace. */
export async function kill(component: 'operator' | 'nats'): Promise<void> {
  const path = `/api/v1/namespaces/${systemNamespace}/pods?labelSelector=app.kubernetes.io/component=${component}`;
  const {items} = (await agreed(call('GET', path))) as {readonly items: readonly Named[]};
  for (const {metadata} of items) {
    const pod = `/api/v1/namespaces/${systemNamespace}/pods/${metadata.name}`;
    await call('DELETE', pod, {gracePeriodSeconds: 0, preconditions: {uid: metadata.uid}});
  }
  await waitFor(`another ${component}`, 60, async () => {
    const {items: now} = (await agreed(call('GET', path))) as {readonly items: readonly Named[]};
    const fresh = now.filter(({metadata}) => items.every((old) => old.metadata.uid !== metadata.uid));
    return fresh.length > 0 ? true : undefined;
  });
}

const natsDoor = `/apis/networking.k8s.io/v1/namespaces/${systemNamespace}/networkpolicies`;

/** Lets this machine reach NATS, as an administrator may; returns its address. The chart lets in the operator and trials alone. */
export async function openNats(): Promise<string> {
  const metadata = {name: 'test-opens-nats'};
  const podSelector = {matchLabels: {'app.kubernetes.io/component': 'nats'}};
  await call('POST', natsDoor, {metadata, spec: {podSelector, policyTypes: ['Ingress'], ingress: [{}]}});
  const service = ['get', 'service', 'archsearch-nats', '--namespace', systemNamespace];
  const {stdout: address} = await kubectl([...service, '--output', 'jsonpath={.spec.clusterIP}']);
  await waitFor('NATS is reached', 60, async () => {
    const socket = connect(4222, address);
    const reached = await once(socket, 'data').then(
      () => true,
      () => undefined,
    );
    socket.destroy();
    return reached;
  });
  return address;
}

export async function closeNats(): Promise<void> {
  await call('DELETE', `${natsDoor}/test-opens-nats`);
}
