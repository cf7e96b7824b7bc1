import {createHash} from 'node:crypto';
import {z} from 'zod';
import {protocolVersion} from './protocol.ts';
import {encode, subjects} from './subjects.ts';
import type {TrialAddress} from './subjects.ts';

/** Bytes of one message of a blob: under NATS's default limit of 1 MiB. */
export const chunkBytes = 512 * 1024;
/** Largest blob that goes over NATS; what is larger belongs on a volume. */
export const maximumBlobBytes = 256 * 1024 * 1024;

const blobManifest = z.strictObject({
  version: z.literal(protocolVersion),
  size: z.int().min(0).max(maximumBlobBytes),
  chunks: z
    .int()
    .min(0)
    .max(maximumBlobBytes / chunkBytes),
  sha256: z.string().regex(/^[\da-f]{64}$/),
});

/** The blob that holds the end of an attempt's log, as text; the operator keeps it when the attempt brought no result. */
export const logBlob = (pod: string): string => `log/${pod}`;
/** Lines of a log that are kept, and bytes of them at most. */
export const keptLog = {lines: 200, bytes: 64 * 1024} as const;

interface BlobAt {
  readonly address: TrialAddress;
  readonly name: string;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * A blob as the messages that carry it, in the order in which they must be stored: the chunks (512 KiB each, the last one shorter), then
 * the manifest, so that where there is a manifest there was a whole blob. An empty blob is a manifest alone.
 */
export function* blobMessages(
  {address, name}: BlobAt,
  bytes: Uint8Array,
): Generator<{readonly subject: string; readonly data: Uint8Array}> {
  const chunks = Math.ceil(bytes.length / chunkBytes);
  for (let chunk = 0; chunk < chunks; chunk++)
    yield {
      subject: subjects.blobChunk(address, name, chunk),
      data: bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes),
    };
  yield {
    subject: subjects.blobManifest(address, name),
    data: encode({version: protocolVersion, size: bytes.length, chunks, sha256: sha256(bytes)}),
  };
}

/** What a reader takes at most, in bytes; whoever wrote the blob may be anybody. */
export interface BlobLimit {
  readonly mostBytes?: number;
}

export type BlobRead =
  | {readonly kind: 'Found'; readonly bytes: Uint8Array}
  | {readonly kind: 'Missing'}
  /** Something is stored, but it is not the whole blob as it was written. */
  | {readonly kind: 'Damaged'; readonly why: string};

/** Answers the last message of a subject, undefined when there is none. */
type GetLast = (subject: string) => Promise<Uint8Array | undefined>;

/** Reads a blob back. Of one that says to be of more than `mostBytes`, no chunk is read. Errors of `get` are passed on. */
export async function readBlob(
  {address, name}: BlobAt,
  get: GetLast,
  {mostBytes = maximumBlobBytes}: BlobLimit = {},
): Promise<BlobRead> {
  const told = await get(subjects.blobManifest(address, name));
  if (told === undefined) return {kind: 'Missing'};
  const manifest = blobManifest.safeParse(json(told));
  const damaged = (why: string): BlobRead => ({kind: 'Damaged', why: `blob ${name} of trial ${address.trial}: ${why}`});
  if (!manifest.success) return damaged('its manifest is not one');
  const {size, chunks} = manifest.data;
  if (size > mostBytes) return damaged(`it has ${String(size)} bytes, and ${String(mostBytes)} are read at most`);
  const bytes = new Uint8Array(size);
  const why = await fill(bytes, chunks, (chunk) => get(subjects.blobChunk(address, name, chunk)));
  if (why !== undefined) return damaged(why);
  if (sha256(bytes) !== manifest.data.sha256) return damaged('its hash is not the one that was written');
  return {kind: 'Found', bytes};
}

/** Puts the chunks one after another; answers why they are not what was written, if they are not. */
async function fill(
  bytes: Uint8Array,
  chunks: number,
  get: (chunk: number) => ReturnType<GetLast>,
): Promise<string | undefined> {
  let stored = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const part = await get(chunk);
    if (part === undefined) return `chunk ${String(chunk + 1)} of ${String(chunks)} is missing`;
    if (stored + part.length <= bytes.length) bytes.set(part, stored);
    stored += part.length;
  }
  return stored === bytes.length
    ? undefined
    : `${String(bytes.length)} bytes were written, ${String(stored)} are stored`;
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
