import {chunkBytes, maximumBlobBytes} from '../api/blob.ts';
import {trialOf} from '../api/subjects.ts';
import type {TrialAddress} from '../api/subjects.ts';
import {Recent} from './recent.ts';

/**
 * What one trial may send. A trial of ours sends a message of some 300 bytes at each epoch, and waits for its answer before the next; and
 * when it ends, its model, twice: as it is kept and as it is exported.
 */
export interface TrialLimits {
  /** Whatever it asks or says, and whether it may or not. */
  readonly messagesPerMinute: number;
  readonly bytesPerMinute: number;
  /** Chunks and manifests in the store of blobs: each takes 512 KiB at most. */
  readonly blobMessages: number;
}

export const trialLimits: TrialLimits = {
  messagesPerMinute: 60_000,
  bytesPerMinute: 4 * maximumBlobBytes,
  blobMessages: (2 * maximumBlobBytes) / chunkBytes + 128,
};

/** What a connection has sent since it was made, by the server's count. */
export interface Traffic {
  /** Of this one connection. */
  readonly id: string;
  /** Name that the operator gave it: the UID of a Pod. */
  readonly user: string;
  readonly messages: number;
  readonly bytes: number;
}

/** Somebody has sent more than any honest trial does. */
export interface Flood {
  readonly user: string;
  readonly message: string;
}

type Amount = Pick<Traffic, 'messages' | 'bytes'>;
interface Minute extends Amount {
  readonly minute: number;
  readonly told: boolean;
}

const nothing: Amount = {messages: 0, bytes: 0};
/** More connections and Pods than there are at a time. */
const most = 10_000;

/** Counts by the minute what each Pod sends, out of what the server counts for each connection. */
export class Conduct {
  readonly #limits: TrialLimits;
  #minutes = new Recent<Minute>(most);
  #counted = new Recent<Amount>(most);
  #begun = false;

  constructor(limits = trialLimits) {
    this.#limits = limits;
  }

  /** All connections as they are at a time, in milliseconds since 1970; tells, once a minute, who has sent too much in it. */
  look(all: readonly Traffic[], at: number): readonly Flood[] {
    // what was sent before the first look was sent nobody knows when
    const floods = this.#begun ? all.flatMap((traffic) => this.#count(traffic, at)) : [];
    for (const {id, messages, bytes} of all) this.#counted.put(id, {messages, bytes});
    this.#begun = true;
    return floods;
  }

  /** A connection that has ended, with all that it sent. */
  ended(traffic: Traffic, at: number): readonly Flood[] {
    return this.#begun ? this.#count(traffic, at) : [];
  }

  /** Somebody else looks now. */
  forget(): void {
    this.#minutes = new Recent<Minute>(most);
    this.#counted = new Recent<Amount>(most);
    this.#begun = false;
  }

  #count({id, user, messages, bytes}: Traffic, at: number): Flood[] {
    const before = this.#counted.get(id) ?? nothing;
    const minute = Math.floor(at / 60_000);
    const known = this.#minutes.get(user);
    const {messages: said, bytes: sent, told} = known?.minute === minute ? known : {...nothing, told: false};
    const now = {messages: said + messages - before.messages, bytes: sent + bytes - before.bytes};
    const tooMuch = now.messages > this.#limits.messagesPerMinute || now.bytes > this.#limits.bytesPerMinute;
    this.#minutes.put(user, {...now, minute, told: told || tooMuch});
    return tooMuch && !told ? [{user, message: wordsOf(now, this.#limits)}] : [];
  }
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
