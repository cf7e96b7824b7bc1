import {chunkBytes, maximumBlobBytes} from '../api/blob.ts';
import type {RefusalReason} from '../api/reasons.ts';
import {trialOf} from '../api/subjects.ts';
import type {TrialAddress} from '../api/subjects.ts';
import {Recent} from './recent.ts';

/** What one trial may send. A trial of ours sends a message of some 300 bytes at each epoch, and waits for its answer before the next. */
export interface TrialLimits {
  readonly messagesPerMinute: number;
  readonly bytesPerMinute: number;
  /** Chunks and manifests in the store of blobs: each takes 512 KiB at most. */
  readonly blobMessages: number;
}

export const trialLimits: TrialLimits = {
  messagesPerMinute: 60_000,
  bytesPerMinute: 32 * 1024 * 1024,
  // twice the largest model there can be, as it is kept and as it is exported, and small things beside
  blobMessages: (2 * maximumBlobBytes) / chunkBytes + 128,
};

/** A trial has sent more than any honest one does. */
export interface Excess {
  readonly from: TrialAddress;
  readonly reason: Extract<RefusalReason, 'TooManyMessages' | 'TooManyBlobs' | 'CutOff'>;
  readonly message: string;
}

interface Minute {
  readonly minute: number;
  messages: number;
  bytes: number;
  told: boolean;
}

/** Minutes that are kept in mind at once; the oldest are over long since. */
const mostMinutes = 10_000;

/** Counts what trials say, by the minutes of the server that took it: what is read again after a restart is counted as it was before. */
export class Conduct {
  readonly #limits: TrialLimits;
  readonly #minutes = new Recent<Minute>(mostMinutes);

  constructor(limits = trialLimits) {
    this.#limits = limits;
  }

  /** Counts one message; tells, once a minute, who has said too much in it. */
  count({subject, bytes, at}: {readonly subject: string; readonly bytes: number; readonly at: number}) {
    const from = trialOf(subject);
    if (from === undefined) return undefined;
    const said = this.#minuteOf(from, Math.floor(at / 60_000));
    said.messages += 1;
    said.bytes += bytes;
    const {messagesPerMinute, bytesPerMinute} = this.#limits;
    if (said.told || (said.messages <= messagesPerMinute && said.bytes <= bytesPerMinute)) return undefined;
    said.told = true;
    return excessOf(from, said, this.#limits);
  }

  #minuteOf({search, trial}: TrialAddress, minute: number): Minute {
    const key = `${search} ${trial}`;
    const known = this.#minutes.get(key);
    if (known?.minute === minute) return known;
    return this.#minutes.put(key, {minute, messages: 0, bytes: 0, told: false});
  }
}

const excessOf = (from: TrialAddress, said: Minute, limits: TrialLimits): Excess => ({
  from,
  reason: 'TooManyMessages',
  message:
    `${String(said.messages)} messages of ${String(said.bytes)} bytes within a minute, and ` +
    `${String(limits.messagesPerMinute)} of ${String(limits.bytesPerMinute)} bytes are a trial's`,
});

/** Who has more chunks in the store than `most`, given how many messages each subject has. */
export function crowdersAmong(counts: Readonly<Record<string, number>>, most: number): readonly TrialAddress[] {
  const byTrial = Map.groupBy(Object.entries(counts), ([subject]) => subject.split('.').slice(0, 4).join('.'));
  return [...byTrial].flatMap(([subject, own]) => {
    const from = trialOf(subject);
    const total = own.reduce((sum, [, count]) => sum + count, 0);
    return from !== undefined && total > most ? [from] : [];
  });
}
