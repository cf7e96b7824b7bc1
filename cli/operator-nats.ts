import {readFileSync} from 'node:fs';
import type {Command} from 'commander';
import type {Logger} from 'pino';
import {instant} from '../api/quantities.ts';
import {NatsBus} from '../operator/bus.ts';
import {ClusterApi} from '../operator/cluster/api.ts';
import {KeyTokenReviewer} from '../operator/cluster/key-reviewer.ts';
import {NatsGate} from '../operator/cluster/nats-gate.ts';
import {NatsLog} from '../operator/cluster/nats-log.ts';
import {natsSecret} from '../operator/cluster/nats-secret.ts';
import type {Operator} from '../operator/cluster/operator.ts';
import {ApiTokenReviewer} from '../operator/cluster/token-reviewer.ts';
import {wardenOf} from '../operator/cluster/warden.ts';
import type {TokenReviewer} from '../operator/identity.ts';
import type {ApiServerClient} from '../operator/kubernetes.ts';
import type {NatsPlace} from '../operator/nats/connection.ts';
import type {NatsCredentials} from '../operator/nats/credentials.ts';
import type {PodSettings} from '../operator/pod-settings.ts';
import {defaultStoreLimits} from '../operator/store-limits.ts';
import {CliError} from './output.ts';
import {wholeNumber} from './whole-number.ts';

export interface NatsFlags {
  readonly nats?: string;
  readonly natsIdentity: string;
  readonly natsSecret: string;
  readonly natsCa?: string;
  readonly natsLog: boolean;
  readonly natsBlobBytes: string;
  readonly tokenCheck: string;
  readonly namespace?: string;
  readonly leaseNamespace: string;
  readonly trialServiceAccount: string;
}

/** Adds the options of `archsearch operator` that are about NATS. */
export const natsOptions = (command: Command): Command =>
  command
    .option('--nats <url>', 'NATS with JetStream; without it results come from the Pods alone')
    .option(
      '--nats-identity <mode>',
      'Token: NATS asks the operator whom to let in, and trials show a token of their Pod; Disabled: it lets everybody in',
      'Disabled',
    )
    .option(
      '--nats-secret <name>',
      'Secret beside the lease with the credentials for NATS; made when it is not there',
      'archsearch-nats',
    )
    .option(
      '--nats-ca <file>',
      'certificates, in PEM, that the one of NATS is checked against; then it is reached by TLS',
    )
    .option(
      '--token-check <way>',
      'TokenReview: the API server is asked whose token it is, which takes rights in the whole cluster; PublicKeys: its keys tell',
      'TokenReview',
    )
    .option(
      '--nats-blob-bytes <n>',
      'most that NATS keeps of models, weights and logs, in bytes; its storage must have 272 MiB more',
      String(defaultStoreLimits.blobBytes),
    )
    .option('--nats-log', 'NATS runs beside the operator: its log tells what trials tried and may not', false);

export interface Messaging {
  readonly bus: NatsBus;
  readonly close: () => Promise<void>;
}

interface Surroundings {
  readonly client: ApiServerClient;
  readonly log: Logger;
  /** This process, as events name it. */
  readonly identity: string;
  readonly operator: () => Operator;
}

const clock = {now: () => instant(Date.now())};

/** The way of messages, with whom NATS lets in; undefined without NATS. @throws Error when the credentials cannot be had. */
export async function openMessaging(flags: NatsFlags, around: Surroundings): Promise<Messaging | undefined> {
  const {nats: servers} = flags;
  if (servers === undefined) return undefined;
  const {client, log, operator} = around;
  const ca = caOf(flags);
  const place: NatsPlace = {servers, ...(ca === undefined ? {} : {ca})};
  const onNotice = (notice: string): void => {
    log.warn(notice);
  };
  const secret = {namespace: flags.leaseNamespace, name: flags.natsSecret};
  const credentials = identityOf(flags) === 'Token' ? await natsSecret(client, secret, onNotice) : undefined;
  if (credentials === undefined)
    onNotice('NATS lets everybody in (--nats-identity Disabled): whoever reaches it may speak for any trial');
  const gate = credentials && gateOf(flags, around, {place, credentials, onNotice, stores: () => bus});
  const bus: NatsBus = new NatsBus({
    ...place,
    ...(credentials && {seed: credentials.operator}),
    ...(gate && {refusals: gate.refusals}),
    clock,
    limits: {blobBytes: wholeNumber(flags.natsBlobBytes, '--nats-blob-bytes')},
    accept: (podUid, from) => operator().accepts(podUid, from),
    locate: (search, trial) => operator().locate(search, trial),
    onMessage: (from) => {
      operator().noticed(from);
    },
    onNotice,
  });
  return {
    bus,
    async close() {
      await Promise.all([bus.close(), gate?.close()]);
    },
  };
}

interface GateParts {
  readonly place: NatsPlace;
  readonly credentials: NatsCredentials;
  readonly stores: () => NatsBus;
  readonly onNotice: (notice: string) => void;
}

function gateOf(flags: NatsFlags, {client, identity, log, operator}: Surroundings, parts: GateParts): NatsGate {
  const {place, credentials, stores, onNotice} = parts;
  const warden = wardenOf({
    client,
    identity,
    operator,
    onTrouble: (error) => {
      log.warn({err: error}, 'an event could not be written');
    },
  });
  return new NatsGate({
    ...place,
    credentials,
    stores,
    onNotice,
    identity: {
      reviewer: reviewerOf(flags, client),
      api: new ClusterApi(client),
      clock,
      trialAccount: flags.trialServiceAccount,
      ...(flags.namespace === undefined ? {} : {namespace: flags.namespace}),
    },
    warden: () => warden,
    ...(flags.natsLog
      ? {log: new NatsLog({client, namespace: flags.leaseNamespace, since: new Date(), onNotice})}
      : {}),
  });
}

function reviewerOf({tokenCheck}: NatsFlags, client: ApiServerClient): TokenReviewer {
  if (tokenCheck === 'TokenReview') return new ApiTokenReviewer(client);
  if (tokenCheck === 'PublicKeys') return new KeyTokenReviewer(client, clock);
  throw new CliError(`--token-check ${tokenCheck} is no way`, 'give TokenReview or PublicKeys', {exitCode: 2});
}

/** What the Pods of trials are told of NATS. */
export function natsPodSettings(flags: NatsFlags): Pick<PodSettings, 'natsUrl' | 'natsIdentity' | 'natsCa'> {
  const {nats} = flags;
  if (nats === undefined) return {};
  const natsCa = caOf(flags);
  return {natsUrl: nats, natsIdentity: identityOf(flags), ...(natsCa === undefined ? {} : {natsCa})};
}

function identityOf({natsIdentity}: NatsFlags): 'Token' | 'Disabled' {
  if (natsIdentity === 'Token' || natsIdentity === 'Disabled') return natsIdentity;
  throw new CliError(`--nats-identity ${natsIdentity} is no mode`, 'give Token or Disabled', {exitCode: 2});
}

function caOf({natsCa}: NatsFlags): string | undefined {
  if (natsCa === undefined) return undefined;
  try {
    return readFileSync(natsCa, 'utf8');
  } catch (cause) {
    throw new CliError(`--nats-ca ${natsCa} cannot be read`, 'give a file of certificates in PEM', {
      cause,
      exitCode: 2,
    });
  }
}
