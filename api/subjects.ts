import {z} from 'zod';
import {controlMessage, protocolVersion, trialMessage} from './protocol.ts';
import type {TrialMessage} from './protocol.ts';

/** Whose messages they are: each trial has subjects of its own, so that permissions can keep trials apart. UIDs, for names may hold dots. */
export interface TrialAddress {
  readonly search: string;
  readonly trial: string;
}

const prefix = 'archsearch.v1';
const kinds = ['epoch', 'result', 'event'] as const;

/** Characters that would split a subject, or that mean something in it, as `=` and their code in hexadecimal. */
const token = (text: string): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w-]/.test(character) ? character : `=${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');

const ofTrial = ({search, trial}: TrialAddress): string => `${prefix}.${token(search)}.${token(trial)}`;

/** Where a runner publishes, and where it finds blobs. */
export const subjects = {
  message: (address: TrialAddress, kind: TrialMessage['kind']): string => `${ofTrial(address)}.${kind}`,
  blobChunk: (address: TrialAddress, name: string, chunk: number): string =>
    `${ofTrial(address)}.blob.${token(name)}.${String(chunk)}`,
  blobManifest: (address: TrialAddress, name: string): string => `${ofTrial(address)}.blob.${token(name)}.manifest`,
  /** Everything that a trial sends. */
  ofTrial: (address: TrialAddress): string => `${ofTrial(address)}.>`,
  /** Every chunk and manifest of everybody. */
  allBlobs: `${prefix}.*.*.blob.>`,
  /** Every chunk and manifest of a trial; with `*` for the trial, of a whole search. */
  blobs: ({search, trial}: TrialAddress): string =>
    `${prefix}.${token(search)}.${trial === '*' ? '*' : token(trial)}.blob.>`,
} as const;

export const messageKinds = kinds;

/** The JetStream streams and the key-value bucket of the protocol; the operator makes them, everybody uses them. */
export const stores = {
  /** What runners report; the oldest give way when it is full. */
  messages: {stream: 'ARCHSEARCH', subjects: kinds.map((kind) => `${prefix}.*.*.${kind}`)},
  /** What runners keep; refuses when it is full, so that nothing half is left of what was whole. */
  blobs: {stream: 'ARCHSEARCH_BLOBS', subjects: [`${prefix}.*.*.blob.>`]},
  /** Pod UID → `ControlMessage`: the last word stands, so that a runner that listens late still hears it. */
  control: {bucket: 'archsearch-control', stream: 'KV_archsearch-control'},
} as const;

/** Where the key-value bucket keeps the last word to a Pod. */
export const controlSubject = (podUid: string): string => `$KV.${stores.control.bucket}.${podUid}`;

/** Where the last message of a subject is asked for: the subject is part of it, so that permissions hold here too. */
export const directGet = (stream: string, subject: string): string => `$JS.API.DIRECT.GET.${stream}.${subject}`;

/** Largest message of the protocol, in bytes; NATS refuses a larger one, and so does the operator. */
export const maximumMessageBytes = 8192;

/** What goes over NATS: every message names the Pod that it speaks for. */
export const podMessage = z.strictObject({
  version: z.literal(protocolVersion),
  pod: z.string().min(1).max(64),
  message: trialMessage,
});
export type PodMessage = z.output<typeof podMessage>;

/** The message's identity: what comes twice counts once. */
export const messageId = ({pod, message}: PodMessage): string => `${pod}:${message.kind}:${String(message.step)}`;

/** The address that a subject of the protocol names; undefined for any other subject. */
export function addressOf(subject: string): (TrialAddress & {readonly kind: string}) | undefined {
  const [system, version, search, trial, kind, ...rest] = subject.split('.');
  if (`${system ?? ''}.${version ?? ''}` !== prefix || rest.length > 0) return undefined;
  if (search === undefined || trial === undefined || kind === undefined) return undefined;
  return {search: text(search), trial: text(trial), kind};
}

/** The trial on whose subjects something was said; undefined for a subject that is nobody's. */
export function trialOf(subject: string): TrialAddress | undefined {
  const [system, version, search, trial] = subject.split('.');
  if (`${system ?? ''}.${version ?? ''}` !== prefix || search === undefined || trial === undefined) return undefined;
  return {search: text(search), trial: text(trial)};
}

const text = (encoded: string): string => {
  const bytes = [...encoded.matchAll(/=([\da-f]{2})|(.)/gs)].map(([, hex, plain = '']) =>
    hex === undefined ? plain.charCodeAt(0) : Number.parseInt(hex, 16),
  );
  return new TextDecoder().decode(Uint8Array.from(bytes));
};

const parse =
  <T>(schema: z.ZodType<T>) =>
  (bytes: Uint8Array): T | undefined => {
    try {
      return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      return undefined;
    }
  };

/** A message off the wire; undefined when it is not one of the protocol. */
export const parsePodMessage = parse(podMessage);
export const parseControl = parse(controlMessage);
export const encode = (message: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(message));
