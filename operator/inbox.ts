import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import {addressOf, maximumMessageBytes, parsePodMessage} from '../api/subjects.ts';
import type {PodMessage, TrialAddress} from '../api/subjects.ts';

/** Why a message does not count. */
export const dropCauses = ['garbage', 'unknownPod', 'duplicate', 'tooLarge'] as const;
export type DropCause = (typeof dropCauses)[number];

/** Whether a Pod with this UID runs for the trial on whose subjects it speaks. */
export type Accept = (podUid: string, from: TrialAddress) => boolean;

/** What one Pod has said, or somebody in its name. */
interface Voice {
  readonly pod: string;
  readonly from: TrialAddress;
  /** `<kind>:<step>` of everything that was said. */
  readonly said: Set<string>;
  /** By epoch. */
  points: readonly CurvePoint[];
}

/** No trial has so much to say. */
const mostOfOnePod = 10_000;
/** Messages kept for Pods that nobody knows, until they are known or this many are there. */
const mostOfStrangers = 20_000;

/**
 * Messages as they come, made into curves. They may be lost, doubled, late, out of order or forged: each counts once by Pod, kind and step,
 * the first of its kind stands, and only what Pods say that run is shown. What comes before its Pod is known is kept for a while.
 */
export class Inbox {
  readonly dropped: Record<DropCause, number> = {garbage: 0, unknownPod: 0, duplicate: 0, tooLarge: 0};
  /** Messages of any kind. */
  received = 0;
  readonly #accept: Accept;
  readonly #voices = new Map<string, Voice>();
  readonly #strangers: number;
  #kept = 0;
  #sweepAt: number;

  constructor(accept: Accept, strangers = mostOfStrangers) {
    this.#accept = accept;
    this.#strangers = strangers;
    this.#sweepAt = strangers;
  }

  /** Takes one message off the wire; whose it is when it is news, undefined when it changes nothing. */
  take(subject: string, bytes: Uint8Array): TrialAddress | undefined {
    return this.#counted(this.#read(subject, bytes));
  }

  /** Takes what one trial says; the same as `take`. */
  hear(from: TrialAddress, message: PodMessage): TrialAddress | undefined {
    return this.#counted(isSound(message) ? this.#keep(from, message) : 'garbage');
  }

  #counted(result: TrialAddress | DropCause): TrialAddress | undefined {
    this.received += 1;
    if (typeof result !== 'string') return result;
    this.dropped[result] += 1;
    return undefined;
  }

  #read(subject: string, bytes: Uint8Array): TrialAddress | DropCause {
    if (bytes.length > maximumMessageBytes) return 'tooLarge';
    const address = addressOf(subject);
    const message = parsePodMessage(bytes);
    if (address === undefined || message === undefined) return 'garbage';
    if (address.kind !== message.message.kind || !isSound(message)) return 'garbage';
    return this.#keep({search: address.search, trial: address.trial}, message);
  }

  #keep(from: TrialAddress, {pod, message}: PodMessage): TrialAddress | DropCause {
    const voice = this.#voiceOf(pod, from);
    const key = `${message.kind}:${String(message.step)}`;
    if (voice.said.has(key)) return 'duplicate';
    if (voice.said.size >= mostOfOnePod) return 'tooLarge';
    voice.said.add(key);
    if (message.kind === 'epoch') voice.points = inserted(voice.points, message.point);
    this.#kept += 1;
    if (this.#kept > this.#sweepAt) this.#sweep();
    return from;
  }

  /** Whoever spoke last comes last. */
  #voiceOf(pod: string, from: TrialAddress): Voice {
    const key = `${pod} ${from.search} ${from.trial}`;
    const voice = this.#voices.get(key) ?? {pod, from, said: new Set(), points: []};
    this.#voices.delete(key);
    this.#voices.set(key, voice);
    return voice;
  }

  /** Forgets who does not run, down to half of what may wait: those first who have been silent longest. */
  #sweep(): void {
    const strangers = [...this.#voices].filter(([, {pod, from}]) => !this.#accept(pod, from));
    let waiting = strangers.reduce((sum, [, {said}]) => sum + said.size, 0);
    for (const [key, {said}] of strangers) {
      if (waiting <= this.#strangers / 2) break;
      this.#voices.delete(key);
      waiting -= said.size;
      this.#kept -= said.size;
      this.dropped.unknownPod += said.size;
    }
    this.#sweepAt = this.#kept - waiting + this.#strangers;
  }

  /** Curves so far of the Pods that run, by Pod UID, each in the order of its epochs. */
  hints(): ReadonlyMap<string, readonly CurvePoint[]> {
    const speaking = [...this.#voices.values()].filter(
      ({pod, from, points}) => points.length > 0 && this.#accept(pod, from),
    );
    return new Map(speaking.map(({pod, points}) => [pod, points]));
  }
}

/** An epoch is said under its own number. */
const isSound = ({message}: PodMessage): boolean => message.kind !== 'epoch' || message.step === message.point.epoch;

function inserted(points: readonly CurvePoint[], point: CurvePoint): readonly CurvePoint[] {
  const after = points.findLastIndex(({epoch}) => epoch < point.epoch) + 1;
  return points.toSpliced(after, 0, point);
}
