import {existsSync} from 'node:fs';
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {blobs as names, savedModelFile} from '../api/protocol.ts';
import type {Backend, LayersModel} from './backend.ts';
import {CompileError} from './compile.ts';
import {preprocessing, type Preprocessing} from './data/preprocessing.ts';
import {savedModelOf} from './export.ts';
import {TrialFailure} from './failure.ts';

/** The blobs of one search: a folder per trial. Writing answers why the blob is not kept, in words; undefined when it is. */
export interface BlobStore {
  writeModel(trial: string, model: LayersModel, fitted: Preprocessing): Promise<string | undefined>;
  /** Writes a model for others to deploy, as TensorFlow's SavedModel; what cannot be one is a loss and no failure. */
  exportModel(trial: string, model: LayersModel, fitted: Preprocessing): Promise<string | undefined>;
  /** @throws TrialFailure `MissingFile` if that trial left no model. */
  readModel(trial: string): Promise<{model: LayersModel; preprocessing: Preprocessing}>;
  writeTestScores(trial: string, scores: readonly (readonly number[])[]): Promise<string | undefined>;
}

export function blobStore(backend: Backend, directory: string): BlobStore {
  const {tf} = backend;
  const place = (trial: string, name: string): string => path.join(directory, trial, name);
  return {
    async writeModel(trial, model, fitted) {
      await mkdir(path.join(directory, trial), {recursive: true});
      const partial = place(trial, `${names.model}.partial`);
      await rm(partial, {recursive: true, force: true});
      await model.save(`file://${partial}`);
      await writeWhole(place(trial, names.preprocessing), JSON.stringify(fitted, undefined, 1));
      // Renamed last: where there is a model, it is whole.
      await rm(place(trial, names.model), {recursive: true, force: true});
      await rename(partial, place(trial, names.model));
      return undefined;
    },
    async exportModel(trial, model, fitted) {
      const target = place(trial, names.savedModel);
      const partial = `${target}.partial`;
      await rm(target, {recursive: true, force: true});
      try {
        const bytes = savedModelOf(backend, model, fitted);
        await mkdir(partial, {recursive: true});
        await writeFile(path.join(partial, path.basename(savedModelFile)), bytes);
      } catch (error) {
        if (!(error instanceof CompileError)) throw error;
        return `the model cannot be a SavedModel: ${error.message}`;
      }
      await rename(partial, target);
      return undefined;
    },
    async readModel(trial) {
      const file = path.join(place(trial, names.model), 'model.json');
      const beside = place(trial, names.preprocessing);
      if (!existsSync(file) || !existsSync(beside))
        throw new TrialFailure('MissingFile', `trial ${trial} left no model in ${path.join(directory, trial)}`);
      const fitted = preprocessing.parse(JSON.parse(await readFile(beside, 'utf8')));
      return {model: await tf.loadLayersModel(`file://${file}`), preprocessing: fitted};
    },
    async writeTestScores(trial, scores) {
      await mkdir(path.join(directory, trial), {recursive: true});
      await writeWhole(place(trial, names.testScores), JSON.stringify(scores));
      return undefined;
    },
  };
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.partial`, text);
  await rename(`${file}.partial`, file);
}
