import {controlSubject, directGet, messageKinds, stores, subjects} from './subjects.ts';
import type {TrialAddress} from './subjects.ts';

/** Audience of the tokens that NATS is shown: one that was stolen there opens nothing else, and no other token opens this. */
export const natsAudience = 'archsearch-nats';
/** A ServiceAccount without rights in each namespace with searches: whoever may ask for a token of it may read what its searches keep. */
export const readerAccount = 'archsearch-report';

/** Accounts of NATS: the operator with all stores; those who are let in by a token; the server's own. */
export const natsAccounts = {
  operator: 'ARCHSEARCH',
  trials: 'ARCHSEARCH_TRIALS',
  system: 'ARCHSEARCH_SYSTEM',
} as const;

/** What a connection to NATS may do; it may do nothing else. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Answers come to an inbox that nobody else may listen on. */
export const inboxPrefix = (owner: string): string => `_INBOX_${owner}`;

/**
 * A trial's Pod reports on its own subjects, asks for the last word to itself, and reads its own blobs and those of `reads`. It subscribes
 * to answers alone, and reaches nothing else of JetStream: consumers, lists and deletions stay with the operator.
 */
export const trialPermissions = (
  address: TrialAddress,
  podUid: string,
  reads: readonly TrialAddress[] = [],
): Permissions => ({
  publish: [
    ...messageKinds.map((kind) => subjects.message(address, kind)),
    subjects.blobs(address),
    directGet(stores.control.stream, controlSubject(podUid)),
    ...[address, ...reads].map((from) => directGet(stores.blobs.stream, subjects.blobs(from))),
  ],
  subscribe: [`${inboxPrefix(podUid)}.>`],
});

/** Who brings a search home reads the blobs of all its trials. */
export const readerPermissions = (search: string): Permissions => ({
  publish: [directGet(stores.blobs.stream, subjects.blobs({search, trial: '*'}))],
  subscribe: [`${inboxPrefix(search)}.>`],
});
