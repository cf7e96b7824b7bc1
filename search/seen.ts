/**
 * The identities that were proposed: a set as plain JSON. It grows by one identity per proposal and is never changed in place, so
 * identities lie in buckets by their first two hexadecimal digits: an addition copies one bucket and the list of buckets, not the set.
 */
export type Seen = readonly (readonly string[])[];

const bucketOf = (identity: string): number => Number.parseInt(identity.slice(0, 2), 16);

export const nothingSeen: Seen = Array.from({length: 256}, () => []);

export const remembers = (seen: Seen, identity: string): boolean =>
  seen[bucketOf(identity)]?.includes(identity) ?? false;

export function remember(seen: Seen, identity: string): Seen {
  if (remembers(seen, identity)) return seen;
  const at = bucketOf(identity);
  return seen.with(at, [...(seen[at] ?? []), identity]);
}
