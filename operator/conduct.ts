import {chunkBytes, maximumBlobBytes} from '../api/blob.ts';
import {trialOf} from '../api/subjects.ts';
import type {TrialAddress} from '../api/subjects.ts';
import type {RefusalReason} from '../api/reasons.ts';
import {Recent} from './recent.ts';

/**
 * What one trial may send. A trial of ours sends a message of some 300 bytes at each epoch, and waits for its answer before the next; and
 * when it ends, its model, twice: as it is kept and as it is exported.
 */
export interface TrialLimits {
  /** Whatever it asks or says, and whether it may or not. */
  readonly messagesPerMinute: number;
  readonly bytesPerMinute: number;
  /** At a time; a trial of ours has one. */
  readonly connections: number;
  /** Chunks and manifests in the store of blobs: each takes 512 KiB at most. */
  readonly blobMessages: number;
}

export const trialLimits: TrialLimits = {
  messagesPerMinute: 60_000,
  bytesPerMinute: 4 * maximumBlobBytes,
  connections: 8,
  blobMessages: (2 * maximumBlobBytes) / chunkBytes + 128,
};

/** What a connection has sent since it was made, by the server's count. */
export interface Traffic {
  /** Of this one connection. */
  readonly id: string;
  /** Name that the operator gave it: the UID of a Pod. */
  readonly user: string;
  /** Milliseconds since it was made. */
  readonly age: number;
  readonly messages: number;
  readonly bytes: number;
}

/** Somebody has sent, or holds, more than any honest trial does. */
export interface Flood {
  readonly user: string;
  readonly reason: Extract<RefusalReason, 'TooManyMessages' | 'TooManyConnections'>;
  readonly message: string;
}

type Amount = Pick<Traffic, 'messages' | 'bytes'>;
interface Minute extends Amount {
  readonly minute: number;
  readonly told: boolean;
}

const nothing: Amount = {messages: 0, bytes: 0};
/** More Pods than there are at a time. */
const most = 10_000;

/** Counts by the minute what each Pod sends, out of what the server counts for each connection. */
export class Conduct {
  readonly #limits: TrialLimits;
  #minutes = new Recent<Minute>(most);
  /** What each connection had sent by the last look, or by its end. */
  #counted = new Map<string, Amount>();
  /** When the last look was. */
  #looked: number | undefined;

  constructor(limits = trialLimits) {
    this.#limits = limits;
  }

  /** All connections as they are at a time, in milliseconds since 1970; tells, once a minute, who has sent too much in it. */
  look(all: readonly Traffic[], at: number): readonly Flood[] {
    // what was sent before the first look was sent nobody knows when
    const floods = all.flatMap((traffic) => this.#count(traffic, at));
    this.#counted = new Map(all.map(({id, messages, bytes}) => [id, {messages, bytes}]));
    this.#looked = at;
    return [...floods, ...crowdsAmong(all, this.#limits.connections)];
  }

  /** A connection that has ended, with all that it sent. */
  ended(traffic: Traffic, at: number): readonly Flood[] {
    const {id, messages, bytes} = traffic;
    const floods = this.#count(traffic, at);
    // a look that began before its end may still show it
    this.#counted.set(id, {messages, bytes});
    return floods;
  }

  /** Somebody else looks now. */
  forget(): void {
    this.#minutes = new Recent<Minute>(most);
    this.#counted.clear();
    this.#looked = undefined;
  }

  #count(traffic: Traffic, at: number): Flood[] {
    if (this.#looked === undefined) return [];
    const {id, user, messages, bytes} = traffic;
    // one that the last look has missed has sent nobody knows when
    const before = this.#counted.get(id) ?? (traffic.age > at - this.#looked ? traffic : nothing);
    const minute = Math.floor(at / 60_000);
    const known = this.#minutes.get(user);
    const {messages: said, bytes: sent, told} = known?.minute === minute ? known : {...nothing, told: false};
    const now = {
      messages: said + Math.max(0, messages - before.messages),
      bytes: sent + Math.max(0, bytes - before.bytes),
    };
    const tooMuch = now.messages > this.#limits.messagesPerMinute || now.bytes > this.#limits.bytesPerMinute;
    this.#minutes.put(user, {...now, minute, told: told || tooMuch});
    return tooMuch && !told ? [{user, reason: 'TooManyMessages', message: wordsOf(now, this.#limits)}] : [];
  }
}

function crowdsAmong(all: readonly Traffic[], most: number): Flood[] {
  const byUser = [...Map.groupBy(all, ({user}) => user)].filter(([, own]) => own.length > most);
  return byUser.map(([user, own]) => ({
    user,
    reason: 'TooManyConnections',
    message: `${String(own.length)} connections at a time, and ${String(most)} are a trial's`,
  }));
}

const wordsOf = ({messages, bytes}: Amount, limits: TrialLimits): string =>
  `${String(messages)} messages of ${String(bytes)} bytes within a minute, and ${String(limits.messagesPerMinute)} of ` +
  `${String(limits.bytesPerMinute)} bytes are a trial's`;

/** Who has more chunks in the store than `most`, given how many messages each subject has. */
export function crowdersAmong(counts: Readonly<Record<string, number>>, most: number): readonly TrialAddress[] {
  const byTrial = Map.groupBy(Object.entries(counts), ([subject]) => subject.split('.').slice(0, 4).join('.'));
  return [...byTrial].flatMap(([subject, own]) => {
    const from = trialOf(subject);
    const total = own.reduce((sum, [, count]) => sum + count, 0);
    return from !== undefined && total > most ? [from] : [];
  });
}
