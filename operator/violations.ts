import {natsAccounts} from '../api/permissions.ts';

/** Somebody tried what he may not; the server told him no, and its log. */
export interface Violation {
  /** Name that the operator gave the connection: the UID of a Pod. */
  readonly user: string;
  /** In the server's words: what was tried, and on which subject. */
  readonly what: string;
}

/** What a client says of itself, if anything, stands in quotes, with those of its own escaped, so that nobody can end them and speak for another. */
const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
const pattern = new RegExp(
  String.raw`^\[\d+\] \S+ \S+ \[ERR\] \S+ - cid:\d+ - (?:${quoted} - )?"${natsAccounts.trials}/user:([^"\\/]+)" - ((?:Publish|Subscription) Violation - .*)$`,
);

/** Reads one line of a NATS server's log; undefined when it tells of nothing that a trial tried and may not. */
export function violationIn(line: string): Violation | undefined {
  const [, user, what] = pattern.exec(line) ?? [];
  return user === undefined || what === undefined ? undefined : {user, what: what.slice(0, 512)};
}
