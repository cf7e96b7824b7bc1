import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {RunDirectory} from '../operator/local/directory.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';
import type {Provenance, ReportFiles} from './data/files.ts';
import {provenanceFile} from './data/files.ts';

/** Logs of at most so many failed trials are read: the page shows a few of each cause. */
const maxLogs = 200;
/** The end of a log that is read, in characters: more than the lines that are shown. */
const tailCharacters = 8000;

/** What a run directory holds beside its journal. */
export function readReportFiles(directory: RunDirectory, snapshot: Snapshot): ReportFiles {
  const failed = snapshot.trials.filter(({status}) => status?.phase === 'Failed').slice(-maxLogs);
  const logs = failed.map(({metadata: {name}}) => [name, readLog(directory, name)] as const);
  return {
    manifest: readIfThere(directory.manifest),
    logs: Object.fromEntries(logs.filter(([, log]) => log !== '')),
    starts: readStarts(directory.at(provenanceFile)),
  };
}

const readIfThere = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** The log of the last attempt that wrote one. */
function readLog(directory: RunDirectory, trial: string): string {
  const folder = directory.at('trials', trial);
  const pods = existsSync(folder) ? readdirSync(folder) : [];
  const logs = pods.map((pod) => readIfThere(join(folder, pod, 'log.txt')));
  return (logs.findLast((log) => log !== '') ?? '').slice(-tailCharacters);
}

/** A last line that a kill cut off says nothing. */
function readStarts(path: string): Provenance[] {
  const text = readIfThere(path);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Provenance);
}
