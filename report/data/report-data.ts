import type {SearchSpec} from '../../api/search.ts';
import {datasetVolume} from '../../api/dataset.ts';
import {objectivesOf} from '../../api/problem.ts';
import type {Trial} from '../../api/trial.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {costsOf} from './costs.ts';
import {failuresOf} from './failures.ts';
import type {ReportFiles} from './files.ts';
import type {NetworkData, ReportData} from './model.ts';
import {networkOf} from './networks.ts';
import {recipeOf} from './recipe.ts';
import {ancestryOf, curvesOf, frontOf, trialRows} from './trials.ts';
import {verdictOf} from './verdict.ts';

/** Everything that the report tells of a search, from its objects and the files of its run. Pure. */
export function reportData(snapshot: Snapshot, files: ReportFiles): ReportData {
  const {search, trials} = snapshot;
  const {spec, status} = search;
  const progressing = status?.conditions?.find(({type}) => type === 'Progressing');
  const verdict = verdictOf(snapshot);
  const trialOf = (name: string | undefined): Trial | undefined => trials.find(({metadata}) => metadata.name === name);
  const winner = trialOf(verdict.winner?.trial);
  return {
    name: search.metadata.name,
    task: spec.task,
    data: dataText(spec),
    phase: status?.phase ?? 'Pending',
    message: progressing?.message ?? '',
    objectives: objectivesOf(spec),
    verdict,
    costs: costsOf(snapshot),
    networks: [
      ...network('Winner', winner, snapshot),
      ...network('Baseline', trialOf(verdict.baseline?.trial), snapshot),
    ],
    front: frontOf(snapshot),
    trials: trialRows(snapshot),
    curves: curvesOf(snapshot),
    ancestry: winner === undefined ? [] : ancestryOf(winner.metadata.name, snapshot),
    failures: failuresOf(trials, files),
    recipe: recipeOf(snapshot, files, winner),
  };
}

function network(role: NetworkData['role'], trial: Trial | undefined, snapshot: Snapshot): NetworkData[] {
  const found = trial && networkOf(role, trial, snapshot);
  return found === undefined ? [] : [found];
}

function dataText({dataset}: SearchSpec): string {
  if (dataset.builtin !== undefined) return dataset.builtin;
  const {claim, path} = datasetVolume(dataset) ?? {claim: '', path: ''};
  return `${claim}/${path}`;
}
