import {randomUUID} from 'node:crypto';
import {hostname} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Command} from 'commander';
import {pino} from 'pino';
import type {Logger} from 'pino';
import {Operator} from '../operator/cluster/operator.ts';
import {clusterClient} from '../operator/kubernetes.ts';
import type {ApiServerClient} from '../operator/kubernetes.ts';
import type {Departure} from '../operator/observed.ts';
import {silentBus} from '../operator/silent-bus.ts';
import {CliError} from './output.ts';
import {wholeNumber} from './whole-number.ts';

interface ReleaseFlags {
  readonly namespace?: string;
  readonly leaseNamespace: string;
  readonly leaseSeconds: string;
  readonly settleSeconds: string;
  readonly replicas?: string;
}

export function register(program: Command): void {
  program
    .command('release')
    .summary('let go of a cluster’s searches before archsearch is uninstalled')
    .description(
      'Ends the operator, takes its lease, and works as the operator that leaves: running trials are ended and charged, then Pods, Trials, ' +
        'ledgers and searches lose the finalizers that nobody would take off later. Searches stay, to be read, and go on when archsearch is ' +
        'installed again. The chart does this before an uninstall.\n\nExample: archsearch release --lease-namespace archsearch-system',
    )
    .option('--namespace <name>', 'let go of one namespace only; of all if left out')
    .option(
      '--lease-namespace <name>',
      'where operator and lease are',
      process.env['POD_NAMESPACE'] ?? 'archsearch-system',
    )
    .option('--lease-seconds <n>', 'how long a lease that is not renewed stands', '15')
    .option(
      '--settle-seconds <n>',
      'how long trials may take to end; then they are let go without being charged',
      '120',
    )
    .option(
      '--replicas <n>',
      'how many operators there are again when it does not succeed; as many as it found, if left out',
    )
    .action(async (flags: ReleaseFlags) => {
      await release(flags);
    });
}

const deployment = 'archsearch-operator';
/** Until the operator has given its lease back or lost it, and until the last finalizer is off. */
const patienceSeconds = 90;
const lookMilliseconds = 250;

async function release(flags: ReleaseFlags): Promise<void> {
  const settleSeconds = wholeNumber(flags.settleSeconds, '--settle-seconds');
  const leaseSeconds = wholeNumber(flags.leaseSeconds, '--lease-seconds');
  const wanted = flags.replicas === undefined ? undefined : wholeNumber(flags.replicas, '--replicas');
  const log = pino({level: 'info', base: {release: hostname()}});
  const client = clusterClient();
  const found = await scale(client, flags.leaseNamespace, 0);
  // after an attempt that died there are none to be found
  const replicas = wanted ?? found;
  log.info({found, replicas}, 'the operator is ended');
  const departing = new Departing(log, settleSeconds);
  const operator = new Operator({
    client,
    bus: silentBus,
    log,
    identity: `${hostname()}-${randomUUID().slice(0, 8)}`,
    lease: {namespace: flags.leaseNamespace, name: deployment},
    leaseSeconds,
    workers: 4,
    departure: () => departing.departure,
    ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
  });
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      ending.abort(new CliError(`ended by ${signal}`, 'run it again'));
    });
  const running = operator.run(ending.signal);
  try {
    await departing.depart(operator, ending.signal);
    log.info('nothing is held any more');
  } catch (error) {
    // what cannot be let go is better looked after than left alone
    await scale(client, flags.leaseNamespace, replicas).catch((cause: unknown) => {
      log.error({err: cause}, `the operator could not be scaled back to ${String(replicas)}`);
    });
    throw error;
  } finally {
    ending.abort();
    await running;
  }
}

/** Waits while an operator lets go, and tells it when its patience has an end. */
class Departing {
  departure: Departure = 'Settling';
  readonly #log: Logger;
  readonly #settleSeconds: number;

  constructor(log: Logger, settleSeconds: number) {
    this.#log = log;
    this.#settleSeconds = settleSeconds;
  }

  /** Returns once nothing is held any more. @throws CliError with what is, when the time is over. */
  async depart(operator: Operator, signal: AbortSignal): Promise<void> {
    const leads = await holds(() => operator.leading && operator.ready, patienceSeconds, signal);
    if (!leads)
      throw new CliError(
        'the lease is still held by another',
        'see whether an operator runs outside of the Deployment',
      );
    const free = (): boolean => operator.held().length === 0;
    if (await holds(free, this.#settleSeconds, signal)) return;
    this.#log.warn(
      {held: operator.held()},
      'not settled in time: let go as it is, and charged in full if archsearch is installed again',
    );
    this.departure = 'LettingGo';
    if (await holds(free, patienceSeconds, signal)) return;
    const held = operator.held();
    throw new CliError(
      `still held: ${held.slice(0, 10).join(', ')}${held.length > 10 ? `, and ${String(held.length - 10)} more` : ''}`,
      'see the log above for why, and run it again',
    );
  }
}

/** Whether it came to hold within so many seconds. @throws what `signal` was aborted with. */
async function holds(look: () => boolean, seconds: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    if (look()) return true;
    await sleep(lookMilliseconds);
  }
  return false;
}

/** Returns how many replicas there were; none if there is no Deployment. */
async function scale(client: ApiServerClient, namespace: string, replicas: number): Promise<number> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}/scale`;
  const before = await client.request({method: 'GET', path});
  if (before.status === 404) return 0;
  const body = {spec: {replicas}};
  const after =
    before.status === 200
      ? await client.request({method: 'PATCH', path, body, contentType: 'application/merge-patch+json'})
      : before;
  if (after.status !== 200)
    throw new CliError(
      `Deployment ${namespace}/${deployment} could not be scaled to ${String(replicas)}: ${JSON.stringify(after.body)}`,
      'it takes get and patch on deployments/scale there',
    );
  return (before.body as {readonly spec?: {readonly replicas?: number}}).spec?.replicas ?? 0;
}
