import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {blobMessages, maximumBlobBytes, readBlob, type BlobRead} from '../api/blob.ts';
import type {Link} from '../api/link.ts';
import {blobs as names, modelFiles, savedModelFile} from '../api/protocol.ts';
import {stores, type TrialAddress} from '../api/subjects.ts';
import type {BlobStore} from './blobs.ts';
import {TrialFailure} from './failure.ts';
import type {Post} from './report.ts';

export interface NatsBlobsOptions {
  readonly link: Link<Post>;
  /** Where files lie between TensorFlow and NATS: the store `local` keeps its blobs there. */
  readonly directory: string;
  readonly local: BlobStore;
  /** @throws TrialFailure when the assignment does not say what the UID of that trial is. */
  readonly addressOf: (trial: string) => TrialAddress;
  /** How long a blob may wait for NATS. */
  readonly patienceMilliseconds?: number;
}

const defaultPatience = 20_000;
const retryMilliseconds = 250;

/**
 * Blobs that go over NATS. A store that is full, too small or away costs the blob and not the trial: writing answers why it was not kept.
 * Reading what cannot be reached is a failure of the infrastructure, so that the attempt is made again.
 */
export function natsBlobs(options: NatsBlobsOptions): BlobStore {
  const {local} = options;
  const upload = async (trial: string, files: readonly string[]): Promise<string | undefined> => {
    for (const file of files) {
      const why = await send(options, trial, file);
      if (why !== undefined) return `${file} is not kept: ${why}`;
    }
    return undefined;
  };
  return {
    async writeModel(trial, model, fitted) {
      return (await local.writeModel(trial, model, fitted)) ?? (await upload(trial, modelFiles));
    },
    async exportModel(trial, model, fitted) {
      return (await local.exportModel(trial, model, fitted)) ?? (await upload(trial, [savedModelFile]));
    },
    async readModel(trial) {
      for (const file of modelFiles) await fetch(options, trial, file);
      return local.readModel(trial);
    },
    async writeTestScores(trial, scores) {
      return (await local.writeTestScores(trial, scores)) ?? (await upload(trial, [names.testScores]));
    },
  };
}

async function send(options: NatsBlobsOptions, trial: string, file: string): Promise<string | undefined> {
  const bytes = await readFile(path.join(options.directory, trial, file));
  return storeBlob(options, {address: options.addressOf(trial), name: file, bytes});
}

/** Stores one blob; answers why it could not be stored, undefined when it is. */
export async function storeBlob(
  {link, patienceMilliseconds = defaultPatience}: Pick<NatsBlobsOptions, 'link' | 'patienceMilliseconds'>,
  {address, name, bytes}: {address: TrialAddress; name: string; bytes: Uint8Array},
): Promise<string | undefined> {
  if (bytes.length > maximumBlobBytes)
    return `${String(bytes.length)} bytes are more than the ${String(maximumBlobBytes)} that go over NATS; use a volume`;
  const until = performance.now() + patienceMilliseconds;
  for (const message of blobMessages({address, name}, bytes)) {
    const why = await sendOne(link, message, until);
    if (why !== undefined) return why;
  }
  return undefined;
}

async function sendOne(
  link: Link<Post>,
  {subject, data}: {subject: string; data: Uint8Array},
  until: number,
): Promise<string | undefined> {
  let why = 'no connection to NATS';
  for (;;) {
    const post = await link.within(Math.max(0, until - performance.now()));
    const posted = await post?.publish(subject, data, {stream: stores.blobs.stream});
    if (posted?.kind === 'Stored') return undefined;
    if (posted !== undefined) why = posted.why;
    if (posted?.kind === 'Refused' || performance.now() >= until) return why;
    await pause(retryMilliseconds);
  }
}

async function fetch(options: NatsBlobsOptions, trial: string, file: string): Promise<void> {
  const read = await readWithin(options, trial, file);
  if (read.kind === 'Damaged')
    throw new TrialFailure('MissingFile', `the model of ${trial} cannot be read: ${read.why}`);
  if (read.kind === 'Missing') throw new TrialFailure('MissingFile', `trial ${trial} left no ${file} in NATS`);
  const target = path.join(options.directory, trial, file);
  await mkdir(path.dirname(target), {recursive: true});
  await writeFile(target, read.bytes);
}

async function readWithin(options: NatsBlobsOptions, trial: string, file: string): Promise<BlobRead> {
  const {link, addressOf, patienceMilliseconds = defaultPatience} = options;
  const blob = {address: addressOf(trial), name: file};
  const until = performance.now() + patienceMilliseconds;
  let why = 'no connection to NATS';
  do {
    const post = await link.within(Math.max(0, until - performance.now()));
    try {
      if (post !== undefined) return await readBlob(blob, (subject) => post.last(stores.blobs.stream, subject));
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
      await pause(retryMilliseconds);
    }
  } while (performance.now() < until);
  throw new TrialFailure('NotStarted', `${file} of trial ${trial} could not be fetched: ${why}`);
}
