import type {TrialReason} from '../api/reasons.ts';

/** A trial that cannot go on, with the reason that the operator sees. */
export class TrialFailure extends Error {
  readonly reason: TrialReason;
  constructor(reason: TrialReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TrialFailure';
    this.reason = reason;
  }
}

/** What TensorFlow and V8 say when memory runs out. */
const outOfMemory =
  /\bOOM\b|out of memory|failed to allocate|bad_alloc|Array buffer allocation failed|Invalid typed array length|ENOMEM/i;

/** Any thrown value as a failure; what nobody foresaw is a `RunnerError` that says the error's first line. */
export function failureOf(error: unknown): TrialFailure {
  if (error instanceof TrialFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const first = message.split('\n')[0] ?? '';
  if (outOfMemory.test(message))
    return new TrialFailure('OutOfMemory', `memory ran out: ${first}; use a smaller batchSize or network`, {
      cause: error,
    });
  return new TrialFailure('RunnerError', first, {cause: error});
}
