import type {ConnectionOptions} from 'nats';
import {readBlob} from '../../api/blob.ts';
import type {BlobRead} from '../../api/blob.ts';
import {inboxPrefix} from '../../api/permissions.ts';
import {stores} from '../../api/subjects.ts';
import type {TrialAddress} from '../../api/subjects.ts';
import {dial, lastOf, wordsOf} from './connection.ts';
import type {NatsPlace} from './connection.ts';

/** Blobs for who only reads them: nothing is made, and no store is brought to other limits. */
export interface BlobReader {
  /** @throws Error when NATS does not answer, or has no store of blobs. */
  read(address: TrialAddress, name: string): Promise<BlobRead>;
  close(): Promise<void>;
}

/** Whose blobs are to be read, and who asks. */
export interface Reading {
  readonly search: {readonly namespace: string; readonly name: string; readonly uid: string};
  /** Of the namespace's reader account; left out where NATS asks nobody. */
  readonly token?: string;
}

export interface ReaderPlace extends NatsPlace {
  /** TLS to the very Pod that the API server has connected us with: there is no name to be checked. */
  readonly anyName?: boolean;
}

// the client hands on to node:tls what it does not know itself
const unverified: object = {rejectUnauthorized: false};

/** @throws Error when NATS cannot be reached, or does not let us in. */
export async function openBlobReader(place: ReaderPlace, {search, token}: Reading): Promise<BlobReader> {
  const more: ConnectionOptions = {
    ...(token === undefined ? {} : {user: `${search.namespace}/${search.name}`, pass: token}),
    inboxPrefix: inboxPrefix(search.uid),
    ...(place.anyName === true ? {tls: unverified} : {}),
  };
  const connection = await dial(place, {name: 'archsearch report'}, more).catch((error: unknown) => {
    throw new Error(wordsOf(error), {cause: error});
  });
  return {
    async read(address, name) {
      try {
        return await readBlob({address, name}, (subject) => lastOf(connection, stores.blobs.stream, subject));
      } catch (error) {
        throw new Error(wordsOf(error), {cause: error});
      }
    },
    close: () => connection.close(),
  };
}
