import {cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {blobs} from '../api/protocol.ts';
import {openSpace} from '../api/problem.ts';
import type {Trial} from '../api/trial.ts';
import type {RunDirectory} from '../operator/local/directory.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';

/** Lines of a failed trial's log that are kept at hand. */
const tailLines = 200;

/** Writes what a person looks for in a run directory: trials as JSON lines, logs of failed trials, the winner as a model. */
export function writeResults(snapshot: Snapshot, directory: RunDirectory): void {
  const lines = snapshot.trials.map(({metadata, spec, status}) => JSON.stringify({name: metadata.name, spec, status}));
  writeFileSync(directory.at('trials.jsonl'), lines.map((line) => `${line}\n`).join(''));
  for (const trial of snapshot.trials) if (trial.status?.phase === 'Failed') keepLog(trial, directory);
  const winner = snapshot.search.status?.comparison?.winner;
  const trial = snapshot.trials.find(({metadata}) => metadata.name === winner?.trial);
  if (trial !== undefined) keepWinner(snapshot, trial, directory);
}

function keepLog(trial: Trial, directory: RunDirectory): void {
  const {name} = trial.metadata;
  const folder = directory.at('trials', name);
  const pods = existsSync(folder) ? readdirSync(folder) : [];
  const logs = pods.map((pod) => readLog(join(folder, pod, 'log.txt')));
  const tail = logs.join('').split('\n').slice(-tailLines).join('\n');
  mkdirSync(directory.at('failed'), {recursive: true});
  const {reason = '', message = ''} = trial.status ?? {};
  writeFileSync(directory.at('failed', `${name}.log`), `# ${name}: ${reason}: ${message}\n${tail}`);
}

const readLog = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/**
 * `winner/`: model.json and weights.bin for `tf.loadLayersModel`, saved_model/ for TensorFlow, how inputs are prepared, the architecture.
 * A model that was lost leaves its architecture, which can be trained again.
 */
function keepWinner({search}: Snapshot, trial: Trial, directory: RunDirectory): void {
  const source = directory.at('blobs', trial.metadata.name);
  const target = directory.at('winner');
  rmSync(target, {recursive: true, force: true});
  mkdirSync(target);
  if (existsSync(join(source, blobs.model, 'model.json'))) cpSync(join(source, blobs.model), target, {recursive: true});
  for (const beside of [blobs.preprocessing, blobs.savedModel])
    if (existsSync(join(source, beside))) cpSync(join(source, beside), join(target, beside), {recursive: true});
  const {architecture, training, epochs, seed, parent} = trial.spec;
  const space = openSpace(search.spec);
  const description = space.describe(space.parse(architecture.genotype));
  const told = {trial: trial.metadata.name, from: parent, description, architecture, training, epochs, seed};
  writeFileSync(join(target, 'architecture.json'), `${JSON.stringify(told, undefined, 2)}\n`);
}
