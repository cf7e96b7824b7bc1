import type {TrialReason} from '../../api/reasons.ts';
import type {Trial} from '../../api/trial.ts';
import {gpuSecondsOf} from './costs.ts';
import type {ReportFiles} from './files.ts';
import type {FailureExample, FailureGroup} from './model.ts';
import {remedies} from './remedies.ts';

/** Trials of one cause that are told one by one; the rest is counted. */
const maxExamples = 5;
/** Lines of a log that are shown. */
const tailLines = 20;

interface Failed {
  readonly trial: string;
  readonly reason: TrialReason;
  readonly message: string;
  readonly gpuSeconds: number;
  readonly recovered: boolean;
}

/** Failed trials grouped by their cause, the most frequent first; then the attempts that were lost but tried again. */
export function failuresOf(trials: readonly Trial[], files: ReportFiles): readonly FailureGroup[] {
  const failed = trials.flatMap(failuresIn);
  const groups = Map.groupBy(failed, ({reason, recovered}) => `${String(recovered)}/${reason}`);
  return [...groups.values()]
    .flatMap((members) => groupOf(members, files))
    .sort((a, b) => Number(a.recovered) - Number(b.recovered) || b.count - a.count);
}

function failuresIn(trial: Trial): Failed[] {
  const {phase, reason = 'RunnerError', message = '', attempts = []} = trial.status ?? {};
  const {name} = trial.metadata;
  if (phase === 'Failed') return [{trial: name, reason, message, gpuSeconds: gpuSecondsOf(trial), recovered: false}];
  return attempts
    .filter(({wasted}) => wasted)
    .map((attempt) => ({
      trial: name,
      reason: attempt.reason,
      message: attempt.message,
      gpuSeconds: attempt.gpuMilliseconds / 1000,
      recovered: true,
    }));
}

function groupOf(members: readonly Failed[], files: ReportFiles): FailureGroup[] {
  const [first] = members;
  if (first === undefined) return [];
  const {reason, recovered} = first;
  return [
    {
      reason,
      remedy: remedies[reason],
      count: members.length,
      gpuSeconds: members.reduce((sum, {gpuSeconds}) => sum + gpuSeconds, 0),
      recovered,
      examples: members.slice(-maxExamples).map((member) => exampleOf(member, files)),
    },
  ];
}

function exampleOf({trial, message, recovered}: Failed, {logs}: ReportFiles): FailureExample {
  const log = recovered ? undefined : logs[trial]?.trimEnd().split('\n').slice(-tailLines).join('\n');
  return {trial, message, ...(log === undefined || log === '' ? {} : {log})};
}
