import {createHash} from 'node:crypto';
import type {Instant} from '../../api/quantities.ts';
import {annotations} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import {protocolVersion} from '../../api/protocol.ts';
import type {TerminationRecord, TrialAssignment} from '../../api/protocol.ts';
import {keyed} from '../../search/random.ts';
import type {Random} from '../../search/random.ts';

/** How a training ends when nobody interferes. */
type Fate = 'Succeeds' | 'NotANumber' | 'OutOfMemory' | 'ExitsWithoutRecord' | 'Hangs';
const fates: readonly Fate[] = [
  ...Array<Fate>(30).fill('Succeeds'),
  'NotANumber',
  'OutOfMemory',
  'ExitsWithoutRecord',
  'Hangs',
];

/** What a trial does, a function of what it was told alone: another attempt of the same trial does the same. */
export interface Script {
  readonly fate: Fate;
  readonly epochs: number;
  readonly startMilliseconds: number;
  readonly epochMilliseconds: number;
  /** Models that a scoring trial scores. */
  readonly scored: number;
  readonly quality: number;
}

/** What happens to one Pod, whatever its trial does. */
export interface Luck {
  /** Forgotten: it hangs, and its kubelet ends it minutes after its deadline. */
  readonly kind: 'Runs' | 'Rejected' | 'Evicted' | 'NoImage' | 'Forgotten';
  /** For Evicted: when, after its start. */
  readonly evictedAfter: number;
  /** Goes on after SIGTERM until its grace ends. */
  readonly stubborn: boolean;
  /** By how much the kubelet is late with a deadline. */
  readonly late: number;
}

const randomOf = (text: string, purpose: string): Random =>
  keyed(createHash('sha256').update(text).digest().readUInt32BE(0), 0, purpose);

export function scriptOf(pod: Pod): Script {
  const assignment = JSON.parse(pod.metadata.annotations?.[annotations.assignment] ?? '{}') as TrialAssignment;
  const {spec} = assignment;
  const random = randomOf(JSON.stringify(spec), 'script');
  return {
    fate: random.pick(fates),
    epochs: spec.epochs,
    startMilliseconds: 500 + random.integer(3000),
    epochMilliseconds: 300 + random.integer(8000),
    scored: spec.score?.length ?? 0,
    quality: random.uniform(),
  };
}

/** Each with the draw that it ends at. */
const misfortunes = [
  ['Rejected', 0.05],
  ['Evicted', 0.12],
  ['NoImage', 0.15],
  ['Forgotten', 0.19],
] as const;

export function luckOf(pod: Pod, faulty: boolean): Luck {
  const random = randomOf(pod.metadata.uid ?? '', 'luck');
  const draw = random.uniform();
  const kind = faulty ? (misfortunes.find(([, below]) => draw < below)?.[0] ?? 'Runs') : 'Runs';
  return {
    kind,
    evictedAfter: random.integer(30_000),
    stubborn: random.uniform() < 0.2,
    late: random.integer(20_000) + (kind === 'Forgotten' ? 60_000 + random.integer(240_000) : 0),
  };
}

export const lengthOf = (script: Script): number =>
  script.fate === 'Hangs' ? Infinity : script.startMilliseconds + script.epochs * script.epochMilliseconds;

export const epochsDone = (script: Script, start: Instant, at: number): number =>
  Math.max(0, Math.min(script.epochs, Math.floor((at - start - script.startMilliseconds) / script.epochMilliseconds)));

export const curve = (script: Script, epochs: number) =>
  Array.from({length: epochs}, (_, at) => ({
    epoch: at + 1,
    values: {accuracy: script.quality * (1 - 1 / (at + 2)), crossEntropy: 1 / (at + 1 + script.quality)},
  }));

/** The record as it stands in the termination message when the container ends after so many epochs. */
export function recordAfter(script: Script, epochs: number, state: TerminationRecord['state']): TerminationRecord {
  const points = curve(script, epochs);
  const best = points.at(-1);
  const measured = best === undefined ? {} : {values: {...best.values, parameters: 1000, flops: 2000}};
  const scores = {values: {}, perModel: Array.from({length: script.scored}, () => ({accuracy: script.quality}))};
  return {
    version: protocolVersion,
    state,
    epoch: epochs,
    epochs,
    curve: points.slice(-20),
    data: {input: [30], outputs: 2, examples: 569},
    timing: {startSeconds: script.startMilliseconds / 1000, epochSeconds: script.epochMilliseconds / 1000},
    device: 'cpu',
    ...(script.scored > 0 ? scores : measured),
  };
}
