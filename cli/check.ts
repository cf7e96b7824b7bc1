import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Command} from 'commander';
import {parse} from 'yaml';
import {group, version} from '../api/meta.ts';
import {clusterClient} from '../operator/kubernetes.ts';
import type {ApiAnswer, ApiServerClient} from '../operator/kubernetes.ts';
import {outputOf} from './output.ts';
import type {Output} from './output.ts';
import {wholeNumber} from './whole-number.ts';

interface CheckFlags {
  readonly namespace: string;
  readonly leaseNamespace: string;
  readonly health: string;
  readonly metrics: string;
  readonly seconds: string;
}

export function register(program: Command): void {
  program
    .command('check')
    .summary('say whether archsearch works on a cluster')
    .description(
      'Looks, from within the cluster, whether the custom resources are served, an operator leads and is ready, NATS keeps its messages, ' +
        'and a search would be taken; nothing is made. `helm test` runs it.\n\nExample: archsearch check --namespace team-vision',
    )
    .option('--namespace <name>', 'where a search would be made', 'default')
    .option('--lease-namespace <name>', 'where the operator is', process.env['POD_NAMESPACE'] ?? 'archsearch-system')
    .option('--health <url>', 'of an operator', 'http://archsearch-operator:8081')
    .option('--metrics <url>', 'of an operator', 'http://archsearch-operator:8080')
    .option('--seconds <n>', 'how long all of it may take to become true', '60')
    .action(async (flags: CheckFlags, command: Command) => {
      process.exitCode = await check(flags, outputOf(command));
    });
}

interface Around {
  readonly client: ApiServerClient;
  readonly flags: CheckFlags;
}

/** Something that must be so. `look` answers what is wrong with it, undefined when nothing is. */
interface Demand {
  readonly what: string;
  readonly look: (around: Around) => Promise<string | undefined>;
}

const demands: readonly Demand[] = [
  {what: 'the custom resources are served', look: resources},
  {what: 'an operator holds the lease', look: lease},
  {what: 'the operator is ready', look: readiness},
  {what: 'NATS keeps messages', look: messages},
  {what: 'a search would be taken', look: acceptance},
];

const lookMilliseconds = 500;

async function check(flags: CheckFlags, output: Output): Promise<number> {
  const around = {client: clusterClient(), flags};
  const deadline = performance.now() + wholeNumber(flags.seconds, '--seconds') * 1000;
  let failed = 0;
  for (const {what, look} of demands) {
    const wrong = await lookUntil(deadline, () => look(around));
    output.result({kind: 'check', what, ok: wrong === undefined, ...(wrong && {wrong})}, line(what, wrong));
    if (wrong !== undefined) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

const line = (what: string, wrong: string | undefined): string =>
  wrong === undefined ? `ok      ${what}` : `FAILED  ${what}: ${wrong}`;

/** Looks again until nothing is wrong or the time is over. */
async function lookUntil(deadline: number, look: () => Promise<string | undefined>): Promise<string | undefined> {
  for (;;) {
    const wrong = await look().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (wrong === undefined || performance.now() > deadline) return wrong;
    await sleep(lookMilliseconds);
  }
}

const refusal = ({status, body}: ApiAnswer): string =>
  `the API server answered ${String(status)}: ${(body as {readonly message?: string} | null)?.message ?? 'no message'}`;

async function resources({client}: Around): Promise<string | undefined> {
  const answer = await client.request({method: 'GET', path: `/apis/${group}/${version}`});
  if (answer.status !== 200) return `${refusal(answer)}; apply crds/, or install with crds.install`;
  const served = (answer.body as {readonly resources: readonly {readonly name: string}[]}).resources;
  const missing = ['architecturesearches', 'trials', 'gpuledgers'].filter(
    (name) => !served.some((one) => one.name === name),
  );
  return missing.length === 0 ? undefined : `${missing.join(', ')} are not served; apply crds/`;
}

interface Lease {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly renewTime?: string;
    readonly leaseDurationSeconds?: number;
  };
}

async function lease({client, flags}: Around): Promise<string | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${flags.leaseNamespace}/leases/archsearch-operator`;
  const answer = await client.request({method: 'GET', path});
  if (answer.status !== 200) return `${refusal(answer)}; look at the operator’s log`;
  const {holderIdentity = '', renewTime = '', leaseDurationSeconds = 0} = (answer.body as Lease).spec ?? {};
  if (holderIdentity === '') return 'it is free; look at the operator’s log';
  const age = (Date.now() - Date.parse(renewTime)) / 1000;
  return age <= 2 * leaseDurationSeconds ? undefined : `${holderIdentity} has not renewed it for ${age.toFixed(0)} s`;
}

const answerMilliseconds = 5000;

async function get(url: string): Promise<{readonly status: number; readonly text: string}> {
  try {
    const response = await fetch(url, {signal: AbortSignal.timeout(answerMilliseconds)});
    return {status: response.status, text: await response.text()};
  } catch (cause) {
    throw new Error(`${url} is not reached: look at the operator’s Pods and at network policies`, {cause});
  }
}

async function readiness({flags}: Around): Promise<string | undefined> {
  const {status, text} = await get(`${flags.health}/readyz`);
  return status === 200 ? undefined : text.trim();
}

async function messages({flags}: Around): Promise<string | undefined> {
  const {text} = await get(`${flags.metrics}/metrics`);
  const [, value] = /^archsearch_operator_nats_connected(?:\{[^}]*\})? (\d)/m.exec(text) ?? [];
  if (value === '1') return undefined;
  return value === undefined
    ? 'the operator does not say whether it is connected'
    : 'the operator is not connected to JetStream: look at its log and at the Pod of NATS';
}

/** The example that comes with archsearch, as somebody in that namespace would apply it. */
async function acceptance({client, flags}: Around): Promise<string | undefined> {
  const search = parse(readFileSync(new URL('../examples/digits.yaml', import.meta.url), 'utf8')) as unknown;
  const path = `/apis/${group}/${version}/namespaces/${flags.namespace}/architecturesearches`;
  const answer = await client.request({method: 'POST', path, query: {dryRun: 'All'}, body: search});
  const there = answer.status === 409;
  return answer.status === 201 || there ? undefined : refusal(answer);
}
