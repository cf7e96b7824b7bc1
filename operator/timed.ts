/** Does what it is given, and knows afterwards how long that took: the pure parts have no clock. */
export type Timed = <T>(what: 'Plan' | 'Fold' | 'Replay' | 'Ask', work: () => T) => T;

export const untimed: Timed = (_what, work) => work();
