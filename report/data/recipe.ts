import {datasetVolume} from '../../api/dataset.ts';
import type {Trial} from '../../api/trial.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {figure} from '../wording.ts';
import type {Provenance, ReportFiles} from './files.ts';
import type {Fact, Recipe} from './model.ts';

/** What is needed to have the search again. */
export function recipeOf(snapshot: Snapshot, files: ReportFiles, winner: Trial | undefined): Recipe {
  const {trials} = snapshot;
  return {
    manifest: files.manifest,
    commands: [runCommand(snapshot), 'archsearch replay DIRECTORY'],
    facts: [...seeds(snapshot), ...devices(trials), ...provenance(files.starts.at(-1))],
    winner: winner === undefined ? '' : winnerText(winner),
    notes: notes(snapshot, files),
  };
}

function runCommand({search}: Snapshot): string {
  const claim = datasetVolume(search.spec.dataset)?.claim;
  return `archsearch run search.yaml${claim === undefined ? '' : ` --mount ${claim}=FOLDER`}`;
}

function seeds({search, trials}: Snapshot): Fact[] {
  const {spec, status} = search;
  const finals = new Set(
    trials
      .filter((trial) => trial.spec.purpose === 'Final' && trial.spec.score === undefined)
      .map(({spec: {seed}}) => seed),
  );
  const strategy = status?.frozen;
  return [
    {what: 'Seed of the search', value: String(spec.randomSeed)},
    {what: 'Seed of the data split', value: String(spec.dataset.seed)},
    ...(finals.size === 0 ? [] : [{what: 'Seeds of the final trainings', value: [...finals].join(', ')}]),
    {
      what: 'Strategy',
      value:
        strategy === undefined
          ? spec.strategy.type
          : `${strategy.strategy.type}, version ${String(strategy.strategyVersion)}`,
    },
    {what: 'CPU threads of a trial', value: String(spec.template.threads)},
  ];
}

function devices(trials: readonly Trial[]): Fact[] {
  const names = [...new Set(trials.flatMap(({status}) => status?.device ?? []))];
  return names.length === 0 ? [] : [{what: 'Trained on', value: names.join(', ')}];
}

function provenance(start: Provenance | undefined): Fact[] {
  if (start === undefined) return [];
  return [
    {what: 'archsearch', value: start.archsearch},
    {what: 'Node', value: start.node},
    {what: 'TensorFlow binding (tfjs-node)', value: start.tfjs},
    {what: 'System', value: start.system},
    {what: 'Processor', value: start.processor},
    {what: 'Last started', value: start.startedAt},
    ...start.data.map(({name, bytes, sha256}) => ({
      what: `Data ${name}`,
      value: `${figure(bytes)} bytes, SHA-256 ${sha256}`,
    })),
  ];
}

const winnerText = ({metadata, spec: {architecture, training, epochs, seed}}: Trial): string =>
  JSON.stringify({trial: metadata.name, architecture, training, epochs, seed}, undefined, 2);

function notes({search}: Snapshot, {manifest, starts}: ReportFiles): string[] {
  const parallel = search.spec.limits.parallelTrials > 1;
  return [
    'The same seed proposes the same candidates when trials end in the same order. ' +
      (parallel
        ? 'This search ran several trials at once, and their order is the world’s: it is recorded in the log, from which `archsearch replay` reproduces every candidate.'
        : 'This search ran one trial at a time, so the same command finds the same networks.'),
    ...(manifest === '' ? ['The run directory holds no search.yaml.'] : []),
    ...(starts.length === 0 ? ['Versions and the hash of the data were not recorded with this run.'] : []),
    ...(new Set(starts.map(({data}) => JSON.stringify(data))).size > 1
      ? ['The data changed between two starts of this run: its trials are not of one data set.']
      : []),
    ...(new Set(starts.map(({archsearch, node, tfjs}) => [archsearch, node, tfjs].join())).size > 1
      ? ['Versions changed between two starts of this run; those of the last start are shown.']
      : []),
  ];
}
