/**
 * Every outcome has one reason from this list. The reason is the condition's reason, the event's reason and the metric's label;
 * the message beside it is for people.
 */
export const searchReasons = [
  'Accepted',
  'InvalidSpec',
  'DryRun',
  'PodRejected',
  'QuotaExceeded',
  'Unschedulable',
  'PodsStarting',
  'SharesTooSmall',
  'Preflighting',
  'PreflightPassed',
  'PreflightFailed',
  'Searching',
  'Selecting',
  'Scoring',
  'Suspended',
  'Uninstalled',
  'TrialsLimitReached',
  'GpuHoursLimitReached',
  'CostLimitReached',
  'DurationLimitReached',
  'FailedTrialsLimitReached',
  'SameFailureRepeated',
  'TargetReached',
  'SpaceExhausted',
  'StrategyStalled',
  'StrategyVersionChanged',
  'WaitingForRoom',
  'NoSuccessfulTrial',
  'Compared',
  'NoComparison',
  'LogIncomplete',
  'GraceUnguarded',
  'GraceGuarded',
  'NatsUnreachable',
  'MessagesArriving',
  'IdentityDisabled',
  'MessagesTrusted',
] as const;
export type SearchReason = (typeof searchReasons)[number];

export const trialReasons = [
  'Completed',
  'StoppedEarly',
  'DeadlineReached',
  'Duplicate',
  'Cancelled',
  'BudgetExhausted',
  // deterministic failures: the same trial would fail the same way again
  'NotANumber',
  'WrongShape',
  'BadData',
  'MissingFile',
  'LimitExceeded',
  'UnsupportedArchitecture',
  'RunnerError',
  'NoResult',
  'OutOfMemory',
  'InvalidPod',
  // infrastructure: the attempt is charged as waste and tried again
  'Interrupted',
  'Preempted',
  'Evicted',
  'NodeLost',
  'NotStarted',
  'ImagePull',
] as const;
export type TrialReason = (typeof trialReasons)[number];

/** Reasons after which the same trial is tried again. */
export const infrastructureReasons: ReadonlySet<TrialReason> = new Set<TrialReason>([
  'Interrupted',
  'Preempted',
  'Evicted',
  'NodeLost',
  'NotStarted',
  'ImagePull',
]);

/** Interruptions that are nobody's fault: they are tried again without an end (the budget is the end). */
export const blamelessReasons: ReadonlySet<TrialReason> = new Set<TrialReason>(['Interrupted', 'Preempted']);

/** Attempts that ran, or could have, and were taken away from outside. */
export const takenAwayReasons: ReadonlySet<TrialReason> = new Set<TrialReason>([
  ...blamelessReasons,
  'Evicted',
  'NodeLost',
]);

/**
 * Why NATS let a connection not in, or what of it was refused. The trial goes on either way: messages are hints, and its record is read off
 * its Pod.
 */
export const refusalReasons = [
  // not let in
  'NoToken',
  'TokenRejected',
  'NotATrial',
  'PodFinished',
  'CutOff',
  'TooManyConnections',
  'IdentityUnknown',
  // let in, and then refused
  'ForbiddenSubject',
  'MessageTooLarge',
  'TooManyMessages',
  'TooManyBlobs',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];
