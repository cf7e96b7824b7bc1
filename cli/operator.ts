import {randomUUID} from 'node:crypto';
import type {Server} from 'node:http';
import {hostname} from 'node:os';
import type {Command} from 'commander';
import {pino} from 'pino';
import type {Logger} from 'pino';
import {durationPattern, seconds} from '../api/quantities.ts';
import {AttemptLogs} from '../operator/cluster/attempt-logs.ts';
import {ailments, hindrances} from '../operator/cluster/health.ts';
import type {Vitals} from '../operator/cluster/health.ts';
import {MeasuredClient} from '../operator/cluster/measured-client.ts';
import {Operator} from '../operator/cluster/operator.ts';
import {Series} from '../operator/cluster/series.ts';
import {clusterClient} from '../operator/kubernetes.ts';
import {Metrics} from '../operator/metrics.ts';
import type {Measure} from '../operator/metrics/sample.ts';
import type {PodSettings} from '../operator/pod-settings.ts';
import type {Bus} from '../operator/ports.ts';
import {silentBus} from '../operator/silent-bus.ts';
import {serve, verdict} from './operator-http.ts';
import {natsOptions, natsPodSettings, openMessaging} from './operator-nats.ts';
import type {NatsFlags} from './operator-nats.ts';
import {packageVersion} from './package.ts';
import {CliError} from './output.ts';
import {wholeNumber} from './whole-number.ts';

interface OperatorFlags extends NatsFlags {
  readonly leaseSeconds: string;
  readonly trialImage: string;
  readonly trialRuntimeClass?: string;
  readonly namedObjects: string;
  readonly workers: string;
  readonly healthPort: string;
  readonly metricsPort: string;
  readonly metricsKeepFinished: string;
  readonly logLevel: string;
}

export function register(program: Command): void {
  const command = program
    .command('operator')
    .summary('run the operator of a cluster')
    .description(
      'Looks after the ArchitectureSearches of a cluster until it is told to end (SIGTERM), as the one that holds the lease. Reads the ' +
        'configuration of the Pod that it runs in, or KUBECONFIG.\n\nExample: archsearch operator --nats nats://nats:4222',
    )
    .option('--namespace <name>', 'look after one namespace only; all if left out')
    .option('--lease-namespace <name>', 'where the lease lies', process.env['POD_NAMESPACE'] ?? 'archsearch-system')
    .option('--lease-seconds <n>', 'how long a lease that is not renewed stands', '15');
  natsOptions(command)
    .option('--trial-image <image>', 'image of the trial runner', `archsearch/trial-runner:${packageVersion}`)
    .option('--trial-service-account <name>', 'ServiceAccount of trials, one without rights', 'archsearch-trial')
    .option(
      '--trial-runtime-class <name>',
      'runtime class that gives containers their GPUs, where it is not the default',
    )
    .option(
      '--named-objects <mode>',
      'Checked: an admission policy lets nobody name Secrets, ConfigMaps and claims that they may not read; Refused: there is none',
      'Refused',
    )
    .option('--workers <n>', 'searches that are worked on at the same time', '4')
    .option('--health-port <n>', 'port of /healthz and /readyz', '8081')
    .option('--metrics-port <n>', 'port of /metrics', '8080')
    .option(
      '--metrics-keep-finished <duration>',
      'how long the series of a finished search stay, such as 1h or 90m',
      '1h',
    )
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .action(async (flags: OperatorFlags) => {
      process.exitCode = await operate(flags);
    });
}

function podSettingsOf(flags: OperatorFlags): PodSettings {
  const {trialImage: image, trialServiceAccount: serviceAccountName, trialRuntimeClass, namedObjects} = flags;
  if (namedObjects !== 'Checked' && namedObjects !== 'Refused')
    throw new CliError(`--named-objects ${namedObjects} is no mode`, 'give Checked or Refused', {exitCode: 2});
  return {
    image,
    serviceAccountName,
    namedObjects,
    ...natsPodSettings(flags),
    ...(trialRuntimeClass === undefined ? {} : {runtimeClassName: trialRuntimeClass}),
  };
}

async function operate(flags: OperatorFlags): Promise<number> {
  const log = pino({level: flags.logLevel, base: {operator: hostname()}});
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      log.info({signal}, 'ending');
      ending.abort();
    });
  const metrics = new Metrics();
  const measure: Measure = (name, value, labels) => {
    metrics.put(name, value, labels);
  };
  const client = new MeasuredClient(clusterClient(), measure);
  const identity = `${hostname()}-${randomUUID().slice(0, 8)}`;
  const messaging = await openMessaging(flags, {client, log, identity, operator: () => operator});
  const bus = messaging?.bus;
  const onNotice = (notice: string): void => {
    log.warn(notice);
  };
  const operator: Operator = new Operator({
    client,
    bus: bus ?? silentBus,
    ...(bus === undefined ? {} : {logs: new AttemptLogs({client, store: bus, onNotice})}),
    log,
    identity,
    lease: {namespace: flags.leaseNamespace, name: 'archsearch-operator'},
    leaseSeconds: wholeNumber(flags.leaseSeconds, '--lease-seconds'),
    workers: wholeNumber(flags.workers, '--workers'),
    podSettings: podSettingsOf(flags),
    measure,
    ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
  });
  const servers = await listen(flags, {operator, client, metrics, log, bus: bus ?? silentBus});
  try {
    await operator.run(ending.signal);
    return 0;
  } finally {
    for (const server of servers) server.close();
    await messaging?.close();
  }
}

interface Served {
  readonly operator: Operator;
  readonly client: MeasuredClient;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly bus: Bus;
}

/** Health and metrics, each at its own port, so that a network policy can tell them apart. */
async function listen(flags: OperatorFlags, served: Served): Promise<readonly Server[]> {
  const {operator, client, metrics, log, bus} = served;
  const vitals = (): Vitals => ({
    ...operator.vitals(),
    uptime: process.uptime() * 1000,
    apiSilence: client.silence,
  });
  const series = new Series({
    metrics,
    mirror: operator.mirror,
    bus,
    state: () => ({
      leading: operator.leading,
      queueDepth: operator.queueDepth,
      questionsWaiting: operator.questionsWaiting,
      roundsRunning: operator.roundsRunning,
      vitals: vitals(),
    }),
    version: packageVersion,
    keepFinishedMilliseconds: keptFor(flags.metricsKeepFinished),
    onTrouble: (search, error) => {
      log.warn({err: error, search}, 'there are no metrics of this search');
      metrics.put('archsearch_operator_failures_total', 1, {activity: 'Metrics'});
    },
  });
  const health = {'/healthz': () => verdict(ailments(vitals())), '/readyz': () => verdict(hindrances(vitals()))};
  const scrape = async () => ({status: 200, type: metrics.contentType, body: await series.text()}) as const;
  return [
    await serve(health, wholeNumber(flags.healthPort, '--health-port'), '--health-port'),
    await serve({'/metrics': scrape}, wholeNumber(flags.metricsPort, '--metrics-port'), '--metrics-port'),
  ];
}

function keptFor(duration: string): number {
  if (duration === '' || !durationPattern.test(duration))
    throw new CliError(`--metrics-keep-finished ${duration} is no duration`, 'give one, such as 1h or 90m', {
      exitCode: 2,
    });
  return seconds(duration) * 1000;
}
