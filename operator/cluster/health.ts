/** What the health of a process of the operator is judged by; times in milliseconds. */
export interface Vitals {
  readonly uptime: number;
  /** How much of the last minute timers were late by. */
  readonly blocked: number;
  /** How long a round has been under way without a sign of progress. */
  readonly roundSilence: number;
  /** Since the API server has answered anything. */
  readonly apiSilence: number;
  readonly watches: readonly WatchVitals[];
}

export interface WatchVitals {
  readonly kind: string;
  /** Was everything of the kind read once? */
  readonly synced: boolean;
  /** Since it was last heard of. */
  readonly silence: number;
}

const second = 1000;
const minute = 60 * second;
/** A watch that has heard nothing for longer, not so much as a bookmark, shows what was. */
const stale = 3 * minute;
/** It should have been opened again by then. */
const dead = 5 * minute;
/** Each of its requests is given up after 15 s; reading a model over NATS takes longer. */
const stuck = 5 * minute;
const answeredLately = minute;
const hardlyRunning = 50 * second;

const secondsText = (milliseconds: number): string => `${String(Math.round(milliseconds / second))} s`;

/**
 * Why this process should be started again; empty while it is well. That the API server is away is no reason: another process would not
 * reach it either.
 */
export function ailments({uptime, blocked, roundSilence, apiSilence, watches}: Vitals): string[] {
  const reachable = apiSilence < answeredLately && uptime > dead;
  const silent = reachable ? watches.filter(({silence}) => silence > dead) : [];
  return [
    ...(blocked > hardlyRunning ? [`the event loop was blocked for ${secondsText(blocked)} of the last minute`] : []),
    ...(roundSilence > stuck ? [`a search is worked on without any progress for ${secondsText(roundSilence)}`] : []),
    ...silent.map(({kind}) => `the watch of ${kind} is silent although the API server answers`),
  ];
}

/** Why this process could not lead right now; empty when it could. A standby is ready too: it would take over at once. */
export const hindrances = ({watches}: Pick<Vitals, 'watches'>): string[] =>
  watches.flatMap(({kind, synced, silence}) => {
    if (!synced) return [`not every ${kind} is read yet`];
    return silence > stale ? [`nothing was heard of any ${kind} for ${secondsText(silence)}`] : [];
  });
