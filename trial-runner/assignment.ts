import {readFileSync} from 'node:fs';
import {environment, trialAssignment, type TrialAssignment} from '../api/protocol.ts';
import {TrialFailure} from './failure.ts';

/** Reads the assignment from the file that the environment names. */
export function readAssignment(env: Readonly<Record<string, string | undefined>>): TrialAssignment {
  const file = env[environment.trial];
  if (file === undefined)
    throw new TrialFailure(
      'RunnerError',
      `${environment.trial} is not set: it must name the file with the trial's assignment`,
    );
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrialFailure('RunnerError', `cannot read the assignment in ${file}: ${why}`, {cause});
  }
  const parsed = trialAssignment.safeParse(content);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 3).map(({path, message}) => `${path.map(String).join('.')}: ${message}`);
  throw new TrialFailure('RunnerError', `the assignment in ${file} is not valid: ${issues.join('; ')}`);
}
