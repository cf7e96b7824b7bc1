import {createHash} from 'node:crypto';
import {appendFileSync, createReadStream, existsSync, readFileSync, statSync} from 'node:fs';
import {cpus, release, type} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {datasetVolume} from '../api/dataset.ts';
import type {SearchSpec} from '../api/search.ts';
import type {RunDirectory} from '../operator/local/directory.ts';
import type {DataFile, Provenance} from '../report/data/files.ts';
import {provenanceFile} from '../report/data/files.ts';
import {listPictures} from '../trial-runner/data/pictures.ts';
import {readMounted} from '../trial-runner/data/mounts.ts';
import type {VolumePath} from '../trial-runner/data/mounts.ts';
import {TrialFailure} from '../trial-runner/failure.ts';
import {packageVersion} from './package.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Writes down what a run is made with: one line for each time that it is started, since versions and data may change between two. */
export async function recordProvenance(
  directory: RunDirectory,
  spec: SearchSpec,
  mounts: Readonly<Record<string, string>>,
): Promise<void> {
  const provenance: Provenance = {
    startedAt: new Date().toISOString(),
    archsearch: packageVersion,
    node: process.version,
    tfjs: versionOf('@tensorflow/tfjs-node-gpu'),
    system: `${type()} ${release()} ${process.arch}`,
    processor: `${String(cpus().length)} × ${cpus()[0]?.model ?? 'unknown'}`,
    data: await filesOf(spec, mounts),
  };
  appendFileSync(directory.at(provenanceFile), `${JSON.stringify(provenance)}\n`);
}

function versionOf(name: string): string {
  const path = join(root, 'node_modules', name, 'package.json');
  if (!existsSync(path)) return 'not installed';
  const {version} = JSON.parse(readFileSync(path, 'utf8')) as {readonly version: string};
  return `${name} ${version}`;
}

async function filesOf({dataset}: SearchSpec, mounts: Readonly<Record<string, string>>): Promise<DataFile[]> {
  const {builtin} = dataset;
  if (builtin !== undefined) return [await fileOf(builtin, builtinPath(builtin))];
  const volume = datasetVolume(dataset);
  const folder = mounts[volume?.claim ?? ''];
  if (volume === undefined || folder === undefined) return [];
  if (volume.member === 'imageFolder') return picturesOf(volume, mounts);
  const path = join(folder, volume.path);
  // A file that is not there fails the first trial, which says so.
  return existsSync(path) && statSync(path).isFile() ? [await fileOf(`${volume.claim}/${volume.path}`, path)] : [];
}

/** One hash for all: of each picture's path, a zero byte, its size in eight bytes and its content, in the order that trials read them. */
function picturesOf(volume: VolumePath, mounts: Readonly<Record<string, string>>): DataFile[] {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const {name, files} = listPictures(mounts, volume);
    for (const {path} of files) {
      const content = readMounted(mounts, {claim: volume.claim, path});
      const size = Buffer.alloc(8);
      size.writeBigUInt64BE(BigInt(content.length));
      hash.update(`${path}\0`).update(size).update(content);
      bytes += content.length;
    }
    return [{name: `${name} (${String(files.length)} pictures)`, bytes, sha256: hash.digest('hex')}];
  } catch (error) {
    if (error instanceof TrialFailure) return [];
    throw error;
  }
}

/** Built-in sets lie in files that are called as they are, in lower case: `breastCancer` in breast-cancer.csv.gz. */
export const builtinPath = (name: string): string =>
  join(root, 'trial-runner/data/files', `${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.csv.gz`);

async function fileOf(name: string, path: string): Promise<DataFile> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return {name, bytes: statSync(path).size, sha256: hash.digest('hex')};
}
