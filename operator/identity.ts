import {createHash} from 'node:crypto';
import {slackSeconds} from '../api/arithmetic.ts';
import type {Stored} from '../api/meta.ts';
import {natsAudience, readerAccount, readerPermissions, trialPermissions} from '../api/permissions.ts';
import type {Permissions} from '../api/permissions.ts';
import {annotations, labels} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import {instant, parseTimestamp} from '../api/quantities.ts';
import type {Instant} from '../api/quantities.ts';
import type {RefusalReason} from '../api/reasons.ts';
import type {TrialAddress} from '../api/subjects.ts';
import type {Trial} from '../api/trial.ts';
import {parseKey} from './key.ts';
import type {Clock, Key, KubernetesApi} from './ports.ts';
import {Recent} from './recent.ts';
import type {RefusedFact} from './refusals.ts';

/** Somebody at the door of NATS. */
export interface ConnectionRequest {
  readonly token?: string;
  /** `namespace/name` of the search that somebody wants to read. */
  readonly search?: string;
  readonly host: string;
}

export type Verdict =
  | {
      readonly kind: 'Granted';
      /** The Pod's UID, or that of the search that is read. */
      readonly name: string;
      readonly permissions: Permissions;
      /** The connection ends then. */
      readonly expires: Instant;
    }
  | ({readonly kind: 'Refused'} & RefusedFact);

/** What the API server says of a token. */
export type ReviewedToken =
  | {readonly kind: 'Rejected'; readonly why: string}
  | {
      readonly kind: 'Authentic';
      /** Of a ServiceAccount: `system:serviceaccount:<namespace>:<name>`. */
      readonly username: string;
      /** The Pod that the token is bound to. */
      readonly pod?: {readonly name: string; readonly uid: string};
    };

/** Asks who has been given a token for an audience. Rejects when the API server does not say. */
export interface TokenReviewer {
  review(token: string, audience: string): Promise<ReviewedToken>;
}

export interface IdentityOptions {
  readonly reviewer: TokenReviewer;
  /** Reads are consistent. */
  readonly api: Pick<KubernetesApi, 'get'>;
  readonly clock: Clock;
  /** ServiceAccount of trials. */
  readonly trialAccount: string;
  /** The one namespace that is looked after; all when left out. */
  readonly namespace?: string;
}

/** How long somebody may read a search before showing a token again. */
const readerMilliseconds = 3_600_000;
/** A runner dials again after 0.1 s to 10 s: a dozen times in a first minute without luck. */
const dialsPerMinute = 30;
/** Of one address, which trials on the network of their node share. */
const dialsPerMinuteOfHost = 10 * dialsPerMinute;
/** Pods, tokens and hosts whose dials are counted at once. */
const mostDialling = 10_000;

class Refused extends Error {
  readonly fact: RefusedFact;
  constructor(reason: RefusalReason, message: string, podUid?: string) {
    super(message);
    this.fact = {reason, message, ...(podUid === undefined ? {} : {podUid})};
  }
}

interface Account extends Key {
  readonly pod?: {readonly name: string; readonly uid: string};
}
type PodAccount = Account & Required<Pick<Account, 'pod'>>;

/**
 * Whom NATS lets in, and what for. What a Pod says of itself counts for nothing, and neither do its labels, which others than the operator
 * may write: the API server names the Pod of a token, and the account of its search, written by nobody but the operator, names its trial.
 */
export class Identity {
  readonly #options: IdentityOptions;
  readonly #dials = new Recent<{readonly minute: number; readonly count: number}>(mostDialling);
  /** Hash of a token → the Pod that the API server has said it is of. */
  readonly #pods = new Recent<string>(mostDialling);

  constructor(options: IdentityOptions) {
    this.#options = options;
  }

  /** Rejects when the API server does not answer. */
  async judge(request: ConnectionRequest): Promise<Verdict> {
    try {
      const account = await this.#accountOf(request);
      return account.name === readerAccount
        ? await this.#reader(account, request)
        : await this.#trial(account, request.host);
    } catch (error) {
      if (error instanceof Refused) return {kind: 'Refused', ...error.fact};
      throw error;
    }
  }

  async #accountOf({token = '', host}: ConnectionRequest): Promise<Account> {
    if (token === '') throw new Refused('NoToken', `${host} shows no token`);
    // What is no token for us need not be shown to the API server.
    if (!isFor(token, natsAudience))
      throw new Refused('TokenRejected', `${host} shows a token for something else than ${natsAudience}`);
    const hash = createHash('sha256').update(token).digest('base64');
    // before the API server is asked: whoever dials on and on must keep nobody waiting
    this.#countDial(`host ${host}`, dialsPerMinuteOfHost);
    this.#countDial(`token ${hash}`, dialsPerMinute, this.#pods.get(hash));
    const reviewed = await this.#options.reviewer.review(token, natsAudience);
    if (reviewed.kind === 'Rejected')
      throw new Refused('TokenRejected', `the API server rejects a token from ${host}: ${reviewed.why}`);
    const account = this.#ours(reviewed);
    if (account.pod !== undefined) this.#pods.put(hash, account.pod.uid);
    return account;
  }

  #ours({username, pod}: Extract<ReviewedToken, {kind: 'Authentic'}>): Account {
    const [, namespace = '', name = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
    const {namespace: own = namespace} = this.#options;
    if (namespace !== own) throw new Refused('NotATrial', `${username} is in a namespace that is not looked after`);
    return {namespace, name, ...(pod === undefined ? {} : {pod})};
  }

  async #reader({namespace}: Account, {search: wanted = ''}: ConnectionRequest): Promise<Verdict> {
    const key = parseKey(wanted);
    const search = key.namespace === namespace ? await this.#options.api.get('ArchitectureSearch', key) : undefined;
    if (search === undefined)
      throw new Refused('NotATrial', `${readerAccount} of ${namespace} asks for ${wanted}, no search there`);
    const {uid} = search.metadata;
    const expires = instant(this.#options.clock.now() + readerMilliseconds);
    return {kind: 'Granted', name: uid, permissions: readerPermissions(uid), expires};
  }

  async #trial(account: Account, host: string): Promise<Verdict> {
    const {trialAccount, api, clock} = this.#options;
    const {namespace, name, pod: bound} = account;
    if (name !== trialAccount || bound === undefined)
      throw new Refused('NotATrial', `${host} shows a token of ${namespace}/${name}, which is no Pod of a trial`);
    this.#countDial(`Pod ${bound.uid}`, dialsPerMinute, bound.uid);
    const pod = await api.get('Pod', {namespace, name: bound.name});
    checkLife(pod, bound);
    const address = await this.#addressOf({...account, pod: bound}, pod);
    const expires = lastMoment(pod, clock.now());
    if (expires <= clock.now()) throw ended(bound);
    return {
      kind: 'Granted',
      name: bound.uid,
      permissions: trialPermissions(address.own, bound.uid, address.reads),
      expires,
    };
  }

  #countDial(who: string, most: number, podUid?: string): void {
    const minute = Math.floor(this.#options.clock.now() / 60_000);
    const known = this.#dials.get(who);
    const {count} = this.#dials.put(who, {minute, count: known?.minute === minute ? known.count + 1 : 1});
    if (count > most) throw new Refused('TooManyConnections', `more than ${String(most)} within a minute`, podUid);
  }

  /** Whose Pod it is by the account of its search, and whose blobs its trial needs. */
  async #addressOf(
    {namespace, pod: bound}: PodAccount,
    pod: Stored<Pod> | undefined,
  ): Promise<{readonly own: TrialAddress; readonly reads: readonly TrialAddress[]}> {
    const {api} = this.#options;
    const name = pod?.metadata.labels?.[labels.search] ?? '';
    const ledger = name === '' ? undefined : await api.get('GpuLedger', {namespace, name});
    const trialName = ledger?.spec.open[bound.uid]?.trial;
    const trial = trialName === undefined ? undefined : await api.get('Trial', {namespace, name: trialName});
    if (ledger === undefined || trial === undefined)
      throw new Refused('NotATrial', `Pod ${namespace}/${bound.name} runs for no trial`, blameOf(pod, bound.uid));
    const search = ledger.spec.account.uid;
    const reads = await this.#modelsFor(trial);
    const own = reads.filter(({metadata}) => metadata.labels?.[labels.searchUid] === search);
    return {
      own: {search, trial: trial.metadata.uid},
      reads: own.map(({metadata}) => ({search, trial: metadata.uid})),
    };
  }

  /** The trials whose models this one may go on from, begin with (its parent's, or those of the parent's twin), or score. */
  async #modelsFor({metadata, spec}: Stored<Trial>): Promise<readonly Stored<Trial>[]> {
    const read = async (names: readonly (string | undefined)[]): Promise<readonly Stored<Trial>[]> => {
      const keys = [...new Set(names)].filter((name) => name !== undefined);
      const found = await Promise.all(
        keys.map((name) => this.#options.api.get('Trial', {namespace: metadata.namespace ?? 'default', name})),
      );
      return found.filter((trial) => trial !== undefined);
    };
    const named = await read([spec.resumeFrom, spec.parent, ...(spec.score ?? [])]);
    return [...named, ...(await read(named.map((trial) => trial.spec.duplicateOf)))];
  }
}

/** A Pod that was settled is in no account any more: what it says now is on its trial's head. */
const blameOf = (pod: Pod | undefined, uid: string): string | undefined =>
  pod?.metadata.uid === uid ? uid : undefined;

/** @throws Refused when the Pod runs no more, or was cut off. */
function checkLife(pod: Stored<Pod> | undefined, bound: PodAccount['pod']): asserts pod is Stored<Pod> {
  const {name, uid} = bound;
  if (pod?.metadata.uid !== uid) throw new Refused('PodFinished', `Pod ${name} is gone`);
  const cutOff = pod.metadata.annotations?.[annotations.cutOff];
  if (cutOff !== undefined) throw new Refused('CutOff', `Pod ${name} was cut off: ${cutOff}`, uid);
  if (isOver(pod)) throw ended(bound);
}

const ended = ({name, uid}: PodAccount['pod']): Refused =>
  new Refused('PodFinished', `a token of Pod ${name} is used, which has ended`, uid);

const isOver = ({status}: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** When a Pod can run no more; one that has no deadline is none of ours. */
function lastMoment({metadata, spec, status}: Stored<Pod>, now: Instant): Instant {
  const start = status?.startTime === undefined ? now : parseTimestamp(status.startTime);
  const deadline = start + 1000 * (spec.activeDeadlineSeconds + spec.terminationGracePeriodSeconds + slackSeconds);
  // a deletion names the end of the grace that it has left
  const {deletionTimestamp: deleted} = metadata;
  const grace = deleted === undefined ? Infinity : parseTimestamp(deleted) + 1000 * slackSeconds;
  return instant(Math.min(deadline, grace));
}

/** Whether a token says that it is for an audience; whether that is true is the API server's to say. */
function isFor(token: string, audience: string): boolean {
  try {
    const [, payload = ''] = token.split('.');
    const {aud} = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {readonly aud?: unknown};
    return Array.isArray(aud) ? aud.includes(audience) : aud === audience;
  } catch {
    return false;
  }
}
