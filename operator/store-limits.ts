/** How much JetStream may keep, and for how long. */
export interface StoreLimits {
  readonly messageAgeSeconds: number;
  readonly messageBytes: number;
  /** Of each kind that one trial may have in the store: the oldest give way. */
  readonly messagesOfOneTrial: number;
  readonly blobAgeSeconds: number;
  readonly blobBytes: number;
  /** How long JetStream itself drops a repeat; the operator does for as long as it remembers the Pod. */
  readonly duplicateWindowSeconds: number;
  readonly replicas: number;
}

const day = 86_400;
const mebibyte = 1024 * 1024;
export const defaultStoreLimits: StoreLimits = {
  messageAgeSeconds: 3 * day,
  messageBytes: 256 * mebibyte,
  messagesOfOneTrial: 10_000,
  blobAgeSeconds: 14 * day,
  blobBytes: 2048 * mebibyte,
  duplicateWindowSeconds: 120,
  replicas: 1,
};

/** A stop is repeated by the plan for as long as its Pod lives; nobody needs to hear an old one. */
export const controlLimits = {ageSeconds: day, bytes: 16 * mebibyte};
