import {earlyStoppingRules} from '../../search/early-stopping/index.ts';
import type {Curve} from '../../search/early-stopping/early-stopping.ts';
import {openProblem} from '../../api/problem.ts';
import {timestamp} from '../../api/quantities.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import type {Stored} from '../../api/meta.ts';
import {chosen} from '../../api/union.ts';
import type {Action} from '../actions.ts';
import {livePods} from '../observed.ts';
import type {Situation, ViewedPod} from '../observed.ts';

/** Early stopping: the decision is written into the Trial's status first, and sent for as long as its Pod lives. */
export function stopping(situation: Situation): Action[] {
  const running = livePods(situation).filter(({view}) => view.kind === 'busy');
  return running.flatMap((viewed): Action[] => {
    const {trial, pod} = viewed;
    if (trial === undefined) return [];
    const decided = trial.status?.stop;
    if (decided !== undefined) return [{kind: 'SendStop', podUid: pod.metadata.uid, why: decided.why}];
    const why = judge(situation, viewed, trial);
    if (why === undefined) return [];
    const status = {...(trial.status ?? {phase: 'Pending' as const}), stop: {why, at: timestamp(situation.now)}};
    return [{kind: 'WriteTrialStatus', trial, status}];
  });
}

function judge(situation: Situation, {pod}: ViewedPod, trial: Stored<Trial>): string | undefined {
  const rules = situation.search.spec.estimation.earlyStopping;
  const points = situation.hints.get(pod.metadata.uid) ?? [];
  if (rules.length === 0 || points.length === 0 || trial.spec.purpose !== 'Candidate') return undefined;
  const problem = openProblem(situation.search.spec, situation.search.status?.frozen);
  const others = situation.byPurpose.Candidate.filter((other) => other !== trial).map((other) =>
    curveOf(situation, other),
  );
  const curve: Curve = {index: trial.spec.index, points, finished: false};
  for (const choice of rules) {
    const {row, settings} = chosen(earlyStoppingRules, choice);
    const verdict = row.rule.judge(problem, settings, others, curve);
    if (verdict.kind === 'Stop') return verdict.why;
  }
  return undefined;
}

function curveOf(situation: Situation, trial: Stored<Trial>): Curve {
  if (isFinished(trial)) return {index: trial.spec.index, points: trial.status?.curve ?? [], finished: true};
  const pod = situation.viewed.find((viewed) => viewed.trial === trial)?.pod;
  return {index: trial.spec.index, points: situation.hints.get(pod?.metadata.uid ?? '') ?? [], finished: false};
}
